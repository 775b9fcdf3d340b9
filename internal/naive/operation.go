package naive

import (
	"cmp"
	"slices"
	"strings"

	. "github.com/remit-server/remit/authz"
)

// Can is an operation on r, and how a refusal reads (R21). With a place where the thing goes to it is CanMove (R29).
func (w World) Can(s Subject, operation string, r Resource, to ...Resource) Decision {
	op := find(w.Catalog.Operations, func(o Operation) bool { return o.Name == operation })
	if rule := w.barred(s); rule != 0 || op.Name == "" {
		return Decision{Rule: cmp.Or(rule, 2), Permission: operation}
	}
	d := w.permits(s, op, r)
	for _, there := range to {
		arrival := Operation{Groups: op.To, Primary: "none"}
		if answer := w.permits(s, arrival, there); d.Allowed && !answer.Allowed {
			d, r, op = answer, there, arrival
		}
	}
	if d.Allowed {
		return guarded(d, s, op, r)
	}
	mine, account := r, s
	mine.Owner, account.Caps = cmp.Or(cmp.Or(s.Preview, &Preview{}).User, s.ID), nil
	asksMore := func(group []string) bool { return !slices.Equal(group, []string{op.Read}) }
	reads := op.Read != "" && !has(op.Groups, asksMore) // what cannot be read is absent to who merely reads
	d.ProjectHidden = r.Project != "" && !w.Check(account, ProjectView, Resource{Project: r.Project}).Allowed
	d.ThingHidden = op.Read != "" && !w.Check(account, op.Read, r).Allowed
	d.OwnOnly = s.Kind == Person && r.Owner != mine.Owner && op.Name != "" && !reads && w.permits(s, op, mine).Allowed
	return d
}

// permits is an operation without its guards: no rule speaks against the primary, and each group has something allowed.
func (w World) permits(s Subject, op Operation, r Resource) Decision {
	ask := func(s Subject, name string) Decision { // R27
		name = strings.ReplaceAll(name, "{run}", cmp.Or(r.Run, "{run}"))
		d := w.check(s, w.permission(name), r)
		d.Permission = cmp.Or(d.Permission, name)
		return d
	}
	primary, account, answers := op.Primary, s, []Decision{}
	groups := slices.DeleteFunc(append(slices.Clone(op.Groups), []string{op.Read}), func(g []string) bool { return g[0] == "" })
	if primary == "" && len(op.Groups) > 0 {
		primary = op.Groups[0][0]
	}
	for _, account.Preview = range []*Preview{s.Preview, nil} { // no key and no preview hides a deny
		account.Caps = nil
		d := ask(account, primary)
		reserved := d.Rule == 4 && question{World: w, p: w.permission(d.Permission)}.reserved() // itself, not its private counterpart
		if !d.Allowed && (slices.Contains([]Rule{3, 9, 10, 11, 12}, d.Rule) || reserved) {
			return d
		}
	}
	for _, group := range groups {
		best := ask(s, group[0])
		for _, name := range group[1:] {
			if d := ask(s, name); !best.Allowed && (d.Allowed || d.Rule != 2 && (best.Rule == 2 || name == primary)) {
				best = d
			}
		}
		if !best.Allowed {
			return best
		}
		answers = append(answers, best)
	}
	return append(answers, Decision{Allowed: true})[0]
}

// guarded is R16, for those whom nothing else refuses.
func guarded(d Decision, s Subject, op Operation, r Resource) Decision {
	is := func(any Facts) bool { return r.Facts&any != 0 }
	holds := map[Guard]bool{
		GuardWorkable: !is(IsWorkflow), GuardNode: s.Kind == Node, GuardLockHolder: is(HoldsLock), GuardHeldLock: is(HoldsLock | HeldLock),
		GuardTopLevel: !is(HasParent), GuardClaimed: is(IsClaimed), GuardFinished: is(IsFinished),
	}
	if i := slices.IndexFunc(op.Guards, func(g Guard) bool { return !holds[g] }); i >= 0 {
		return Decision{Rule: 16, Permission: d.Permission, Guard: op.Guards[i]}
	}
	return d
}
