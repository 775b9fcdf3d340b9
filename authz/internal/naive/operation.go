package naive

import (
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
)

// Can answers whether s may do an operation on r, and how a refusal reads (R21).
func (w World) Can(s authz.Subject, operation string, r authz.Resource) authz.Decision {
	op, known := find(w.Catalog.Operations, func(o authz.Operation) bool { return o.Name == operation })
	if _, listed := (question{World: w, s: s}).user(); s.Kind == authz.Person && !listed {
		return authz.Decision{Rule: 1, Permission: operation}
	}
	if !known {
		return authz.Decision{Rule: 2, Permission: operation}
	}
	d := w.ask(s, op, r)
	if d.Allowed {
		return guarded(d, s, op, r)
	}
	mine, uncapped := r, s
	mine.Owner, uncapped.Caps = s.ID, nil
	d.OutsideCaps = d.Rule == 5
	d.OwnOnly = s.Kind == authz.Person && r.Owner != s.ID && !onlyReads(op) && w.ask(s, op, mine).Allowed
	// A key may tell no more of what is hidden than its owner may know.
	d.ProjectHidden = r.Project != "" && !w.Check(uncapped, authz.ProjectView, authz.Resource{Project: r.Project}).Allowed
	d.ThingHidden = op.Read != "" && !w.Check(uncapped, op.Read, r).Allowed
	return d
}

// onlyReads: what cannot be read is absent to who merely reads (example 21).
func onlyReads(op authz.Operation) bool {
	asksMore := func(group []string) bool { return !slices.Equal(group, []string{op.Read}) }
	return op.Read != "" && !slices.ContainsFunc(op.Groups, asksMore)
}

// ask is an operation without its guards: the primary is not denied by name,
// each group has something allowed, and the thing may be read.
func (w World) ask(s authz.Subject, op authz.Operation, r authz.Resource) authz.Decision {
	primary := op.Primary
	if primary == "" && len(op.Groups) > 0 {
		primary = op.Groups[0][0]
	}
	d := w.Check(s, filled(primary, r), r)
	p, _ := w.permission(filled(primary, r))
	reserved := question{World: w, p: p}.reserved() // itself, not its private counterpart
	if !d.Allowed && (slices.Contains([]authz.Rule{3, 9, 10, 11, 12}, d.Rule) || d.Rule == 4 && reserved) {
		return d
	}
	groups := op.Groups
	if op.Read != "" {
		groups = append(slices.Clone(groups), []string{op.Read})
	}
	for _, group := range groups {
		if refusal, refused := w.refusedBy(group, primary, s, r); refused {
			return refusal
		}
	}
	return authz.Decision{Allowed: true, Rule: d.Rule, Permission: d.Permission}
}

// refusedBy names the primary or the first of a group of which nothing is
// allowed, passing over what does not exist.
func (w World) refusedBy(group []string, primary string, s authz.Subject, r authz.Resource) (authz.Decision, bool) {
	refusal := authz.Decision{Rule: 2, Permission: group[0]}
	for _, name := range group {
		d := w.Check(s, filled(name, r), r)
		if d.Allowed {
			return d, false
		}
		if d.Rule != 2 && (refusal.Rule == 2 || name == primary) {
			refusal = d
		}
	}
	return refusal, true
}

// filled puts the run right of a job into a name (R27); without one the name
// stays as it is, and so unknown.
func filled(name string, r authz.Resource) string {
	if r.Run == "" {
		return name
	}
	return strings.ReplaceAll(name, "{run}", r.Run)
}

// guarded is R16, for those whom nothing else refuses.
func guarded(d authz.Decision, s authz.Subject, op authz.Operation, r authz.Resource) authz.Decision {
	has := func(any authz.Facts) bool { return r.Facts&any != 0 }
	holds := map[authz.Guard]bool{
		authz.GuardWorkable:   !has(authz.IsWorkflow),
		authz.GuardNode:       s.Kind == authz.Node,
		authz.GuardLockHolder: has(authz.HoldsLock),
		authz.GuardHeldLock:   has(authz.HoldsLock | authz.HeldLock),
		authz.GuardTopLevel:   !has(authz.HasParent),
		authz.GuardClaimed:    has(authz.IsClaimed),
		authz.GuardFinished:   has(authz.IsFinished),
	}
	for _, guard := range op.Guards {
		if !holds[guard] {
			return authz.Decision{Rule: 16, Permission: d.Permission, Guard: guard}
		}
	}
	return d
}
