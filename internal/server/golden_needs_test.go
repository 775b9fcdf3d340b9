package server_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
)

// needs is what every operation takes, typed from the rules and not from
// operations.go: the golden table judges by it, so a row that is weakened
// there is noticed. A line is read like this:
//
//	job.cancel | job:cancel or job:run.{run} | seen: job:read | top_level | changes
//
// It takes the permissions in the second column; where several are joined by
// "or" any of them will do, and an asterisk marks the one whose denial refuses
// the operation (the first one where there is none). To whoever lacks the one
// after "seen:" the thing is as if absent (R21); "each:" is asked of every
// thing in a list (R19). Guards bind everybody (R16). The last column says
// whether it looks, changes something (and is written into the audit log, and
// refused in a preview, R23), changes rights as well, or works: changes
// something within what another operation wrote down; "refusals written" are in
// the audit log though what it changes is not.
const needs = `
# whoever comes: who signs in, who asks about oneself (R22), what is shown is asked thing by thing
me.read               | nothing                                | | | looks
session.create        | nothing                                | | | changes
session.delete        | nothing                                | | | changes
session.external      | nothing                                | | | rights
invitation.accept     | nothing                                | | | rights
event.stream          | nothing                                | | | looks
access.check          | nothing                                | | | looks
permission.list       | nothing                                | | | looks
preview.begin         | nothing                                | each: access:view  | | changes
notice.list           | nothing                                | | | looks
notice.update         | nothing                                | | | works
identity.authenticate | nothing                                | | | looks

# accounts, on the site
user.list             | nothing                                | each: user:read    | | looks
user.read             | user:read                              | seen: user:read    | | looks
user.create           | user:create                            |                    | | rights
user.invite           | user:create                            |                    | | changes
user.update           | user:update                            | seen: user:read    | | rights
user.delete           | user:delete                            | seen: user:read    | | rights
user.password         | user:password                          | seen: user:read    | | changes
invitation.list       | user:create                            |                    | | looks
invitation.delete     | user:create                            |                    | | changes
session.list          | nothing                                | each: session:read | | looks
session.revoke        | session:delete                         | seen: session:read | | changes
session.revoke_others | session:delete                         |                    | | changes
key.list              | nothing                                | each: key:read     | | looks
key.create            | key:create                             |                    | | changes
key.delete            | key:delete                             | seen: key:read     | | rights
key.rotate            | key:create                             | seen: key:read     | | rights
team.list             | team:read                              |                    | | looks
team.read             | team:read                              | seen: team:read    | | looks
team.create           | team:create                            |                    | | rights
team.update           | team:update                            | seen: team:read    | | rights
team.delete           | team:delete                            | seen: team:read    | | rights

# rights, on the site
role.list             | role:read                              |                    | | looks
role.read             | role:read                              | seen: role:read    | | looks
role.update           | role:update                            | seen: role:read    | | rights
role.delete           | role:update                            | seen: role:read    | | rights
permission.declare    | role:update                            |                    | | rights
site.read             | site:view                              |                    | | looks
site.member           | site:grant                             |                    | | rights
site.override         | site:grant                             |                    | | rights
site.entry            | site:grant                             |                    | | rights
site.reserve          | site:grant                             |                    | | rights
policy.read           | role:read and site:view and access:view | | | looks
policy.plan           | role:read and site:view and access:view | | | looks
policy.apply          | role:update and site:grant and team:update and access:grant | | | rights
policy.migrate        | role:update and site:grant and team:update and access:grant | | | rights

# the audit log; nobody deletes from it (R3)
audit.list            | nothing                                | each: audit:read   | | looks
audit.read            | audit:read                             |                    | | looks
audit.verify          | audit:read                             |                    | | looks
audit.archive         | audit:archive                          |                    | | changes
audit.seal            | audit:seal                             |                    | | works

# projects
project.list          | nothing                                | each: project:view | | looks
project.read          | project:view                           | seen: project:view | | looks
project.create        | project:create                         |                    | | rights
project.update        | project:update                         | seen: project:view | | rights
project.transfer      | access:grant                           | seen: project:view | | rights
project.publish       | project:publish                        | seen: project:view | | rights
project.archive       | project:archive                        | seen: project:view | | rights
project.delete        | project:delete                         | seen: project:view | | rights
project.deleted       | nothing                                | each: project:delete | | looks
project.restore       | project:delete                         |                    | | rights

# who has access; registrars make people of one role (R24), and leaving needs no right
member.list           | member:read                            |                    | | looks
member.create         | access:grant or member:assign.{run}    |                    | | rights
member.update         | access:grant or member:assign.{run}    | seen: member:read  | | rights
member.delete         | access:grant or member:assign.{run}    | seen: member:read  | | rights
member.leave          | nothing                                |                    | | rights
access.read           | access:view                            | each: access:view  | | looks
access.plan           | access:grant and access:view           |                    | | looks
access.write          | access:grant and access:view           |                    | | rights
access.override       | access:grant                           |                    | | rights
access.entry          | access:grant                           |                    | | rights
request.list          | nothing                                | each: project:view | | looks
request.create        | project:view                           |                    | | changes
request.read          | project:view                           |                    | | looks
request.withdraw      | project:view                           |                    | | changes
request.review        | access:grant or member:assign.{run}    | each: access:grant | | looks
request.approve       | access:grant or member:assign.{run}    |                    | | rights
request.reject        | access:grant or member:assign.{run}    |                    | | changes

# data; to download is more than to read
root.list             | nothing                                | each: root:read    | | looks
root.create           | root:create                            |                    | | changes
collection.list       | nothing                                | each: collection:read | | looks
collection.read       | collection:read                        | seen: collection:read | | looks
collection.update     | collection:update                      | seen: collection:read | | changes
collection.create     | collection:create                      |                       | | changes
collection.fill       | collection:update                      | seen: collection:read | | changes
collection.populate   | collection:update                      | seen: collection:read | | works
collection.delete     | collection:delete                      | seen: collection:read | | rights
collection.publish    | collection:publish                     | seen: collection:read | | rights
collection.ingest     | collection:ingest                      | seen: collection:read | | works
file.list             | nothing                                | each: file:read    | | looks
file.read             | file:read                              | seen: file:read    | | looks
file.download         | file:download                          | seen: file:read    | | looks

# jobs; creating and running are two rights (R26), and {run} is that of what the job is on (R27)
jobtype.list          | jobtype:read                           |                    | | looks
jobtype.declare       | jobtype:declare                        |                    | | rights
jobtype.switch        | project:update                         | seen: project:view | | rights
job.list              | nothing                                | each: job:read     | | looks
job.read              | job:read                               | seen: job:read     | | looks
job.create            | job:create                             |                    | | changes
job.prioritize        | job:priority                           |                    | | works
job.prioritize_50     | job:priority or job:priority.50        |                    | | works
job.prioritize_10     | job:priority or job:priority.50 or job:priority.10 |        | | works
job.submit            | job:create and *job:run.{run}          |                    | | changes
job.run               | job:run.{run}                          | seen: job:read     | | changes
job.cancel            | job:cancel or job:run.{run}            | seen: job:read     | top_level | changes
job.retry             | job:run.{run}                          | seen: job:read     | top_level | changes
job.requeue           | job:create and *job:run.{run}          | seen: job:read     | | changes
job.update            | job:update                             | seen: job:read     | | changes
job.wrest             | job:wrest                              | seen: job:read     | claimed | changes
job.expire            | job:expire                             | seen: job:read     | finished | changes
job.extend            | job:expire                             | seen: job:read     | finished | changes
job.delete            | job:delete                             | seen: job:read     | top_level finished | changes
job.bulk              | nothing                                | each: job:read     | | works
job.sweep             | job:update                             |                    | | works
job.advance           | job:update                             |                    | | works

# schedules: whoever makes one may run its jobs now, and who runs it now makes a job of their own
schedule.list         | nothing                                | each: schedule:read | | looks
schedule.read         | schedule:read                          | seen: schedule:read | | looks
schedule.create       | schedule:create and job:create and job:run.{run} | | | changes
schedule.update       | schedule:update                        | seen: schedule:read | | changes
schedule.pause        | schedule:update                        | seen: schedule:read | | changes
schedule.delete       | schedule:delete                        | seen: schedule:read | | changes
schedule.run          | job:create and *job:run.{run}          | seen: schedule:read | | changes
schedule.fire         | schedule:update                        |                    | | works

# who is told of jobs: one's own notifications, of which nobody else knows, and the project's webhooks
notification.list     | nothing                                | | | looks
notification.create   | nothing                                | | | rights
notification.update   | nothing                                | | | rights
notification.delete   | nothing                                | | | rights
notification.stop     | nothing                                | | | rights
notification.send     | nothing                                | | | looks
webhook.list          | project:update                         | seen: project:view | | looks
webhook.read          | project:update                         | seen: project:view | | looks
webhook.create        | project:update                         | seen: project:view | | rights
webhook.update        | project:update                         | seen: project:view | | rights
webhook.delete        | project:update                         | seen: project:view | | rights
webhook.test          | project:update                         | seen: project:view | | changes

# nodes, and what they alone do (R6, R16)
node.list             | nothing                                | each: node:read    | | looks
node.read             | node:read                              | seen: node:read    | | looks
node.register         | node:register                          |                    | | rights
node.update           | node:update                            | seen: node:read    | | rights
node.arrive           | node:read                              | seen: node:read    | node | works
job.claim             | job:claim                              |                    | node workable | changes
job.start             | job:work                               |                    | workable lock_holder | changes
job.heartbeat         | job:work                               |                    | workable lock_holder | works
job.progress          | job:work                               |                    | workable lock_holder | works
job.log               | job:work                               |                    | workable lock_holder | works
job.output            | job:work                               |                    | workable lock_holder | works, refusals written
job.finish            | job:work                               |                    | workable lock_holder | changes
job.release           | job:work                               |                    | workable lock_holder | changes
job.cleanup           | job:cleanup                            |                    | held_lock | changes
job.clean             | job:clean                              |                    | | works
`

// typedOperations are the lines of needs.
var typedOperations = func() (all []authz.Operation) {
	for line := range strings.Lines(needs) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			all = append(all, typedOperation(line))
		}
	}
	return all
}()

func typedOperation(line string) authz.Operation {
	var cells []string
	for cell := range strings.SplitSeq(line, "|") {
		cells = append(cells, strings.TrimSpace(cell))
	}
	op := authz.Operation{Name: cells[0], ChangesPolicy: cells[4] == "rights"}
	switch cells[4] {
	case "rights", "changes":
		op.Audit = authz.AuditChange
	case "works, refusals written":
		op.Audit = authz.AuditRefusal
	}
	for group := range strings.SplitSeq(strings.Replace(cells[1], "nothing", "", 1), " and ") {
		if names := strings.Split(group, " or "); names[0] != "" {
			if name, primary := strings.CutPrefix(names[0], "*"); primary {
				op.Primary, names[0] = name, name
			}
			op.Groups = append(op.Groups, names)
		}
	}
	shown := append(strings.Fields(cells[2]), "")
	if at := slices.Index(shown, "seen:"); at >= 0 {
		op.Read = shown[at+1]
	}
	if at := slices.Index(shown, "each:"); at >= 0 {
		op.Scope = shown[at+1]
	}
	for _, guard := range strings.Fields(cells[3]) {
		op.Guards = append(op.Guards, authz.Guard(guard))
	}
	return op
}

// needsOf is the typed line of an operation.
func needsOf(operation string) authz.Operation {
	return typedOperations[slices.IndexFunc(typedOperations, func(o authz.Operation) bool { return o.Name == operation })]
}

// What the API does is held by the golden table; this holds what no route
// leads to, and whatever no asker of the golden table could tell apart.
func TestTheTableOfOperationsSaysWhatTheRulesSay(t *testing.T) {
	t.Parallel()
	want, got := map[string]authz.Operation{}, map[string]authz.Operation{}
	for _, op := range typedOperations {
		want[op.Name] = plain(op)
	}
	for _, op := range remit.Operations() {
		got[op.Name] = plain(op)
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) != len(typedOperations) || len(got) != len(remit.Operations()) {
		t.Errorf("operations.go (-typed +there), or a name that is there twice:\n%s", diff)
	}
}

// plain is an operation without its words: groups in one order, the primary by name.
func plain(op authz.Operation) authz.Operation {
	if op.Primary == "" && len(op.Groups) > 0 {
		op.Primary = op.Groups[0][0]
	}
	groups := [][]string{}
	for _, group := range op.Groups {
		groups = append(groups, slices.Sorted(slices.Values(group)))
	}
	slices.SortFunc(groups, slices.Compare)
	op.Groups, op.Verb, op.Noun = groups, "", ""
	return op
}
