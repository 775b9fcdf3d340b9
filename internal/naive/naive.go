// Package naive decides by reading the rules aloud: the judge of the compiled engine in authz, for tests only. Its invariant:
// every answer is found by walking the Source for this one question; nothing is compiled, remembered or shared with the engine
// but plain data. Where they differ, docs/permissions.md says who is wrong. What asks several such questions is in judge.
package naive

import (
	"slices"
	"strings"

	. "github.com/remit-server/remit/authz" // its words, so that this reads like the rules
	. "github.com/remit-server/remit/internal/naive/lists"
)

// World is a policy at one moment, in microseconds since 1970 UTC.
type World struct {
	Source
	Now int64
}

// question is one permission, for one subject, on one thing.
type question struct {
	World
	s              Subject
	p              Permission
	r              Resource
	in             Project // the thing's
	me             string  // the account that asks
	free           bool    // a program, which has each right by itself
	through, exact bool    // only allows that name the thing's collection count, only patterns without a star
}

const stranger, unknown = "somebody without an account", OnSite + 1

// Check is a permission with what it requires (R15).
func (w World) Check(s Subject, p Permission, r Resource) Decision {
	q := question{World: w, s: s, r: r, in: Find(w.Projects, func(p Project) bool { return p.ID == r.Project })}
	q.me, q.free = map[bool]string{true: s.ID, false: stranger}[s.Kind == Person], s.Kind == Node || s.Kind == System
	d := q.alone(p)
	lacks := func(name string) bool { return d.Allowed && !q.free && !q.alone(w.Permission(name)).Allowed }
	if missing := Find(w.closure(p), lacks); missing != "" {
		return Decision{Rule: 15, Permission: missing}
	}
	return d
}

// alone is R2 to R14. Another's private thing needs the private permission, or this one by what names its collection.
func (q question) alone(p Permission) Decision {
	q.p = p
	d, private, through := q.decide(), q, q
	if q.r.Visibility == Private && q.r.Owner != q.me && p.Private != "" && d.Rule > 4 && d.Rule != 31 && !q.free {
		private.p, private.r.Thing, through.through = q.Permission(p.Private), "", true // a token (R31) is not for p.Private
		ways := []Decision{private.decide(), through.decide()}
		d = append(Keep(ways, func(d Decision) bool { return d.Allowed }), ways...)[0]
	}
	return Decision{Allowed: d.Allowed, Rule: d.Rule, Permission: p.Name}
}

// decide is the table of the rules: the first row that applies decides.
func (q question) decide() Decision {
	node, system, local, view := q.s.Kind == Node, q.s.Kind == System, q.s.Kind == Local, q.p.Name == ProjectView
	token := q.s.Kind == Bearer && q.s.ID != "" && q.r.Thing == q.s.ID && slices.Contains(q.Catalog.Token, q.p.Name)
	loop := func(pattern string) bool { return q.speaks(pattern) && (pattern[0] != '*' || q.p.Level == InProject) }
	super := Has(q.Users, func(u User) bool { return u.ID == q.me && u.Superuser })
	titled := view && (q.in.HasPublic || len(q.in.Public) > 0) // as public as R7, and so before every deny
	outside := q.s.Caps != nil && q.outside()
	in, ban, is := q.in, q, Member{User: q.me, Role: map[bool]string{true: "anonymous", false: "signed_in"}[q.me == stranger]}
	if ban.p, ban.exact = q.Permission(ProjectView), true; q.p.Level == OnSite || in.ID == "" {
		in = Project{}
	}
	site := q.said(q.SiteRoles, append(slices.Clip(q.SiteMembers), is), q.SiteOverrides, q.SiteEntries)
	banned := ban.said(q.Roles, in.Members, in.Overrides, in.Entries)
	personal, roles := q.said(nil, nil, nil, in.Entries), q.said(q.Roles, in.Members, in.Overrides, nil)
	allowing := func(e Entry) bool { return e.Effect == Allow && q.mine(held(e)) }
	for _, row := range []struct {
		rule            Rule
		allows, applies bool
	}{
		{1, false, q.s.Kind == Person && !Has(q.Users, func(u User) bool { return u.ID == q.me && !u.Disabled })},
		{2, false, q.p.Level == unknown || q.r.Visibility > Public},
		{3, false, q.p.Never},
		{4, false, q.IsReserved(q.p) && !super && !node && !system && !local},
		{6, true, node && Has(q.Catalog.Node, q.isNodeRight)},
		{28, true, node && q.r.Loan != nil && Has(q.r.Loan.Rights, q.isLent)},
		{6, false, node},
		{13, true, system && Has(q.Catalog.System[q.s.ID], loop)},
		{14, false, system},
		{31, true, token},
		{7, true, q.onFloor()},
		{5, false, outside && !titled},
		{32, true, local && !outside && !q.through},
		{8, true, super && !outside && !q.through},
		{10, true, titled},
		{9, false, site == Deny},
		{10, false, banned == Deny},
		{10, true, view && (Has(in.Members, q.mine) || Has(in.Entries, allowing))},
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

// IsReserved is R4.
func (w World) IsReserved(p Permission) bool {
	return p.Reserved && !Meet(w.Opened, names(p)) || Meet(w.Reserved, names(p))
}

// outside is R5. A scope covers what its permissions require.
func (q question) outside() bool {
	away := q.p.Level == OnSite || !slices.Contains(q.s.Caps.Projects, q.r.Project)
	covers := func(p Permission) bool {
		return Has(q.s.Caps.Scopes, question{p: p, r: q.r, me: q.me}.speaks) && slices.Contains(q.closure(p), q.p.Name)
	}
	return q.s.Caps.Projects != nil && away || !Has(q.Catalog.Permissions, covers)
}

// onFloor is R7. Private things are never on it, and strangers have nothing of their own.
func (q question) onFloor() bool {
	looks := func(name string) bool { return q.Permission(name).Private != "" }
	public := q.r.Visibility == Public && Has(q.closure(q.p), looks) || Meet(q.in.Public, names(q.p))
	q.me = stranger
	return q.p.PublicOK && q.r.Visibility != Private && (public || q.roleSays("anonymous", q.SiteRoles, q.SiteOverrides) == Allow)
}

// isNodeRight is R6, isLent R28.
func (q question) isNodeRight(n NodeRight) bool {
	serves := !n.Serves || q.s.Site || slices.Contains(q.s.Projects, q.r.Project)
	return n.Permission == q.p.Name && (n.Needs == 0 || n.Needs&q.r.Facts != 0) && serves
}

func (q question) isLent(l LentRight) bool {
	thing := q.r
	thing.Facts, thing.Loan = 0, nil
	may := func(s Subject) bool { return l.OfType || q.Check(s, q.p, thing).Allowed }
	return l.Permission == q.p.Name && q.r.Facts&IsLent != 0 && may(q.r.Loan.Owner) && may(q.r.Loan.Runner)
}

// said is what a layer's roles and entries say to the account: deny, else allow, else nothing. Of what the account holds, that
// counts which names no collection or the thing's.
func (q question) said(roles []Role, members []Member, overrides []Override, entries []Entry) Effect {
	return Find([]Effect{Deny, Allow}, func(effect Effect) bool {
		counts := func(m Member) bool {
			wide := m.Collection == "" && (effect == Deny || !q.through)
			return q.mine(m) && (wide || m.Collection != "" && m.Collection == q.r.Collection)
		}
		return Has(members, func(m Member) bool { return counts(m) && q.roleSays(m.Role, roles, overrides) == effect }) ||
			Has(entries, func(e Entry) bool { return counts(held(e)) && e.Effect == effect && q.speaks(e.Pattern) })
	})
}

// roleSays is a role's effect: its overrides before its template.
func (q question) roleSays(role string, roles []Role, overrides []Override) Effect {
	effect := Find([]Effect{Deny, Allow, Remove}, func(effect Effect) bool {
		return Has(overrides, func(o Override) bool { return o.Role == role && o.Effect == effect && q.speaks(o.Pattern) })
	})
	if effect == 0 && Has(roles, func(r Role) bool { return r.Name == role && Has(r.Allow, q.speaks) }) {
		return Allow
	}
	return effect
}

// mine is what the account holds and what is live (R17).
func (q question) mine(m Member) bool {
	inTeam := func(t Team) bool { return t.ID == m.Team && slices.Contains(t.Users, q.me) }
	return (m.User == q.me || Has(q.Teams, inTeam)) && m.From <= q.Now && (m.Until == 0 || q.Now < m.Until)
}

// speaks: the pattern matches a name of the permission, and is about the cell.
func (q question) speaks(pattern string) bool {
	pattern, cell, selective := strings.Cut(pattern, "@")
	prefix, wide := strings.CutSuffix(pattern, "*")
	wide = wide && !q.exact && (prefix == "" || strings.HasSuffix(prefix, ":") || strings.HasSuffix(prefix, "."))
	matches := func(name string) bool { return name == pattern || wide && strings.HasPrefix(name, prefix) }
	suits := !selective || q.p.Selectors && cell == map[bool]string{true: "own", false: "others"}[q.r.Owner == q.me]
	return suits && !q.p.Never && Has(names(q.p), matches)
}

func names(p Permission) []string { return append([]string{p.Name}, p.Aliases...) }
func held(e Entry) Member {
	return Member{User: e.User, Collection: e.Collection, Interval: e.Interval}
}

// closure is the names of a permission and of all that it requires.
func (w World) closure(p Permission) []string {
	all := []string{p.Name}
	for _, need := range p.Requires {
		all = append(all, w.closure(w.Permission(need))...)
	}
	return slices.Sorted(slices.Values(all))
}

// Permission is the one of that name, or one that there is not (R2).
func (w World) Permission(name string) Permission {
	is := func(p Permission) bool { return p.Name == name }
	return append(Keep(w.Catalog.Permissions, is), Permission{Name: name, Level: unknown})[0]
}
