package remit

import (
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
)

// Permissions is the fixed core of the catalogue. Families grow it: a job
// type adds job:run.KEY, a blueprint declares names of its own.
func Permissions() []authz.Permission {
	all := core()
	for i := range all {
		all[i].Reads = OnlyLooks(all[i].Name)
	}
	return all
}

// OnlyLooks says whether a permission only lets people see something, so that
// a preview may use it (R23): by its verb, for declared ones too.
func OnlyLooks(permission string) bool {
	_, verb, _ := strings.Cut(permission, ":")
	verb, _, _ = strings.Cut(verb, ".")
	return slices.Contains([]string{"read", "read_private", "view", "list", "download"}, verb)
}

func core() []authz.Permission {
	return []authz.Permission{
		// The site.
		{Name: "user:read", Level: authz.OnSite, Selectors: true, Title: "See accounts"},
		{Name: "user:create", Level: authz.OnSite, Title: "Make accounts"},
		{Name: "user:update", Level: authz.OnSite, Selectors: true, Requires: []string{"user:read"}, Title: "Change accounts"},
		{Name: "key:read", Level: authz.OnSite, Selectors: true, Title: "See API keys"},
		{Name: "key:create", Level: authz.OnSite, Selectors: true, Title: "Make API keys"},
		{Name: "key:delete", Level: authz.OnSite, Selectors: true, Requires: []string{"key:read"}, Title: "Revoke API keys"},
		{Name: "role:read", Level: authz.OnSite, Title: "See role templates"},
		{Name: "role:update", Level: authz.OnSite, Requires: []string{"role:read"}, Title: "Change role templates"},
		{Name: "jobtype:read", Level: authz.OnSite, Title: "See job types"},
		{Name: "jobtype:declare", Level: authz.OnSite, Requires: []string{"jobtype:read"}, Title: "Declare job types"},
		{Name: "root:read", Level: authz.OnSite, Title: "See data roots"},
		{Name: "root:create", Level: authz.OnSite, Requires: []string{"root:read"}, Title: "Register data roots"},
		{Name: "project:create", Level: authz.OnSite, Title: "Make projects"},
		{Name: "audit:seal", Level: authz.OnSite, Title: "Seal the audit log"},
		{Name: "audit:archive", Level: authz.OnSite, Requires: []string{"audit:read"}, Title: "Move old audit entries into archive files"},
		{Name: "audit:delete", Level: authz.OnSite, Never: true, Title: "Delete audit entries"},
		{Name: "user:delete", Level: authz.OnSite, Requires: []string{"user:read"}, Title: "Delete accounts"},
		{Name: "user:password", Level: authz.OnSite, Selectors: true, Requires: []string{"user:read"}, Title: "Change passwords"},
		{Name: "session:read", Level: authz.OnSite, Selectors: true, Title: "See where accounts are signed in"},
		{Name: "session:delete", Level: authz.OnSite, Selectors: true, Requires: []string{"session:read"}, Title: "End sessions"},
		{Name: "team:read", Level: authz.OnSite, Title: "See teams"},
		{Name: "team:create", Level: authz.OnSite, Requires: []string{"team:read"}, Title: "Make teams"},
		{Name: "team:update", Level: authz.OnSite, Requires: []string{"team:read"}, Title: "Change teams, and who is in them"},
		{Name: "team:delete", Level: authz.OnSite, Requires: []string{"team:read"}, Title: "Delete teams"},
		{Name: "site:view", Level: authz.OnSite, Title: "See who has which rights on the site"},
		{Name: "site:grant", Level: authz.OnSite, Requires: []string{"site:view"}, Title: "Give and take site roles, and reserve permissions"},

		// A project and its people.
		{Name: "project:view", PublicOK: true, Title: "See that the project exists"},
		{Name: "project:update", Requires: []string{"project:view"}, Title: "Change the project"},
		{Name: "member:read", Requires: []string{"project:view"}, Title: "See the members"},
		{Name: "project:publish", Requires: []string{"project:view"}, Title: "Open parts of the project to everybody"},
		{Name: "project:archive", Requires: []string{"project:view"}, Title: "Archive the project, and take it out again"},
		{Name: "project:delete", Requires: []string{"project:view"}, Title: "Delete the project"},
		{Name: "audit:read", Title: "Read the audit log"},
		{Name: "access:grant", Requires: []string{"member:read"}, Title: "Give and take access"},
		{Name: "access:view", Requires: []string{"member:read"}, Title: "See everybody's access"},

		// Nodes: those of the site and those of one project.
		{Name: "node:read", Title: "See nodes"},
		{Name: "node:register", Requires: []string{"node:read"}, Title: "Register nodes, which read what the jobs there are on"},
		{Name: "node:update", Requires: []string{"node:read"}, Title: "Drain, pause and retire nodes"},

		// Data.
		{Name: "collection:read", PublicOK: true, Private: "collection:read_private", Selectors: true, Title: "See collections"},
		{Name: "collection:read_private", Title: "See others' private collections"},
		{Name: "collection:create", Title: "Make collections"},
		{Name: "collection:update", Selectors: true, Requires: []string{"collection:read"}, Title: "Change collections"},
		{Name: "collection:delete", Selectors: true, Requires: []string{"collection:read"}, Title: "Delete sets"},
		{Name: "collection:publish", Selectors: true, Requires: []string{"collection:read"}, Title: "Open collections to everybody"},
		{Name: "collection:ingest", Reserved: true, Requires: []string{"collection:read"}, Title: "Write what a scan found"},
		{Name: "file:read", PublicOK: true, Private: "file:read_private", Selectors: true, Title: "See files, headers and previews"},
		{Name: "file:read_private", Title: "See files of others' private collections"},
		{Name: "file:download", PublicOK: true, Selectors: true, Requires: []string{"file:read"}, Title: "Download files"},

		// Jobs.
		{Name: "job:read", Selectors: true, Title: "See jobs, logs and artifacts"},
		{Name: "job:create", Title: "Make jobs"},
		{Name: "job:priority", Selectors: true, Title: priorityTitle(MaxPriority)},
		{Name: "job:priority.50", Selectors: true, Title: priorityTitle(50)},
		{Name: "job:priority.10", Selectors: true, Title: priorityTitle(10)},
		{Name: "job:update", Selectors: true, Requires: []string{"job:read"}, Title: "Change jobs"},
		{Name: "job:cancel", Selectors: true, Requires: []string{"job:read"}, Title: "Cancel jobs"},
		{Name: "job:wrest", Selectors: true, Requires: []string{"job:read"}, Title: "Take a job away from its node"},
		{Name: "job:expire", Selectors: true, Requires: []string{"job:read"}, Title: "Say how long artifacts are kept"},
		{Name: "job:delete", Selectors: true, Requires: []string{"job:read"}, Title: "Delete jobs"},

		// Schedules, which make jobs for their owners.
		{Name: "schedule:read", Selectors: true, Title: "See schedules and what came of them"},
		{Name: "schedule:create", Title: "Make schedules"},
		{Name: "schedule:update", Selectors: true, Requires: []string{"schedule:read"}, Title: "Change one's own schedules, and pause"},
		{Name: "schedule:delete", Selectors: true, Requires: []string{"schedule:read"}, Title: "Delete schedules"},

		// What nodes do. Reserved keeps them from people; superusers meet the guards (R6, R16).
		{Name: "job:claim", Reserved: true, Title: "Claim jobs"},
		{Name: "job:work", Reserved: true, Title: "Work on a claimed job"},
		{Name: "job:cleanup", Reserved: true, Title: "Clean up after a lost attempt"},
		{Name: "job:clean", Reserved: true, Title: "Remove what has expired"},
	}
}

// RunPermissions are what a job type adds to the catalogue (R27).
func RunPermissions(t JobType) []authz.Permission {
	run := authz.Permission{Name: "job:run." + t.Key, Selectors: true, Title: "Run " + t.Key}
	single := authz.Permission{Name: "job:run." + t.Key + ".single", Selectors: true, Title: "Run " + t.Key + " on one file"}
	var grown []authz.Permission
	for _, on := range t.On {
		if on == "file" {
			grown = append(grown, single)
		} else if len(grown) == 0 || grown[0].Name != run.Name {
			grown = append([]authz.Permission{run}, grown...)
		}
	}
	return grown
}

// AssignPermission is what a role of projects adds to the catalogue: the right
// of a registrar to make people that role (R24).
func AssignPermission(role string) authz.Permission {
	return authz.Permission{Name: "member:assign." + role, Title: "Make people " + role}
}

// RunRight is the qualifier of the run right that a job of a type asks,
// given what it is on (R27): "ml", or "ml.single" on a file.
func RunRight(jobType string, on On) string {
	if on.File != "" {
		return jobType + ".single"
	}
	return jobType
}

// NodeRights is all that a node may do (R6).
func NodeRights() []authz.NodeRight {
	held := authz.HoldsLock | authz.HeldLock
	return []authz.NodeRight{
		{Permission: "node:read", Needs: authz.IsSelf},
		{Permission: "job:claim", Serves: true},
		{Permission: "job:work", Needs: held},
		{Permission: "job:cleanup", Needs: held},
		{Permission: "job:read", Needs: held | authz.IsLent},
		{Permission: "file:read", Needs: authz.IsLent},
		{Permission: "file:download", Needs: authz.IsLent},
		{Permission: "collection:read", Needs: authz.IsLent},
		{Permission: "collection:ingest", Needs: authz.IsLent},
		{Permission: "collection:update", Needs: authz.IsLent},
		{Permission: "job:clean", Needs: authz.IsLent},
	}
}

// SystemRoles are the rights of the program's own loops.
func SystemRoles() map[string][]string {
	return map[string][]string{
		"authenticator": {"user:read", "key:read", "node:read"},
		"sweeper":       {"job:read", "job:update", "node:read"},
		"workflows":     {"job:read", "job:update"},
		"scheduler":     {"schedule:read", "schedule:update"},
		"sealer":        {"audit:seal"},
		"setup":         {"*", "audit:*", "user:*", "session:*", "team:*", "site:*", "key:*", "role:*", "jobtype:*", "root:*", "project:create"},
	}
}
