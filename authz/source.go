package authz

// Source is a policy as it is written down: the input of Compile. The order
// of its lists never matters.
type Source struct {
	Catalog       Catalog
	Reserved      []string // R4: exact names reserved in addition to the catalogue's
	Opened        []string // exact names that the catalogue reserves and the site has opened
	Users         []User
	Teams         []Team
	Roles         []Role // project role templates
	SiteRoles     []Role // the built-in ones are named "anonymous" and "signed_in"
	SiteOverrides []Override
	SiteMembers   []Member // Collection is not used
	SiteEntries   []Entry  // Collection is not used
	Projects      []Project
}

// User is an account. A disabled one can do nothing (R1); what it holds waits.
type User struct {
	ID        string
	Name      string // for people; never decides anything
	Superuser bool
	Disabled  bool
}

// Note says who wrote something into the policy. It is for explanations (R22)
// and never decides anything.
type Note struct {
	ID  string // the program's own name for it
	By  string // the id of the user who wrote it
	At  int64  // when, in microseconds since 1970 UTC; 0 = unknown
	Why string
}

// Team is a group of users that can be a member like a user.
type Team struct {
	ID    string
	Users []string
}

// Role is a template. It only allows; a project changes it by overrides.
type Role struct {
	Name  string
	Allow []string // patterns, each optionally ending in @own or @others
}

// Effect is what an override or entry does.
type Effect uint8

const (
	// Allow grants.
	Allow Effect = iota + 1
	// Remove silences the template (overrides only).
	Remove
	// Deny blocks.
	Deny
)

// Override changes what a role means in one project.
type Override struct {
	Role    string
	Pattern string // optionally ending in @own or @others
	Effect  Effect
	Note    *Note // nil = not known
}

// Member gives a user or a team a role. Exactly one of User and Team is set.
type Member struct {
	User, Team string
	Role       string
	Collection string // "" = the whole project
	Interval
	Note *Note // nil = not known
}

// Entry is a personal allow or deny.
type Entry struct {
	User       string
	Pattern    string // optionally ending in @own or @others
	Effect     Effect // Allow or Deny
	Collection string // "" = the whole project
	Interval
	Note *Note // nil = not known
}

// Interval is when something is live: From ≤ now < Until, in microseconds
// since 1970 UTC; 0 means open (R17).
type Interval struct {
	From, Until int64
}

// Project is one project's part of the policy.
type Project struct {
	ID        string
	Public    []string // permissions that everybody has here (R7); each must be PublicOK
	HasPublic bool     // something in it is public, so everybody may see its title (R10)
	Overrides []Override
	Members   []Member
	Entries   []Entry
}
