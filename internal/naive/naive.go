// Package naive decides by reading the rules aloud: the judge of the compiled engine in authz, for tests only. Its invariant:
// every answer is found by walking the Source for this one question. Nothing is compiled, remembered or shared with the engine
// but the plain data types; where the two differ, docs/permissions.md says who is wrong.
//
//	want := naive.World{Source: source, Now: now}.Check(ada, "job:run.ml", thing)
//	if got := policy.Check(ada, "job:run.ml", thing, now); got != want {
//		t.Fatal("the engine is wrong, or this is")
//	}
package naive

import (
	"cmp"
	"slices"

	. "github.com/remit-server/remit/authz" // its words, so that this reads like the rules
)

// World is a policy at one moment, in microseconds since 1970 UTC.
type World struct {
	Source
	Now int64
}

// Check is R1 to R15 for all that a name stands for: the first refusal, or the first answer, in the order of names.
func (w World) Check(s Subject, name string, r Resource) Decision {
	asked := keep(w.Catalog.Permissions, func(p Permission) bool { return slices.Contains(names(p), name) })
	slices.SortFunc(asked, func(a, b Permission) int { return cmp.Compare(a.Name, b.Name) })
	if rule := w.barred(s, r); rule != 0 || len(asked) == 0 {
		return Decision{Rule: cmp.Or(rule, 2), Permission: name}
	}
	refused := keep(asked, func(p Permission) bool { return !w.check(s, p, r).Allowed })
	return w.check(s, append(refused, asked...)[0], r)
}

// barred is R1, and R2 for visibilities and for a role to look as (R23).
func (w World) barred(s Subject, r Resource) Rule {
	look := cmp.Or(s.Preview, &Preview{User: s.ID})
	gone := func(id string) bool { return !has(w.Users, func(u User) bool { return u.ID == id && !u.Disabled }) }
	switch person := s.Kind == Person; {
	case person && gone(s.ID):
		return 1
	case unseen(r):
		return 2
	case person && ((look.User == "") == (look.Role == "") || look.Role == "" && gone(look.User)):
		return 1
	case person && look.Role != "" && !has(slices.Concat(w.Roles, w.SiteRoles), isRole(look.Role)):
		return 2
	}
	return 0
}

// question is one permission, for one subject, on one thing.
type question struct {
	World
	s              Subject
	p              Permission
	r              Resource
	in             Project // the thing's
	me, owner      string  // the account that asks, and that whose things are own
	through, exact bool    // only allows that name the thing's collection count, only patterns without a star
}

const stranger, unknown = "somebody without an account", OnSite + 1

// check is one permission, for whoever asks; what a preview shows is seen says.
func (w World) check(s Subject, p Permission, r Resource) Decision {
	me := map[bool]string{true: s.ID, false: stranger}[s.Kind == Person]
	q := question{World: w, s: s, r: r, in: find(w.Projects, func(p Project) bool { return p.ID == r.Project }), me: me, owner: me}
	if s.Kind == Person && s.Preview != nil {
		return q.seen(p)
	}
	return q.whole(p)
}

// whole is a permission with what it requires (R15).
func (q question) whole(p Permission) Decision {
	d, free := q.alone(p), q.s.Kind == Node || q.s.Kind == System
	lacks := func(name string) bool { return d.Allowed && !free && !q.alone(q.permission(name)).Allowed }
	if missing := find(q.closure(p), lacks); missing != "" {
		return Decision{Rule: 15, Permission: missing}
	}
	return d
}

// alone is R2 to R14. Another's private thing needs the private permission, or this one by what names its collection.
func (q question) alone(p Permission) Decision {
	q.p = p
	d, private, through := q.decide(), q, q
	free := q.s.Kind == Node || q.s.Kind == System || d.Rule <= 4 || d.Rule == 31
	if !free && p.Private != "" && q.r.Visibility == Private && q.r.Owner != q.owner {
		private.p, private.r.Thing, through.through = q.permission(p.Private), "", true // a token (R31) is not for p.Private
		ways := []Decision{private.decide(), through.decide()}
		d = append(keep(ways, func(d Decision) bool { return d.Allowed }), ways...)[0]
	}
	return Decision{Allowed: d.Allowed, Rule: d.Rule, Permission: p.Name}
}

// decide is the table of the rules: the first row that applies decides.
func (q question) decide() Decision {
	node, system, local, view := q.s.Kind == Node, q.s.Kind == System, q.s.Kind == Local, q.p.Name == ProjectView
	token := q.s.Kind == Bearer && q.s.ID != "" && q.r.Thing == q.s.ID && slices.Contains(q.Catalog.Token, q.p.Name)
	loop := func(pattern string) bool { return q.speaks(pattern) && (pattern[0] != '*' || q.p.Level == InProject) }
	super := has(q.Users, func(u User) bool { return u.ID == q.me && u.Superuser })
	titled := view && (q.in.HasPublic || len(q.in.Public) > 0) // as public as R7, and so before every deny
	outside := q.s.Caps != nil && q.outside()

	in, ban := q.in, q
	if ban.p, ban.exact = q.permission(ProjectView), true; q.p.Level == OnSite || in.ID == "" {
		in = Project{}
	}
	builtIn := Member{User: q.me, Role: map[bool]string{true: "anonymous", false: "signed_in"}[q.me == stranger]}
	site := q.said(q.SiteRoles, append(slices.Clip(q.SiteMembers), builtIn), q.SiteOverrides, q.SiteEntries)
	banned := ban.said(q.Roles, in.Members, in.Overrides, in.Entries)
	personal, roles := q.said(nil, nil, nil, in.Entries), q.said(q.Roles, in.Members, in.Overrides, nil)
	allowing := func(e Entry) bool { return e.Effect == Allow && q.mine(asMember(e)) }
	for _, row := range []struct {
		rule            Rule
		allows, applies bool
	}{
		{2, false, q.p.Level == unknown},
		{3, false, q.p.Never},
		{4, false, q.reserved(q.p) && !super && !node && !system && !local},
		{6, true, node && has(q.Catalog.Node, q.isNodeRight)},
		{28, true, node && q.r.Loan != nil && has(q.r.Loan.Rights, q.isLent)},
		{6, false, node},
		{13, true, system && has(q.Catalog.System[q.s.ID], loop)},
		{14, false, system},
		{31, true, token},
		{7, true, q.onFloor()},
		{5, false, outside && !titled},
		{32, true, local && !outside && !q.through},
		{8, true, super && !outside && !q.through},
		{10, true, titled},
		{9, false, site == Deny},
		{10, false, banned == Deny},
		{10, true, view && (has(in.Members, q.mine) || has(in.Entries, allowing))},
		{11, personal == Allow, personal != 0 && !view},
		{12, roles == Allow, roles != 0 && !view},
		{13, true, site == Allow && q.me != stranger}, // what strangers may is the floor
	} {
		if row.applies {
			return Decision{Allowed: row.allows, Rule: row.rule, Permission: q.p.Name}
		}
	}
	return Decision{Rule: 14, Permission: q.p.Name}
}

// reserved is R4.
func (w World) reserved(p Permission) bool {
	is := func(name string) bool { return slices.Contains(names(p), name) }
	return p.Reserved && !has(w.Opened, is) || has(w.Reserved, is)
}

// outside is R5. A scope covers what its permissions require.
func (q question) outside() bool {
	away := q.p.Level == OnSite || !slices.Contains(q.s.Caps.Projects, q.r.Project)
	covers := func(p Permission) bool {
		from := question{p: p, r: q.r, owner: q.owner}
		return has(q.s.Caps.Scopes, from.speaks) && slices.Contains(q.closure(p), q.p.Name)
	}
	return q.s.Caps.Projects != nil && away || !has(q.Catalog.Permissions, covers)
}

// onFloor is R7. Private things are never on it, and strangers have nothing of their own.
func (q question) onFloor() bool {
	looks := func(name string) bool { return q.permission(name).Private != "" }
	is := func(name string) bool { return slices.Contains(names(q.p), name) }
	public := q.r.Visibility == Public && has(q.closure(q.p), looks) || has(q.in.Public, is)
	q.owner = stranger
	return q.p.PublicOK && q.r.Visibility != Private && (public || q.roleSays("anonymous", q.SiteRoles, q.SiteOverrides) == Allow)
}

// closure is the names of a permission and of all that it requires.
func (w World) closure(p Permission) []string {
	all := []string{p.Name}
	for _, need := range p.Requires {
		all = append(all, w.closure(w.permission(need))...)
	}
	return slices.Sorted(slices.Values(all))
}

func (w World) permission(name string) Permission {
	if p := find(w.Catalog.Permissions, func(p Permission) bool { return p.Name == name }); p.Name != "" {
		return p
	}
	return Permission{Name: name, Level: unknown}
}
