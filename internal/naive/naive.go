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
	asked := keep(w.Catalog.Permissions, func(p Permission) bool { return slices.Contains(names(p), name) })
	slices.SortFunc(asked, func(a, b Permission) int { return cmp.Compare(a.Name, b.Name) })
	if rule := w.barred(s); rule != 0 || len(asked) == 0 {
		return Decision{Rule: cmp.Or(rule, 2), Permission: name}
	}
	refused := keep(asked, func(p Permission) bool { return !w.check(s, p, r).Allowed })
	return w.check(s, append(refused, asked...)[0], r)
}

// barred is R1, and R2 for a role to look as (R23).
func (w World) barred(s Subject) Rule {
	look := cmp.Or(s.Preview, &Preview{User: s.ID})
	gone := func(id string) bool { return !has(w.Users, func(u User) bool { return u.ID == id && !u.Disabled }) }
	switch person := s.Kind == Person; {
	case person && (gone(s.ID) || (look.User == "") == (look.Role == "") || look.Role == "" && gone(look.User)):
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

// check is one permission, and in a preview (R23) what the other may if it only looks or is public, and if the viewer may too.
// To look as a person takes that on own and on others' things alike, for what is whose is not the same to both.
func (w World) check(s Subject, p Permission, r Resource) Decision {
	me := map[bool]string{true: s.ID, false: stranger}[s.Kind == Person]
	q := question{World: w, s: s, r: r, in: find(w.Projects, func(p Project) bool { return p.ID == r.Project }), me: me, owner: me}
	if s.Kind != Person || s.Preview == nil {
		return q.whole(p)
	}
	viewer, mine, others, user, role := s, r, r, s.Preview.User, s.Preview.Role
	viewer.Preview, q.s.Caps = nil, nil
	if user != "" {
		q.me, q.owner, mine.Owner, others.Owner = user, user, s.ID, ""
	} else if q.me = "one who has the role"; has(w.Roles, isRole(role)) {
		q.in.Members = append(slices.Clip(q.in.Members), Member{User: q.me, Role: role})
	} else if role != "anonymous" { // nobody is a member of that; signed_in everybody has
		q.SiteMembers = append(slices.Clip(q.SiteMembers), Member{User: q.me, Role: role})
	}
	d := q.whole(p)
	shown := p.Reads || d.Rule == 7 || d.Rule == 10 && q.in.HasPublic || d.Rule == 10 && len(q.in.Public) > 0
	if d.Allowed && !(shown && w.check(viewer, p, mine).Allowed && w.check(viewer, p, others).Allowed) {
		return Decision{Rule: 5, Permission: p.Name}
	}
	return d
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

// said is what a layer's roles and entries say to the account: deny, else allow, else nothing. Of what the account holds, that
// counts which names no collection or the thing's.
func (q question) said(roles []Role, members []Member, overrides []Override, entries []Entry) Effect {
	return find([]Effect{Deny, Allow}, func(effect Effect) bool {
		counts := func(m Member) bool {
			wide := m.Collection == "" && (effect == Deny || !q.through)
			return q.mine(m) && (wide || m.Collection != "" && m.Collection == q.r.Collection)
		}
		return has(members, func(m Member) bool { return counts(m) && q.roleSays(m.Role, roles, overrides) == effect }) ||
			has(entries, func(e Entry) bool { return counts(asMember(e)) && e.Effect == effect && q.speaks(e.Pattern) })
	})
}

// roleSays is a role's effect: its overrides before its template.
func (q question) roleSays(role string, roles []Role, overrides []Override) Effect {
	effect := find([]Effect{Deny, Allow, Remove}, func(effect Effect) bool {
		return has(overrides, func(o Override) bool { return o.Role == role && o.Effect == effect && q.speaks(o.Pattern) })
	})
	if effect == 0 && has(roles, func(r Role) bool { return r.Name == role && has(r.Allow, q.speaks) }) {
		return Allow
	}
	return effect
}

// mine is what the account holds and what is live (R17).
func (q question) mine(m Member) bool {
	inTeam := func(t Team) bool { return t.ID == m.Team && slices.Contains(t.Users, q.me) }
	return (m.User == q.me || has(q.Teams, inTeam)) && m.From <= q.Now && (m.Until == 0 || q.Now < m.Until)
}

// speaks: the pattern matches a name of the permission, and is about the cell.
func (q question) speaks(pattern string) bool {
	pattern, cell, selective := strings.Cut(pattern, "@")
	prefix, wide := strings.CutSuffix(pattern, "*")
	wide = wide && !q.exact && (prefix == "" || strings.HasSuffix(prefix, ":") || strings.HasSuffix(prefix, "."))
	matches := func(name string) bool { return name == pattern || wide && strings.HasPrefix(name, prefix) }
	suits := !selective || q.p.Selectors && cell == map[bool]string{true: "own", false: "others"}[q.r.Owner == q.owner]
	return suits && !q.p.Never && has(names(q.p), matches)
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

// isNodeRight is R6, isLent R28.
func (q question) isNodeRight(n NodeRight) bool {
	serves := !n.Serves || q.s.Site || slices.Contains(q.s.Projects, q.r.Project)
	return n.Permission == q.p.Name && (n.Needs == 0 || n.Needs&q.r.Facts != 0) && serves
}

func (q question) isLent(l LentRight) bool {
	thing := q.r
	thing.Facts, thing.Loan = 0, nil
	may := func(s Subject) bool { return l.OfType || q.Check(s, q.p.Name, thing).Allowed }
	return l.Permission == q.p.Name && q.r.Facts&IsLent != 0 && may(q.r.Loan.Owner) && may(q.r.Loan.Runner)
}

// Can is an operation on r, and how a refusal reads (R21). With a place where the thing goes to it is CanMove (R29).
func (w World) Can(s Subject, operation string, r Resource, to ...Resource) Decision {
	op := find(w.Catalog.Operations, func(o Operation) bool { return o.Name == operation })
	if rule := w.barred(s); rule != 0 || op.Name == "" {
		return Decision{Rule: cmp.Or(rule, 2), Permission: operation}
	}
	d := w.permits(s, op, r)
	for _, there := range to {
		if answer := w.permits(s, Operation{Groups: op.To, Primary: "none"}, there); d.Allowed && !answer.Allowed {
			d, r, op = answer, there, Operation{}
		}
	}
	is := func(any Facts) bool { return r.Facts&any != 0 }
	holds := map[Guard]bool{ // R16, for those whom nothing else refuses
		GuardWorkable: !is(IsWorkflow), GuardTopLevel: !is(HasParent), GuardClaimed: is(IsClaimed), GuardFinished: is(IsFinished),
		GuardNode: s.Kind == Node, GuardLockHolder: is(HoldsLock), GuardHeldLock: is(HoldsLock | HeldLock),
	}
	if failed := find(op.Guards, func(g Guard) bool { return !holds[g] }); d.Allowed && failed != "" {
		return Decision{Rule: 16, Permission: d.Permission, Guard: failed}
	} else if d.Allowed {
		return d
	}
	mine, account := r, s
	mine.Owner, account.Caps = cmp.Or(cmp.Or(s.Preview, &Preview{}).User, s.ID), nil
	reads := op.Read != "" && !has(op.Groups, func(g []string) bool { return !slices.Equal(g, []string{op.Read}) })
	d.ProjectHidden = r.Project != "" && !w.Check(account, ProjectView, Resource{Project: r.Project}).Allowed
	d.ThingHidden = op.Read != "" && !w.Check(account, op.Read, r).Allowed // and so, for who merely reads, also when it is another's
	d.OwnOnly = s.Kind == Person && r.Owner != mine.Owner && op.Name != "" && !reads && w.permits(s, op, mine).Allowed
	return d
}

// permits is an operation without its guards: no rule speaks against the primary, and each group has something allowed.
func (w World) permits(s Subject, op Operation, r Resource) Decision {
	run := strings.NewReplacer("{run}", cmp.Or(r.Run, "{run}")) // R27
	ask := func(s Subject, name string) Decision { return w.check(s, w.permission(run.Replace(name)), r) }
	primary, plain := cmp.Or(append([]string{op.Primary}, slices.Concat(op.Groups...)...)...), s
	for _, plain.Preview = range []*Preview{s.Preview, nil} { // no key and no preview hides a deny
		plain.Caps = nil
		d := ask(plain, primary)
		reserved := d.Rule == 4 && w.reserved(w.permission(d.Permission)) // itself, not its private counterpart
		if !d.Allowed && (reserved || slices.Contains([]Rule{3, 9, 10, 11, 12}, d.Rule)) {
			return d
		}
	}
	if s.Kind == Person && s.Preview != nil && (op.Audit == AuditChange || op.ChangesPolicy) { // it does more than look (R23)
		return Decision{Rule: 5, Permission: op.Name}
	}
	answers := []Decision{}
	for _, group := range keep(append(slices.Clip(op.Groups), []string{op.Read}), func(g []string) bool { return g[0] != "" }) {
		allowed := keep(group, func(name string) bool { return ask(s, name).Allowed })
		known := keep(group, func(name string) bool { return ask(s, name).Rule != 2 })
		first := keep(known, func(name string) bool { return name == primary })
		d := ask(s, slices.Concat(allowed, first, known, group)[0])
		if answers = append(answers, d); !d.Allowed {
			return d
		}
	}
	return append(answers, Decision{Allowed: true})[0]
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

func asMember(e Entry) Member {
	return Member{User: e.User, Collection: e.Collection, Interval: e.Interval}
}

func names(p Permission) []string        { return append([]string{p.Name}, p.Aliases...) }
func isRole(name string) func(Role) bool { return func(r Role) bool { return r.Name == name } }

func has[T any](list []T, is func(T) bool) bool { return slices.ContainsFunc(list, is) }
func find[T any](list []T, is func(T) bool) (found T) {
	if i := slices.IndexFunc(list, is); i >= 0 {
		found = list[i]
	}
	return found
}
func keep[T any](list []T, is func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), func(one T) bool { return !is(one) })
}
