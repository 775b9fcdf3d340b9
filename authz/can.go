package authz

import (
	"slices"
	"strings"
)

// Can decides an operation: every group, the thing's read, and last the
// guards (R16), which are shown only to somebody who is not refused before.
//
// A refusal names the missing permission and tells how it reads (R21). An
// allowed operation reports what its first group was allowed by; Rule is 0
// when it asks for nothing. An unknown operation is refused by R2.
func (p *Policy) Can(s Subject, operation string, r Resource, now int64) Decision {
	a, live := p.ask(&s, &r, now)
	if !live {
		return Decision{Rule: 1, Permission: operation}
	}
	op, known := p.operations[operation]
	if !known {
		return Decision{Rule: 2, Permission: operation}
	}
	d := a.permits(&op)
	if !d.Allowed {
		a.wording(&d, &op, now)
		return d
	}
	for _, g := range op.Guards {
		if !a.holds(g) {
			return Decision{Rule: 16, Guard: g, Permission: d.Permission}
		}
	}
	return d
}

// Actions returns the verbs of those operations that Can allows, in order.
// Unknown operations have none.
func (p *Policy) Actions(s Subject, operations []string, r Resource, now int64) []string {
	var verbs []string
	for _, name := range operations {
		if p.Can(s, name, r, now).Allowed {
			verbs = append(verbs, p.operations[name].Verb)
		}
	}
	return verbs
}

// permits is an operation without its guards.
func (a *asking) permits(op *operation) Decision {
	if d, decided := a.primary(op); decided {
		return d
	}
	first := Decision{Allowed: true}
	for i, group := range op.groups {
		d := a.group(op, group)
		if !d.Allowed {
			return d
		}
		if i == 0 {
			first = d
		}
	}
	if op.read == noPermission {
		return first
	}
	if d := a.check(op.read); !d.Allowed || len(op.groups) == 0 {
		return d
	}
	return first
}

// primary reports a refusal by a rule that speaks against the primary
// permission; silence (R14) leaves the other permissions of its group.
func (a *asking) primary(op *operation) (Decision, bool) {
	id, exists := op.primary.of(a.thing.Run)
	if !exists {
		return Decision{}, false
	}
	d := a.check(id)
	switch d.Rule {
	case 3, 9, 10, 11, 12:
		return d, !d.Allowed
	case 4:
		return d, a.policy.permissions[id].reserved
	}
	return d, false
}

// group is allowed by any one of its permissions. When none is, it reports
// the primary if that is among them, else the first.
func (a *asking) group(op *operation, group []alternative) Decision {
	refused := Decision{Rule: 2, Permission: group[0].name(a.thing.Run)}
	for i, alt := range group {
		id, exists := alt.of(a.thing.Run)
		if !exists {
			continue
		}
		d := a.check(id)
		if d.Allowed {
			return d
		}
		if i == 0 || refused.Rule == 2 || alt.written == op.primary.written {
			refused = d
		}
	}
	return refused
}

// name is the permission asked for a run, as far as there is one.
func (alt alternative) name(run string) string {
	if run == "" {
		return alt.written
	}
	return strings.Replace(alt.written, runMark, run, 1)
}

// wording fills in how a refusal reads: R21 goes through the flags in order.
// What is hidden is hidden from the account, whatever caps it asks with: a key
// must not tell its owner's secrets apart from what does not exist.
func (a *asking) wording(d *Decision, op *operation, now int64) {
	d.OutsideCaps = d.Rule == 5
	d.OwnOnly = a.ownOnly(op, now)
	who := *a.subject
	who.Caps = nil
	if a.thing.Project != "" {
		d.ProjectHidden = !a.policy.Check(who, ProjectView, Resource{Project: a.thing.Project}, now).Allowed
	}
	uncapped, _ := a.policy.ask(&who, a.thing, now) // live, or a would not be
	d.ThingHidden = op.read != noPermission && !uncapped.check(op.read).Allowed
}

// ownOnly says whether the asker might, were the thing theirs. Reading is no
// such case: the answer would tell that the thing exists, and an unreadable
// thing that is merely asked for is absent (rows 21 and 37 of the examples).
func (a *asking) ownOnly(op *operation, now int64) bool {
	if a.subject.Kind != Person || a.cell == own || op.isRead() {
		return false
	}
	mine := *a.thing
	mine.Owner = a.subject.ID
	b, _ := a.policy.ask(a.subject, &mine, now) // live, or a would not be
	return b.permits(op).Allowed
}

// isRead says whether the operation asks for nothing but the thing's read.
func (op *operation) isRead() bool {
	return op.read != noPermission && !slices.ContainsFunc(op.groups, func(group []alternative) bool {
		return len(group) != 1 || group[0].id != op.read
	})
}

// holds decides a guard by the thing's facts (R16).
func (a *asking) holds(g Guard) bool {
	facts := a.thing.Facts
	switch g {
	case GuardWorkable:
		return facts&IsWorkflow == 0
	case GuardNode:
		return a.subject.Kind == Node
	case GuardLockHolder:
		return facts&HoldsLock != 0
	case GuardHeldLock:
		return facts&(HoldsLock|HeldLock) != 0
	case GuardTopLevel:
		return facts&HasParent == 0
	case GuardClaimed:
		return facts&IsClaimed != 0
	default: // GuardFinished: Compile knows no other
		return facts&IsFinished != 0
	}
}
