package authz

import "strings"

// Flip is a smallest set of changes that turns a decision over: all of them
// are needed.
type Flip struct {
	Changes []Change
}

// Change is one change of the policy or of a key. What its kind does not need
// is left empty; without a project it is one of the site.
type Change struct {
	Kind       ChangeKind
	User       string // whose entry, membership, account or key it is; "" when held by Team
	Team       string
	Role       string
	Pattern    string // of the entry or override, or the key's scope; else the permission's name
	Effect     Effect // of the entry or override
	Project    string
	Collection string // "" = the whole project
	Interval          // of what is ended, taken or lifted
	Note       *Note  // of what is ended, taken or lifted
}

// ChangeKind says what a change does.
type ChangeKind string

// The kinds of change. Those that begin something do so without an end.
const (
	WriteEntry      ChangeKind = "write_entry"      // a personal entry: User, Pattern, Effect
	EndEntry        ChangeKind = "end_entry"        // takes the entry back
	GiveRole        ChangeKind = "give_role"        // to User: Role
	TakeRole        ChangeKind = "take_role"        // from User or Team: Role
	LeaveTeam       ChangeKind = "leave_team"       // User leaves Team, and loses what it holds anywhere
	WriteOverride   ChangeKind = "write_override"   // Role, Pattern, Effect: for all who hold the role there
	LiftOverride    ChangeKind = "lift_override"    // takes the override back
	LiftReservation ChangeKind = "lift_reservation" // lifts a reservation (R4): Pattern
	MakePublic      ChangeKind = "make_public"      // Pattern, for everybody in the project (R7)
	EndPublic       ChangeKind = "end_public"       // the reverse
	WidenScopes     ChangeKind = "widen_scopes"     // the key of User gets Pattern as one more scope (R5)
	WidenProjects   ChangeKind = "widen_projects"   // the key of User reaches Project too; without one, everything
	EnableUser      ChangeKind = "enable_user"      // the account of User (R1)
	DemoteUser      ChangeKind = "demote_user"      // User is no superuser any more (R8)
)

// String tells the changes, joined by "and".
func (f Flip) String() string {
	var all []string
	for _, c := range f.Changes {
		all = append(all, c.String())
	}
	return strings.Join(all, " and ")
}

// String tells the change in plain words, by ids and permission names.
func (c Change) String() string {
	switch c.Kind {
	case WriteEntry, EndEntry, WriteOverride, LiftOverride:
		return c.rule() + placed(c.Project, c.Collection) + c.words()
	case GiveRole:
		return "give " + c.User + " the role " + c.Role + placed(c.Project, c.Collection)
	case TakeRole:
		return "take the role " + c.Role + placed(c.Project, c.Collection) + c.words() + " from " + c.holder()
	case MakePublic:
		return "make " + c.Pattern + " public" + placed(c.Project, "")
	case EndPublic:
		return "stop " + c.Pattern + " being public" + placed(c.Project, "")
	}
	return c.ofAccount()
}

// rule tells changes of entries and overrides.
func (c Change) rule() string {
	switch c.Kind {
	case WriteEntry:
		return c.Effect.verb() + " " + c.User + " " + c.Pattern
	case EndEntry:
		return "end the entry that " + c.Effect.does() + " " + c.User + " " + c.Pattern
	case WriteOverride:
		return "let role " + c.Role + " " + c.Effect.verb() + " " + c.Pattern
	}
	return "lift the override by which role " + c.Role + " " + c.Effect.does() + " " + c.Pattern
}

// ofAccount tells changes of accounts, teams, keys and reservations.
func (c Change) ofAccount() string {
	switch c.Kind {
	case LeaveTeam:
		return "take " + c.User + " out of team " + c.Team
	case LiftReservation:
		return "open " + c.Pattern + ", which is reserved for superusers"
	case WidenScopes:
		return "give the key of " + c.User + " the scope " + c.Pattern
	case WidenProjects:
		return "let the key of " + c.User + " reach " + c.reach()
	case EnableUser:
		return "enable the account " + c.User
	}
	return "make " + c.User + " an ordinary account"
}

func (c Change) holder() string {
	if c.Team != "" {
		return "team " + c.Team
	}
	return c.User
}

func (c Change) reach() string {
	if c.Project == "" {
		return "everything"
	}
	return "project " + c.Project
}

func (e Effect) verb() string {
	switch e {
	case Allow:
		return "allow"
	case Remove:
		return "remove"
	}
	return "deny"
}
