package remit

import "github.com/remit-server/remit/authz"

// Operations is the table of everything that anybody can ask Remit to do:
// one row each, with the permissions it needs, the guards that bind even
// superusers, and what is written into the audit log. HTTP routes, buttons,
// lists and refusals are derived from it.
func Operations() []authz.Operation {
	var all []authz.Operation
	for _, part := range [][]authz.Operation{siteOperations(), accountOperations(), teamOperations(),
		accessOperations(), policyOperations(), auditOperations(), projectOperations(), requestOperations(), dataOperations(), jobOperations(), scheduleOperations(), notificationOperations(), nodeOperations(), systemOperations()} {
		all = append(all, part...)
	}
	return all
}

func siteOperations() []authz.Operation {
	return []authz.Operation{
		{Name: "me.read"},
		{Name: "session.create", Audit: authz.AuditChange, Verb: "log in"},
		{Name: "session.delete", Audit: authz.AuditChange, Verb: "log out"},
		{Name: "event.stream"},
		{Name: "access.check"},
		{Name: "user.list", Scope: "user:read", Noun: "users"},
		{Name: "user.read", Groups: needs("user:read"), Read: "user:read", Verb: "read", Noun: "users"},
		{Name: "user.create", Groups: needs("user:create"), Verb: "create", Noun: "users", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "user.update", Groups: needs("user:update"), Read: "user:read", Verb: "update", Noun: "users", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "key.list", Scope: "key:read", Noun: "keys"},
		{Name: "key.create", Groups: needs("key:create"), Verb: "create", Noun: "keys", Audit: authz.AuditChange},
		{Name: "key.delete", Groups: needs("key:delete"), Read: "key:read", Verb: "delete", Noun: "keys", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "role.list", Groups: needs("role:read"), Verb: "list", Noun: "roles"},
		{Name: "role.update", Groups: needs("role:update"), Read: "role:read", Verb: "update", Noun: "roles", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "permission.list"},
		{Name: "permission.declare", Groups: needs("role:update"), Verb: "declare", Noun: "permissions", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "jobtype.list", Groups: needs("jobtype:read"), Verb: "list", Noun: "job types"},
		{Name: "jobtype.declare", Groups: needs("jobtype:declare"), Verb: "declare", Noun: "job types", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "root.list", Scope: "root:read", Noun: "data roots"},
		{Name: "root.create", Groups: needs("root:create"), Verb: "create", Noun: "data roots", Audit: authz.AuditChange},
	}
}

// accountOperations are about people and how they sign in.
func accountOperations() []authz.Operation {
	const password, end = "user:password", "session:delete"
	return []authz.Operation{
		{Name: "user.password", Groups: needs(password), Read: "user:read", Verb: "change", Noun: "passwords", Audit: authz.AuditChange},
		{Name: "user.delete", Groups: needs("user:delete"), Read: "user:read", Verb: "delete", Noun: "users", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "user.invite", Groups: needs("user:create"), Verb: "invite", Noun: "users", Audit: authz.AuditChange},
		{Name: "invitation.list", Groups: needs("user:create"), Verb: "list", Noun: "invitations"},
		{Name: "invitation.delete", Groups: needs("user:create"), Verb: "withdraw", Noun: "invitations", Audit: authz.AuditChange},
		{Name: "invitation.accept", Verb: "accept", Noun: "invitations", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "session.list", Scope: "session:read", Noun: "sessions"},
		{Name: "session.revoke", Groups: needs(end), Read: "session:read", Verb: "end", Noun: "sessions", Audit: authz.AuditChange},
		{Name: "session.revoke_others", Groups: needs(end), Verb: "end", Noun: "sessions", Audit: authz.AuditChange},
		{Name: "session.external", Audit: authz.AuditChange, Verb: "log in", ChangesPolicy: true},
		{Name: "key.rotate", Groups: needs("key:create"), Read: "key:read", Verb: "rotate", Noun: "keys", Audit: authz.AuditChange, ChangesPolicy: true},
	}
}

func teamOperations() []authz.Operation {
	const read = "team:read"
	return []authz.Operation{
		{Name: "team.list", Groups: needs(read), Verb: "list", Noun: "teams"},
		{Name: "team.read", Groups: needs(read), Read: read, Verb: "read", Noun: "teams"},
		{Name: "team.create", Groups: needs("team:create"), Verb: "create", Noun: "teams", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "team.update", Groups: needs("team:update"), Read: read, Verb: "update", Noun: "teams", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "team.delete", Groups: needs("team:delete"), Read: read, Verb: "delete", Noun: "teams", Audit: authz.AuditChange, ChangesPolicy: true},
	}
}

// accessOperations are about who may do what on the whole site.
func accessOperations() []authz.Operation {
	grant := needs("site:grant")
	return []authz.Operation{
		{Name: "preview.begin", Scope: "access:view", Audit: authz.AuditChange, Verb: "look as", Noun: "accounts"}, // somewhere (R23)
		{Name: "site.read", Groups: needs("site:view"), Verb: "read", Noun: "site access"},
		{Name: "site.member", Groups: grant, Verb: "change", Noun: "site members", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "site.override", Groups: grant, Verb: "change", Noun: "site overrides", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "site.entry", Groups: grant, Verb: "change", Noun: "site entries", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "site.reserve", Groups: grant, Verb: "reserve", Noun: "permissions", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "role.read", Groups: needs("role:read"), Read: "role:read", Verb: "read", Noun: "roles"},
		{Name: "role.delete", Groups: needs("role:update"), Read: "role:read", Verb: "delete", Noun: "roles", Audit: authz.AuditChange, ChangesPolicy: true},
	}
}

// assigns is what making somebody a member asks, for each of the roles: to give
// access at large, or to be registrar for that role (R24). Resource.Run is the role.
func assigns() [][]string { return [][]string{{"access:grant", "member:assign.{run}"}} }

// policyOperations are about all that is written about rights, as documents.
func policyOperations() []authz.Operation {
	see := needs("role:read", "site:view", "access:view")
	write := needs("role:update", "site:grant", "team:update", "access:grant")
	return []authz.Operation{
		{Name: "policy.read", Groups: see, Verb: "read", Noun: "policies"},
		{Name: "policy.plan", Groups: see, Verb: "plan", Noun: "policies"},
		{Name: "policy.apply", Groups: write, Verb: "apply", Noun: "policies", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "policy.migrate", Groups: write, Verb: "migrate", Noun: "policies", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "access.plan", Groups: needs("access:grant", "access:view"), Verb: "plan", Noun: "access"},
		{Name: "access.write", Groups: needs("access:grant", "access:view"), Verb: "write", Noun: "access", Audit: authz.AuditChange, ChangesPolicy: true},
	}
}

func auditOperations() []authz.Operation {
	const read, noun = "audit:read", "audit entries"
	return []authz.Operation{
		{Name: "audit.list", Scope: read, Noun: noun},
		{Name: "audit.read", Groups: needs(read), Verb: "read", Noun: noun},
		{Name: "audit.verify", Groups: needs(read), Verb: "verify", Noun: noun},
		{Name: "audit.archive", Groups: needs("audit:archive"), Verb: "archive", Noun: noun, Audit: authz.AuditChange},
		{Name: "audit.seal", Groups: needs("audit:seal"), Verb: "seal", Noun: noun},
	}
}

// requestOperations are about asking for access, and answering: for a role,
// registrars of that role do too, who are refused as if it were not there.
func requestOperations() []authz.Operation {
	const view, grant = "project:view", "access:grant"
	return []authz.Operation{
		{Name: "request.list", Scope: view, Noun: "requests"}, // one's own
		{Name: "request.read", Groups: needs(view), Verb: "read", Noun: "requests"},
		{Name: "request.review", Groups: assigns(), Scope: grant, Verb: "read", Noun: "requests"},
		{Name: "request.create", Groups: needs(view), Verb: "create", Noun: "requests", Audit: authz.AuditChange},
		{Name: "request.withdraw", Groups: needs(view), Verb: "withdraw", Noun: "requests", Audit: authz.AuditChange},
		{Name: "request.approve", Groups: assigns(), Verb: "approve", Noun: "requests", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "request.reject", Groups: assigns(), Verb: "reject", Noun: "requests", Audit: authz.AuditChange},
		{Name: "notice.list"},
		{Name: "notice.update"}, // that it was read
	}
}

func projectOperations() []authz.Operation {
	const view = "project:view"
	return []authz.Operation{
		{Name: "project.list", Scope: view, Noun: "projects"},
		{Name: "project.create", Groups: needs("project:create"), Verb: "create", Noun: "projects", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "project.read", Groups: needs(view), Read: view, Verb: "read", Noun: "projects"},
		{Name: "project.update", Groups: needs("project:update"), Read: view, Verb: "update", Noun: "projects", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "project.transfer", Groups: needs("access:grant"), Read: view, Verb: "transfer", Noun: "projects", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "project.publish", Groups: needs("project:publish"), Read: view, Verb: "publish", Noun: "projects", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "project.archive", Groups: needs("project:archive"), Read: view, Verb: "archive", Noun: "projects", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "project.delete", Groups: needs("project:delete"), Read: view, Verb: "delete", Noun: "projects", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "project.deleted", Scope: "project:delete", Noun: "projects"},
		{Name: "project.restore", Groups: needs("project:delete"), Verb: "restore", Noun: "projects", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "member.list", Groups: needs("member:read"), Verb: "list", Noun: "members"},
		{Name: "member.create", Groups: assigns(), Verb: "create", Noun: "members", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "member.update", Groups: assigns(), Read: "member:read", Verb: "update", Noun: "members", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "member.delete", Groups: assigns(), Read: "member:read", Verb: "delete", Noun: "members", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "member.leave", Verb: "leave", Noun: "projects", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "access.read", Groups: needs("access:view"), Scope: "access:view", Verb: "read", Noun: "access"},
		{Name: "access.override", Groups: needs("access:grant"), Verb: "change", Noun: "overrides", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "access.entry", Groups: needs("access:grant"), Verb: "change", Noun: "entries", Audit: authz.AuditChange, ChangesPolicy: true},
	}
}

func dataOperations() []authz.Operation {
	const read, file = "collection:read", "file:read"
	return []authz.Operation{
		{Name: "collection.list", Scope: read, Noun: "collections"},
		{Name: "collection.read", Groups: needs(read), Read: read, Verb: "read", Noun: "collections"},
		{Name: "collection.create", Groups: needs("collection:create"), Verb: "create", Noun: "collections", Audit: authz.AuditChange},
		{Name: "collection.fill", Groups: needs("collection:update"), Read: read, Verb: "fill", Noun: "collections", Audit: authz.AuditChange},
		{Name: "collection.populate", Groups: needs("collection:update"), Read: read, Verb: "populate", Noun: "collections"}, // of a job, by what its type lends
		{Name: "collection.update", Groups: needs("collection:update"), Read: read, Verb: "update", Noun: "collections", Audit: authz.AuditChange},
		{Name: "collection.delete", Groups: needs("collection:delete"), Read: read, Verb: "delete", Noun: "collections", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "collection.publish", Groups: needs("collection:publish"), Read: read, Verb: "publish", Noun: "collections", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "collection.ingest", Groups: needs("collection:ingest"), Read: read, Verb: "ingest", Noun: "files"},
		{Name: "file.list", Scope: file, Noun: "files"},
		{Name: "file.read", Groups: needs(file), Read: file, Verb: "read", Noun: "files"},
		{Name: "file.download", Groups: needs("file:download"), Read: file, Verb: "download", Noun: "files"},
	}
}

func jobOperations() []authz.Operation {
	const read, run = "job:read", "job:run.{run}"
	const all, to50, to10 = "job:priority", "job:priority.50", "job:priority.10"
	return []authz.Operation{
		{Name: "job.list", Scope: read, Noun: "jobs"},
		{Name: "job.read", Groups: needs(read), Read: read, Verb: "read", Noun: "jobs"},
		{Name: "job.create", Groups: needs("job:create"), Verb: "create", Noun: "jobs", Audit: authz.AuditChange},
		{Name: "job.submit", Groups: needs("job:create", run), Primary: run, Verb: "run", Noun: "jobs", Audit: authz.AuditChange},
		{Name: "job.run", Groups: needs(run), Read: read, Verb: "run", Noun: "jobs", Audit: authz.AuditChange},
		{Name: "job.cancel", Groups: [][]string{{run, "job:cancel"}}, Primary: "job:cancel", Read: read, Guards: []authz.Guard{authz.GuardTopLevel}, Verb: "cancel", Noun: "jobs", Audit: authz.AuditChange},
		{Name: "job.retry", Groups: needs(run), Read: read, Guards: []authz.Guard{authz.GuardTopLevel}, Verb: "retry", Noun: "jobs", Audit: authz.AuditChange},
		{Name: "job.requeue", Groups: needs("job:create", run), Primary: run, Read: read, Verb: "requeue", Noun: "jobs", Audit: authz.AuditChange},
		{Name: "job.update", Groups: needs("job:update"), Read: read, Verb: "update", Noun: "jobs", Audit: authz.AuditChange},
		// Asked within what makes or changes a job: the lowest tier that reaches the priority, or any above it.
		{Name: "job.prioritize", Groups: [][]string{{all}}, Verb: "prioritize", Noun: "jobs"},
		{Name: "job.prioritize_50", Groups: [][]string{{all, to50}}, Verb: "prioritize", Noun: "jobs"},
		{Name: "job.prioritize_10", Groups: [][]string{{all, to50, to10}}, Verb: "prioritize", Noun: "jobs"},
		{Name: "jobtype.switch", Groups: needs("project:update"), Read: "project:view", Verb: "switch", Noun: "job types", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "job.wrest", Groups: needs("job:wrest"), Read: read, Guards: []authz.Guard{authz.GuardClaimed}, Verb: "wrest", Noun: "jobs", Audit: authz.AuditChange},
		{Name: "job.bulk", Scope: read, Verb: "change", Noun: "jobs"}, // asks of each job what its own operation asks
		{Name: "job.expire", Groups: needs("job:expire"), Read: read, Guards: []authz.Guard{authz.GuardFinished}, Verb: "expire", Noun: "jobs", Audit: authz.AuditChange},
		{Name: "job.extend", Groups: needs("job:expire"), Read: read, Guards: []authz.Guard{authz.GuardFinished}, Verb: "extend", Noun: "jobs", Audit: authz.AuditChange},
		{Name: "job.delete", Groups: needs("job:delete"), Read: read, Guards: []authz.Guard{authz.GuardTopLevel, authz.GuardFinished}, Verb: "delete", Noun: "jobs", Audit: authz.AuditChange},
	}
}

// scheduleOperations are about jobs that are made again and again: whoever makes
// a schedule may run now what it will run.
func scheduleOperations() []authz.Operation {
	const read, update, run, noun = "schedule:read", "schedule:update", "job:run.{run}", "schedules"
	return []authz.Operation{
		{Name: "schedule.list", Scope: read, Noun: noun},
		{Name: "schedule.read", Groups: needs(read), Read: read, Verb: "read", Noun: noun},
		{Name: "schedule.create", Groups: needs("schedule:create", "job:create", run), Verb: "create", Noun: noun, Audit: authz.AuditChange},
		{Name: "schedule.update", Groups: needs(update), Read: read, Verb: "update", Noun: noun, Audit: authz.AuditChange},
		{Name: "schedule.pause", Groups: needs(update), Read: read, Verb: "pause", Noun: noun, Audit: authz.AuditChange},
		{Name: "schedule.delete", Groups: needs("schedule:delete"), Read: read, Verb: "delete", Noun: noun, Audit: authz.AuditChange},
		{Name: "schedule.run", Groups: needs("job:create", run), Primary: run, Read: read, Verb: "run", Noun: noun, Audit: authz.AuditChange},
		{Name: "schedule.fire", Groups: needs(update), Verb: "fire", Noun: noun}, // the loop's
	}
}

// notificationOperations are about who is told of jobs. Of one's own
// notifications nobody else knows; a webhook is the project's. That both change
// the policy says that every process knows of it with the next question.
func notificationOperations() []authz.Operation {
	const view, update, mine, noun = "project:view", "project:update", "notifications", "webhooks"
	return []authz.Operation{
		{Name: "notification.list", Noun: mine},
		{Name: "notification.create", Verb: "create", Noun: mine, Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "notification.update", Verb: "update", Noun: mine, Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "notification.delete", Verb: "delete", Noun: mine, Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "notification.stop", Verb: "pause", Noun: mine, Audit: authz.AuditChange, ChangesPolicy: true}, // by the link of a letter, whoever has it
		{Name: "notification.send"}, // the loop's
		{Name: "webhook.list", Groups: needs(update), Read: view, Verb: "list", Noun: noun},
		{Name: "webhook.read", Groups: needs(update), Read: view, Verb: "read", Noun: noun},
		{Name: "webhook.create", Groups: needs(update), Read: view, Verb: "create", Noun: noun, Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "webhook.update", Groups: needs(update), Read: view, Verb: "update", Noun: noun, Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "webhook.delete", Groups: needs(update), Read: view, Verb: "delete", Noun: noun, Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "webhook.test", Groups: needs(update), Read: view, Verb: "test", Noun: noun, Audit: authz.AuditChange},
	}
}

// nodeOperations are what workers do; R6 gives them to nodes alone.
func nodeOperations() []authz.Operation {
	holder := []authz.Guard{authz.GuardWorkable, authz.GuardLockHolder}
	return []authz.Operation{
		{Name: "node.list", Scope: "node:read", Noun: "nodes"},
		{Name: "node.read", Groups: needs("node:read"), Read: "node:read", Verb: "read", Noun: "nodes"},
		{Name: "node.register", Groups: needs("node:register"), Verb: "register", Noun: "nodes", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "node.arrive", Groups: needs("node:read"), Read: "node:read", Guards: []authz.Guard{authz.GuardNode}, Verb: "arrive", Noun: "nodes"},
		{Name: "node.update", Groups: needs("node:update"), Read: "node:read", Verb: "update", Noun: "nodes", Audit: authz.AuditChange, ChangesPolicy: true},
		{Name: "job.claim", Groups: needs("job:claim"), Guards: []authz.Guard{authz.GuardNode, authz.GuardWorkable}, Verb: "claim", Noun: "jobs", Audit: authz.AuditChange},
		{Name: "job.start", Groups: needs("job:work"), Guards: holder, Verb: "start", Noun: "jobs", Audit: authz.AuditChange},
		{Name: "job.heartbeat", Groups: needs("job:work"), Guards: holder, Verb: "renew", Noun: "jobs"},
		{Name: "job.progress", Groups: needs("job:work"), Guards: holder, Verb: "report progress of", Noun: "jobs"},
		{Name: "job.log", Groups: needs("job:work"), Guards: holder, Verb: "write the log of", Noun: "jobs"},
		{Name: "job.output", Groups: needs("job:work"), Guards: holder, Verb: "write outputs of", Noun: "jobs", Audit: authz.AuditRefusal},
		{Name: "job.finish", Groups: needs("job:work"), Guards: holder, Verb: "finish", Noun: "jobs", Audit: authz.AuditChange},
		{Name: "job.release", Groups: needs("job:work"), Guards: holder, Verb: "release", Noun: "jobs", Audit: authz.AuditChange},
		{Name: "job.clean", Groups: needs("job:clean"), Verb: "clean", Noun: "jobs"}, // of a built-in job, by what its type lends
		{Name: "job.cleanup", Groups: needs("job:cleanup"), Guards: []authz.Guard{authz.GuardHeldLock}, Verb: "clean up after", Noun: "jobs", Audit: authz.AuditChange},
	}
}

// systemOperations are those of the program's own loops.
func systemOperations() []authz.Operation {
	return []authz.Operation{
		{Name: "identity.authenticate"},
		{Name: "job.sweep", Groups: needs("job:update"), Verb: "sweep", Noun: "jobs"},
		{Name: "job.advance", Groups: needs("job:update"), Verb: "advance", Noun: "jobs"},
	}
}

// needs is all of the permissions, one group each.
func needs(permissions ...string) [][]string {
	groups := make([][]string, len(permissions))
	for i, p := range permissions {
		groups[i] = []string{p}
	}
	return groups
}
