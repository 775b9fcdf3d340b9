// Package naive decides by reading the rules aloud: the judge of the compiled engine in authz, for tests only.
//
// Its one invariant: every answer is found by walking the Source for this one question. Nothing is compiled, remembered or
// shared with the engine but the plain data types; where the two differ, docs/permissions.md says who is wrong.
//
//	want := naive.World{Source: source, Now: now}.Check(ada, "job:run.ml", thing)
//	if got := policy.Check(ada, "job:run.ml", thing, now); got != want {
//		t.Fatal("the engine is wrong, or this is")
//	}
package naive

import (
	"cmp"
	"slices"
	"strings"

	. "github.com/remit-server/remit/authz" // its words, so that this reads like the rules
)

// World is a policy at one moment, in microseconds since 1970 UTC.
type World struct {
	Source
	Now int64
}

// Check is R1 to R15 for all that a name stands for: the first refusal, or the first answer, in the order of names.
func (w World) Check(s Subject, name string, r Resource) Decision {
	asked := slices.DeleteFunc(slices.Clone(w.Catalog.Permissions), func(p Permission) bool { return !named(p)(name) })
	slices.SortFunc(asked, func(a, b Permission) int { return cmp.Compare(a.Name, b.Name) })
	if rule := w.barred(s); rule != 0 || len(asked) == 0 {
		return Decision{Rule: cmp.Or(rule, 2), Permission: name}
	}
	refused := slices.IndexFunc(asked, func(p Permission) bool { return !w.check(s, p, r).Allowed })
	return w.check(s, asked[max(0, refused)], r)
}

// barred is R1, and R2 for a role to look at (R23).
func (w World) barred(s Subject) Rule {
	gone := func(id string) bool { return !has(w.Users, func(u User) bool { return u.ID == id && !u.Disabled }) }
	look := cmp.Or(s.Preview, &Preview{User: s.ID})
	switch {
	case s.Kind != Person:
		return 0
	case gone(s.ID) || (look.User == "") == (look.Role == "") || look.Role == "" && gone(look.User):
		return 1
	case look.Role != "" && !has(slices.Concat(w.Roles, w.SiteRoles), isRole(look.Role)):
		return 2
	}
	return 0
}

// check decides one permission with what it requires (R15).
func (w World) check(s Subject, p Permission, r Resource) Decision {
	if s.Kind == Person && s.Preview != nil {
		return w.preview(s, p, r)
	}
	d := w.alone(s, p, r)
	for _, need := range w.requirements(p) {
		if d.Allowed && s.Kind != Node && s.Kind != System && !w.alone(s, w.permission(need), r).Allowed {
			return Decision{Rule: 15, Permission: need}
		}
	}
	return d
}

// preview is R23: what the other may if it only looks or is public, and if the viewer may too. To look as a person takes that
// on own and on others' things alike, for what is whose is not the same to both.
func (w World) preview(s Subject, p Permission, r Resource) Decision {
	then, other, viewer, mine, others := w, Subject{Kind: Person, ID: s.Preview.User}, s, r, r
	if viewer.Preview, mine.Owner, others.Owner = nil, s.ID, ""; s.Preview.Role != "" { // the viewer, but holding nothing else
		then, other.ID, mine, others = w.only(Member{User: s.ID, Role: s.Preview.Role}), s.ID, r, r
	}
	d := then.check(other, p, r)
	shown := p.Reads || d.Rule == 7 || d.Rule == 10 && w.titled(r)
	if d.Allowed && !(shown && w.check(viewer, p, mine).Allowed && w.check(viewer, p, others).Allowed) {
		return Decision{Rule: 5, Permission: p.Name}
	}
	return d
}

// only is where nobody is but one member, in every project if there the role is known, else on the site.
func (w World) only(m Member) World {
	inProjects, onSite := []Member{m}, []Member(nil)
	if !has(w.Roles, isRole(m.Role)) {
		inProjects, onSite = onSite, inProjects
	}
	w.Users, w.Projects, w.SiteMembers, w.SiteEntries = []User{{ID: m.User}}, slices.Clone(w.Projects), onSite, nil
	for i := range w.Projects {
		w.Projects[i].Members, w.Projects[i].Entries = inProjects, nil
	}
	return w
}

// alone is R2 to R14. Another's private thing needs the private permission, or this one by what names its collection.
func (w World) alone(s Subject, p Permission, r Resource) Decision {
	q := question{World: w, s: s, p: p, r: r, me: map[bool]string{true: s.ID, false: stranger}[s.Kind == Person]}
	allowed, rule := q.decide()
	if p.Private != "" && r.Visibility == Private && r.Owner != q.me && s.Kind != Node && s.Kind != System && rule > 4 && rule != 31 {
		private, through := q, q
		private.p, private.r.Thing, through.through = w.permission(p.Private), "", true // a token (R31) is not for p.Private
		allowed, rule = private.decide()
		if ok, by := through.decide(); ok && !allowed {
			allowed, rule = ok, by
		}
	}
	return Decision{Allowed: allowed, Rule: rule, Permission: p.Name}
}

// question is one permission, for one subject, on one thing.
type question struct {
	World
	s              Subject
	p              Permission
	r              Resource
	me             string // the account that asks
	through, exact bool   // only allows that name the thing's collection count, only patterns without a star
}

const stranger = "somebody without an account"

// decide is the table of rules: the first row that applies decides.
func (q question) decide() (bool, Rule) {
	node, system, bearer, local, view := q.s.Kind == Node, q.s.Kind == System, q.s.Kind == Bearer, q.s.Kind == Local, q.p.Name == ProjectView
	super := has(q.Users, func(u User) bool { return u.ID == q.me && u.Superuser })
	titled, outside := view && q.titled(q.r), q.s.Caps != nil && q.outside() // titled is as public as R7, and so before every deny
	builtIn := Member{User: q.me, Role: map[bool]string{true: "anonymous", false: "signed_in"}[q.me == stranger]}
	site := Project{Overrides: q.SiteOverrides, Members: append(slices.Clip(q.SiteMembers), builtIn), Entries: q.SiteEntries}
	in, ban := q.project(q.r.Project), q
	if ban.p, ban.exact = q.permission(ProjectView), true; q.p.Level == OnSite {
		in = Project{}
	}
	entries, roles := Project{Entries: in.Entries}, Project{Members: in.Members, Overrides: in.Overrides}
	loop := func(pattern string) bool { return q.speaks(pattern) && (pattern[0] != '*' || q.p.Level == InProject) }
	allowing := func(e Entry) bool { return e.Effect == Allow && q.mine(asMember(e)) }
	for _, row := range []struct {
		rule            Rule
		allows, applies bool
	}{
		{2, false, q.p.Name == ""},
		{3, false, q.p.Never},
		{4, false, q.reserved() && !super && !node && !system && !local},
		{6, true, node && has(q.Catalog.Node, q.isNodeRight)},
		{28, true, node && q.r.Loan != nil && has(q.r.Loan.Rights, q.isLent)},
		{6, false, node},
		{13, true, system && has(q.Catalog.System[q.s.ID], loop)},
		{14, false, system},
		{31, true, bearer && q.s.ID != "" && q.r.Thing == q.s.ID && slices.Contains(q.Catalog.Token, q.p.Name)},
		{7, true, q.onFloor()},
		{5, false, outside && !titled},
		{32, true, local && !outside && !q.through},
		{8, true, super && !outside && !q.through},
		{10, true, titled},
		{9, false, q.says(q.SiteRoles, site, Deny)},
		{10, false, ban.says(q.Roles, in, Deny)},
		{10, true, view && (has(in.Members, q.mine) || has(in.Entries, allowing))},
		{11, false, !view && q.says(nil, entries, Deny)},
		{11, true, !view && q.says(nil, entries, Allow)},
		{12, false, !view && q.says(q.Roles, roles, Deny)},
		{12, true, !view && q.says(q.Roles, roles, Allow)},
		{13, true, q.me != stranger && q.says(q.SiteRoles, site, Allow)}, // what strangers may is the floor
	} {
		if row.applies {
			return row.allows, row.rule
		}
	}
	return false, 14
}

// says: a role or an entry of the subject's has this effect on the thing.
func (q question) says(roles []Role, in Project, effect Effect) bool {
	return has(in.Members, func(m Member) bool { return q.counts(m, effect) && q.roleSays(m.Role, roles, in) == effect }) ||
		has(in.Entries, func(e Entry) bool { return q.counts(asMember(e), effect) && e.Effect == effect && q.speaks(e.Pattern) })
}

// roleSays is a role's effect: its overrides before its template.
func (q question) roleSays(role string, roles []Role, in Project) Effect {
	for _, effect := range []Effect{Deny, Allow, Remove} {
		if has(in.Overrides, func(o Override) bool { return o.Role == role && o.Effect == effect && q.speaks(o.Pattern) }) {
			return effect
		}
	}
	if has(roles, func(r Role) bool { return r.Name == role && has(r.Allow, q.speaks) }) {
		return Allow
	}
	return Remove
}

// mine is what is the subject's and live (R17). Of it, what names no collection or the thing's counts.
func (q question) mine(m Member) bool {
	inTeam := func(t Team) bool { return t.ID == m.Team && slices.Contains(t.Users, q.me) }
	return (m.User == q.me || has(q.Teams, inTeam)) && m.From <= q.Now && (m.Until == 0 || q.Now < m.Until)
}

func (q question) counts(m Member, effect Effect) bool {
	return q.mine(m) && (m.Collection == "" && (effect == Deny || !q.through) || m.Collection != "" && m.Collection == q.r.Collection)
}

func asMember(e Entry) Member {
	return Member{User: e.User, Collection: e.Collection, Interval: e.Interval}
}

// speaks: the pattern matches a name of the permission, and is about the cell.
func (q question) speaks(pattern string) bool {
	pattern, cell, selective := strings.Cut(pattern, "@")
	prefix, wide := strings.CutSuffix(pattern, "*")
	wide = wide && !q.exact && (prefix == "" || strings.HasSuffix(prefix, ":") || strings.HasSuffix(prefix, "."))
	matches := func(name string) bool { return name == pattern || wide && strings.HasPrefix(name, prefix) }
	suits := !selective || q.p.Selectors && cell == map[bool]string{true: "own", false: "others"}[q.r.Owner == q.me]
	return suits && !q.p.Never && (matches(q.p.Name) || has(q.p.Aliases, matches))
}

// reserved is R4.
func (q question) reserved() bool {
	return q.p.Reserved && !has(q.Opened, named(q.p)) || has(q.Reserved, named(q.p))
}

// outside is R5. A scope covers what its permissions require.
func (q question) outside() bool {
	away := q.p.Level == OnSite || !slices.Contains(q.s.Caps.Projects, q.r.Project)
	covers := func(p Permission) bool {
		from := question{p: p, r: q.r, me: q.me}
		return (p.Name == q.p.Name || slices.Contains(q.requirements(p), q.p.Name)) && has(q.s.Caps.Scopes, from.speaks)
	}
	return q.s.Caps.Projects != nil && away || !has(q.Catalog.Permissions, covers)
}

// onFloor is R7. Private things are never on it, and strangers have nothing of their own.
func (q question) onFloor() bool {
	looks := func(name string) bool { return q.permission(name).Private != "" }
	thing := q.r.Visibility == Public && (looks(q.p.Name) || has(q.requirements(q.p), looks))
	q.me = stranger
	return q.p.PublicOK && q.r.Visibility != Private && (thing || has(q.project(q.r.Project).Public, named(q.p)) ||
		q.roleSays("anonymous", q.SiteRoles, Project{Overrides: q.SiteOverrides}) == Allow)
}

// isNodeRight is R6, isLent R28.
func (q question) isNodeRight(n NodeRight) bool {
	serves := q.s.Site || slices.Contains(q.s.Projects, q.r.Project)
	return n.Permission == q.p.Name && (n.Needs == 0 || n.Needs&q.r.Facts != 0) && (!n.Serves || serves)
}

func (q question) isLent(l LentRight) bool {
	thing := q.r
	thing.Facts, thing.Loan = 0, nil
	may := func(s Subject) bool { return l.OfType || q.Check(s, q.p.Name, thing).Allowed }
	return l.Permission == q.p.Name && q.r.Facts&IsLent != 0 && may(q.r.Loan.Owner) && may(q.r.Loan.Runner)
}

// titled is R10's converse for everybody: something public shows the project's title.
func (w World) titled(r Resource) bool {
	return w.project(r.Project).HasPublic || len(w.project(r.Project).Public) > 0
}

// requirements are what a permission requires, and what that requires (R15), by name.
func (w World) requirements(p Permission) []string {
	all := slices.Clone(p.Requires)
	for i := 0; i < len(all); i++ {
		all = append(all, w.permission(all[i]).Requires...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (w World) project(id string) Project {
	return find(w.Projects, func(p Project) bool { return p.ID == id })
}

func (w World) permission(name string) Permission {
	return find(w.Catalog.Permissions, func(p Permission) bool { return p.Name == name })
}

func named(p Permission) func(string) bool {
	return func(n string) bool { return n == p.Name || slices.Contains(p.Aliases, n) }
}

func isRole(name string) func(Role) bool { return func(r Role) bool { return r.Name == name } }

func has[T any](list []T, is func(T) bool) bool { return slices.ContainsFunc(list, is) }

func find[T any](list []T, is func(T) bool) (found T) {
	if has(list, is) {
		found = list[slices.IndexFunc(list, is)]
	}
	return found
}
