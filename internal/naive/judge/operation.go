package judge

import (
	"cmp"
	"slices"
	"strings"

	. "github.com/remit-server/remit/authz" // its words, so that this reads like the rules
	"github.com/remit-server/remit/internal/naive"
	. "github.com/remit-server/remit/internal/naive/lists"
)

// Can is an operation on r, and how a refusal reads (R21). With a place where the thing goes to it is CanMove (R29).
func (w World) Can(s Subject, operation string, r Resource, to ...Resource) Decision {
	op := Find(w.Catalog.Operations, func(o Operation) bool { return o.Name == operation })
	unseen := func(r Resource) bool { return r.Visibility > Public }
	if rule := w.barred(s, r); rule != 0 || op.Name == "" || Has(to, unseen) {
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
	if failed := Find(op.Guards, func(g Guard) bool { return !holds[g] }); d.Allowed && failed != "" {
		return Decision{Rule: 16, Permission: d.Permission, Guard: failed}
	} else if d.Allowed {
		return d
	}
	mine, account := r, s
	mine.Owner, account.Caps = cmp.Or(cmp.Or(s.Preview, &Preview{}).User, s.ID), nil
	reads := op.Read != "" && !Has(op.Groups, func(g []string) bool { return !slices.Equal(g, []string{op.Read}) })
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
		reserved := d.Rule == 4 && naive.World(w).IsReserved(w.permission(d.Permission)) // itself, not its private counterpart
		if !d.Allowed && (reserved || slices.Contains([]Rule{3, 9, 10, 11, 12}, d.Rule)) {
			return d
		}
	}
	if s.Kind == Person && s.Preview != nil && (op.Audit == AuditChange || op.ChangesPolicy) { // it does more than look (R23)
		return Decision{Rule: 5, Permission: op.Name}
	}
	answers := []Decision{}
	for _, group := range Keep(append(slices.Clip(op.Groups), []string{op.Read}), func(g []string) bool { return g[0] != "" }) {
		allowed := Keep(group, func(name string) bool { return ask(s, name).Allowed })
		known := Keep(group, func(name string) bool { return ask(s, name).Rule != 2 })
		first := Keep(known, func(name string) bool { return name == primary })
		d := ask(s, slices.Concat(allowed, first, known, group)[0])
		if answers = append(answers, d); !d.Allowed {
			return d
		}
	}
	return append(answers, Decision{Allowed: true})[0]
}
