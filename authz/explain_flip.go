package authz

import (
	"slices"
	"strings"
)

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

// applied is the source after a change, in the one project that is in it. It
// shares what did not change and writes into nothing.
func (c Change) applied(src Source) Source {
	switch c.Kind {
	case LeaveTeam:
		src.Teams = each(src.Teams, c.leave)
	case EnableUser, DemoteUser:
		src.Users = each(src.Users, c.account)
	case LiftReservation:
		src.Reserved, src.Opened = c.opened(src)
	default:
		return c.inPlace(src)
	}
	return src
}

func (c Change) leave(t Team) Team {
	if t.ID == c.Team {
		t.Users = those(t.Users, func(id string) bool { return id != c.User })
	}
	return t
}

func (c Change) account(u User) User {
	if u.ID == c.User {
		u.Disabled = u.Disabled && c.Kind != EnableUser
		u.Superuser = u.Superuser && c.Kind != DemoteUser
	}
	return u
}

// opened takes the permission, by all its names, from what is reserved, and
// opens what the catalogue reserves. What else an old name reserved stays so.
func (c Change) opened(src Source) (reserved, opened []string) {
	for _, name := range src.Reserved {
		for _, perm := range namesakes(&src, name) {
			if perm.Name != c.Pattern {
				reserved = append(reserved, perm.Name)
			}
		}
	}
	opened = src.Opened
	if named(&src, c.Pattern).Reserved {
		opened = append(slices.Clip(opened), c.Pattern)
	}
	return reserved, opened
}

// inPlace changes what is written in a project or on the site.
func (c Change) inPlace(src Source) Source {
	if c.Project == "" {
		var site Project
		site.Overrides, site.Members, site.Entries = src.SiteOverrides, src.SiteMembers, src.SiteEntries
		site = c.place(site)
		src.SiteOverrides, src.SiteMembers, src.SiteEntries = site.Overrides, site.Members, site.Entries
		return src
	}
	src.Projects = each(src.Projects, c.place)
	return src
}

func (c Change) place(p Project) Project {
	switch c.Kind {
	case WriteEntry:
		p.Entries = append(slices.Clip(p.Entries), c.entry())
	case EndEntry:
		p.Entries = those(p.Entries, func(e Entry) bool { return e != c.entry() })
	case GiveRole:
		p.Members = append(slices.Clip(p.Members), c.member())
	case TakeRole:
		p.Members = those(p.Members, func(m Member) bool { return m != c.member() })
	case WriteOverride:
		p.Overrides = append(slices.Clip(p.Overrides), c.override())
	case LiftOverride:
		p.Overrides = those(p.Overrides, func(o Override) bool { return o != c.override() })
	case MakePublic:
		p.Public = append(slices.Clip(p.Public), c.Pattern)
	case EndPublic:
		p.Public = those(p.Public, func(name string) bool { return name != c.Pattern })
	}
	return p
}

func (c Change) entry() Entry {
	return Entry{c.User, c.Pattern, c.Effect, c.Collection, c.Interval, c.Note}
}

func (c Change) member() Member {
	return Member{c.User, c.Team, c.Role, c.Collection, c.Interval, c.Note}
}

func (c Change) override() Override { return Override{c.Role, c.Pattern, c.Effect, c.Note} }

// widened is a subject after a change of its key.
func (c Change) widened(s Subject) Subject {
	if s.Caps == nil || s.ID != c.User {
		return s
	}
	caps := *s.Caps
	switch c.Kind {
	case WidenScopes:
		caps.Scopes = append(slices.Clip(caps.Scopes), c.Pattern)
	case WidenProjects:
		if caps.Projects = append(slices.Clip(caps.Projects), c.Project); c.Project == "" {
			caps.Projects = nil
		}
	}
	s.Caps = &caps
	return s
}

// each is a copy of the list with every element changed.
func each[T any](list []T, change func(T) T) []T {
	out := slices.Clone(list)
	for i := range out {
		out[i] = change(out[i])
	}
	return out
}
