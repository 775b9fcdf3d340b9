// Package naive decides by reading the rules aloud: the judge of the compiled
// engine in authz, for tests only.
//
// Its one invariant: every answer is found by walking the Source for this one
// question. Nothing is compiled, remembered, or shared with the engine but the
// plain data types; where the two differ, docs/permissions.md says who is wrong.
//
//	w := naive.World{Source: source, Now: now}
//	want := w.Check(ada, "job:run.ml", authz.Resource{Project: "p1"})
//	if got := policy.Check(ada, "job:run.ml", r, now); got.Allowed != want.Allowed {
//		t.Fatal("the engine is wrong, or this is")
//	}
package naive

import (
	"slices"

	"github.com/remit-server/remit/authz"
)

// World is a policy at one moment.
type World struct {
	authz.Source
	Now int64 // microseconds since 1970 UTC
}

// Check answers whether s may do permission on r, by R1 to R15.
func (w World) Check(s authz.Subject, permission string, r authz.Resource) authz.Decision {
	d := w.first(s, permission, r)
	if !d.Allowed || s.Kind == authz.Node || s.Kind == authz.System {
		return d
	}
	for _, need := range w.Requirements(permission) {
		if !w.first(s, need, r).Allowed {
			return authz.Decision{Rule: 15, Permission: need}
		}
	}
	return d
}

// Requirements are the permissions that this one requires, and theirs (R15).
func (w World) Requirements(permission string) []string {
	p, _ := w.permission(permission)
	all := slices.Clone(p.Requires)
	for _, need := range p.Requires {
		all = append(all, w.Requirements(need)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// first is the first of R1 to R14 that speaks, with visibility: another's
// private thing needs the private permission instead, or this one through a
// role or entry that names the thing's collection.
func (w World) first(s authz.Subject, permission string, r authz.Resource) authz.Decision {
	q := question{World: w, s: s, r: r, own: s.Kind == authz.Person && r.Owner != "" && r.Owner == s.ID}
	q.p, q.known = w.permission(permission)
	allowed, rule := q.decide()
	if rule > 4 && s.Kind <= authz.Person && q.p.Private != "" && r.Visibility == authz.Private && !q.own {
		private, through := q, q
		private.p, private.known = w.permission(q.p.Private)
		through.collectionOnly = true
		allowed, rule = private.decide()
		if ok, by := through.decide(); ok && !allowed {
			allowed, rule = true, by
		}
	}
	return authz.Decision{Allowed: allowed, Rule: rule, Permission: permission}
}

// decide is the table of R1 to R14.
func (q question) decide() (bool, authz.Rule) {
	user, listed := q.user()
	person, stranger := q.s.Kind == authz.Person, q.s.Kind == authz.Anonymous
	switch {
	case person && !listed:
		return false, 1
	case !q.known:
		return false, 2
	case q.p.Never:
		return false, 3
	case (stranger || person && !user.Superuser) && q.reserved():
		return false, 4
	case q.s.Kind == authz.Node:
		return q.nodeMay(), 6
	case q.s.Kind == authz.System:
		return q.systemMay()
	case q.onPublicFloor():
		return true, 7
	case q.outsideCaps() && !q.viewOfPublicProject():
		return false, 5
	case user.Superuser && !q.collectionOnly && !q.outsideCaps():
		return true, 8
	case q.viewOfPublicProject():
		return true, 10
	case slices.Contains(q.siteSays(), authz.Deny):
		return false, 9
	}
	if allowed, rule := q.decideInProject(); rule != 0 {
		return allowed, rule
	}
	if !stranger && !q.collectionOnly && slices.Contains(q.siteSays(), authz.Allow) {
		return true, 13 // what strangers may is the floor, R7
	}
	return false, 14
}

// decideInProject is R10 to R12; rule 0 when none of them speaks.
func (q question) decideInProject() (bool, authz.Rule) {
	p, exists := q.project()
	if !exists || q.p.Level == authz.OnSite {
		return false, 0
	}
	here := layer{roles: q.Roles, overrides: p.Overrides, members: p.Members, entries: p.Entries}
	entries, roles := q.entriesSay(here), q.rolesSay(here)
	switch {
	case q.banned(p):
		return false, 10
	case q.p.Name == authz.ProjectView && q.belongs(p):
		return true, 10
	case q.p.Name == authz.ProjectView:
		return false, 0
	case slices.Contains(entries, authz.Deny):
		return false, 11
	case slices.Contains(entries, authz.Allow):
		return true, 11
	case slices.Contains(roles, authz.Deny):
		return false, 12
	case slices.Contains(roles, authz.Allow):
		return true, 12
	}
	return false, 0
}
