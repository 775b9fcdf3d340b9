package authz_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/authz"
)

// Every flip is tried on the whole source, changed by this test's own reading
// of what a change is, and compiled from scratch; so is every part of it.
func TestEveryFlipFlipsAndNeedsAllItsChanges(t *testing.T) {
	t.Parallel()
	sizes, kinds := map[int]int{}, map[authz.ChangeKind]int{}
	inTowns(t, 250, 6, func(t *testing.T, p *authz.Policy, src authz.Source, q riddle) {
		was := p.Check(q.who, q.what, q.thing, q.now)
		for _, f := range p.Flips(q.who, q.what, q.thing, q.now) {
			sizes[len(f.Changes)]++
			if after(t, src, q, f.Changes).Allowed == was.Allowed {
				t.Errorf("does not flip: %v", f)
			}
			for i := range f.Changes {
				kinds[f.Changes[i].Kind]++
				if rest := slices.Delete(slices.Clone(f.Changes), i, i+1); after(t, src, q, rest).Allowed != was.Allowed {
					t.Errorf("%v does not need %v", f, f.Changes[i])
				}
			}
		}
	})
	t.Log(sizes, kinds)
	for _, kind := range []authz.ChangeKind{
		authz.WriteEntry, authz.EndEntry, authz.GiveRole, authz.TakeRole, authz.LeaveTeam, authz.WriteOverride, authz.LiftOverride, authz.LiftReservation,
		authz.MakePublic, authz.EndPublic, authz.WidenScopes, authz.WidenProjects, authz.EnableUser, authz.DemoteUser,
	} {
		if kinds[kind] == 0 {
			t.Errorf("%s never happened", kind)
		}
	}
	if sizes[1] == 0 || sizes[2] == 0 || sizes[3] == 0 {
		t.Errorf("sizes %v", sizes)
	}
}

func after(t *testing.T, src authz.Source, q riddle, changes []authz.Change) authz.Decision {
	t.Helper()
	for _, c := range changes {
		src, q = made(src, q, c)
	}
	return q.check(t, src)
}

// made makes a change.
func made(src authz.Source, q riddle, c authz.Change) (authz.Source, riddle) {
	entry := authz.Entry{User: c.User, Pattern: c.Pattern, Effect: c.Effect, Collection: c.Collection, Interval: c.Interval, Note: c.Note}
	member := authz.Member{User: c.User, Team: c.Team, Role: c.Role, Collection: c.Collection, Interval: c.Interval, Note: c.Note}
	override := authz.Override{Role: c.Role, Pattern: c.Pattern, Effect: c.Effect, Note: c.Note}
	src.Projects, src.Users, src.Teams = slices.Clone(src.Projects), slices.Clone(src.Users), slices.Clone(src.Teams)
	p := &authz.Project{Overrides: src.SiteOverrides, Members: src.SiteMembers, Entries: src.SiteEntries}
	if c.Project != "" && c.Kind != authz.WidenProjects {
		p = project(&src, c.Project)
	}
	switch c.Kind {
	case authz.WriteEntry:
		p.Entries = append(slices.Clone(p.Entries), entry)
	case authz.EndEntry:
		p.Entries = less(p.Entries, entry)
	case authz.GiveRole:
		p.Members = append(slices.Clone(p.Members), member)
	case authz.TakeRole:
		p.Members = less(p.Members, member)
	case authz.WriteOverride:
		p.Overrides = append(slices.Clone(p.Overrides), override)
	case authz.LiftOverride:
		p.Overrides = less(p.Overrides, override)
	case authz.MakePublic:
		p.Public = append(slices.Clone(p.Public), c.Pattern)
	case authz.EndPublic:
		p.Public = less(p.Public, c.Pattern)
	case authz.LeaveTeam:
		i := slices.IndexFunc(src.Teams, func(t authz.Team) bool { return t.ID == c.Team })
		src.Teams[i].Users = less(src.Teams[i].Users, c.User)
	case authz.LiftReservation:
		src = lifted(src, c.Pattern)
	case authz.EnableUser, authz.DemoteUser:
		i := slices.IndexFunc(src.Users, func(u authz.User) bool { return u.ID == c.User })
		src.Users[i].Disabled = src.Users[i].Disabled && c.Kind != authz.EnableUser
		src.Users[i].Superuser = src.Users[i].Superuser && c.Kind != authz.DemoteUser
	default:
		q.who = widened(q.who, c)
		if q.thing.Loan != nil {
			q.thing.Loan = &authz.Loan{Rights: q.thing.Loan.Rights, Owner: widened(q.thing.Loan.Owner, c), Runner: widened(q.thing.Loan.Runner, c)}
		}
	}
	if c.Project == "" {
		src.SiteOverrides, src.SiteMembers, src.SiteEntries = p.Overrides, p.Members, p.Entries
	}
	return src, q
}

func less[T comparable](list []T, one T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(other T) bool { return other == one })
}

// lifted takes the name out of what is reserved; what an old name reserved
// besides stays reserved.
func lifted(src authz.Source, name string) authz.Source {
	src.Opened = append(slices.Clone(src.Opened), name)
	src.Reserved = less(src.Reserved, name)
	for _, old := range slices.Clone(src.Reserved) {
		for _, perm := range src.Catalog.Permissions {
			if slices.Contains(perm.Aliases, old) && perm.Name != name {
				src.Reserved = append(src.Reserved, perm.Name)
			}
		}
		if slices.ContainsFunc(src.Catalog.Permissions, func(p authz.Permission) bool { return p.Name == name && slices.Contains(p.Aliases, old) }) {
			src.Reserved = less(src.Reserved, old)
		}
	}
	return src
}

// widened is the key after a change of it; all keys of an account change.
func widened(s authz.Subject, c authz.Change) authz.Subject {
	if s.Caps == nil || s.ID != c.User {
		return s
	}
	caps := authz.Caps{Scopes: slices.Clone(s.Caps.Scopes), Projects: slices.Clone(s.Caps.Projects)}
	switch {
	case c.Kind == authz.WidenScopes:
		caps.Scopes = append(caps.Scopes, c.Pattern)
	case c.Project == "":
		caps.Projects = nil
	default:
		caps.Projects = append(caps.Projects, c.Project)
	}
	s.Caps = &caps
	return s
}

// What R11, R12 or R14 refuses to a person: when one personal allow of an
// exact name would do, such a one is offered.
func TestAPersonalAllowThatWouldDoIsOffered(t *testing.T) {
	t.Parallel()
	offered := 0
	inTowns(t, 400, 10, func(t *testing.T, p *authz.Policy, src authz.Source, q riddle) {
		d := p.Check(q.who, q.what, q.thing, q.now)
		if d.Allowed || q.who.Kind != authz.Person || q.who.Preview != nil || !slices.Contains([]authz.Rule{11, 12, 14}, d.Rule) {
			return
		}
		is := slices.ContainsFunc(p.Flips(q.who, q.what, q.thing, q.now), func(f authz.Flip) bool {
			return len(f.Changes) == 1 && f.Changes[0].Kind == authz.WriteEntry
		})
		if would := oneAllow(t, src, q); would && !is {
			t.Error("none is offered")
		}
		if is {
			offered++
		}
	})
	if offered < 100 {
		t.Errorf("offered %d times", offered)
	}
}

// oneAllow tries them all.
func oneAllow(t *testing.T, src authz.Source, q riddle) bool {
	t.Helper()
	for _, perm := range src.Catalog.Permissions {
		places := []authz.Change{{Project: q.thing.Project}, {Project: q.thing.Project, Collection: q.thing.Collection}}
		if perm.Level == authz.OnSite || q.thing.Project == "" || q.thing.Project == "p9" {
			places = []authz.Change{{}}
		}
		for _, c := range places {
			c.Kind, c.User, c.Pattern, c.Effect = authz.WriteEntry, q.who.ID, perm.Name, authz.Allow
			if after(t, src, q, []authz.Change{c}).Allowed {
				return true
			}
		}
	}
	return false
}

func TestFlipsComeInTheSameOrder(t *testing.T) {
	t.Parallel()
	inTowns(t, 60, 5, func(t *testing.T, p *authz.Policy, _ authz.Source, q riddle) {
		first, second := p.Flips(q.who, q.what, q.thing, q.now), p.Flips(q.who, q.what, q.thing, q.now)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Error(diff)
		}
	})
}

// Five things are missing and ten roles give each: more than is searched.
func TestTheSearchForFlipsEnds(t *testing.T) {
	t.Parallel()
	src := authz.Source{Users: []authz.User{{ID: "ada"}}, Projects: []authz.Project{{ID: "p1"}}}
	for i := range 5 {
		name := fmt.Sprintf("x:v%d", i)
		src.Catalog.Permissions = append(src.Catalog.Permissions, authz.Permission{Name: name})
		for j := range 10 {
			src.Roles = append(src.Roles, authz.Role{Name: fmt.Sprintf("r%d.%d", i, j), Allow: []string{name}})
		}
	}
	src.Catalog.Permissions[0].Requires = []string{"x:v1", "x:v2", "x:v3", "x:v4"}
	p, err := authz.Compile(src)
	if err != nil {
		t.Fatal(err)
	}
	if flips := p.Flips(person("ada"), "x:v0", in("p1"), 0); flips != nil {
		t.Errorf("found %v", flips)
	}
}
