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
	return p.can(&s, operation, &r, nil, now)
}

// CanMove decides an operation that takes a thing from one place to another:
// what Can asks where it is, and Operation.To where it goes, with the owner
// and visibility that it will have there (R29). Guards come last. (Can does not
// ask Operation.To.)
func (p *Policy) CanMove(s Subject, operation string, from, to Resource, now int64) Decision {
	return p.can(&s, operation, &from, &to, now)
}

func (p *Policy) can(s *Subject, operation string, r, to *Resource, now int64) Decision {
	w := words{s, r, &operation}
	q := p.question(&w)
	a := asking{Policy: p, Question: &q, now: now}
	if rule := a.begin(); rule != 0 {
		return Decision{Rule: rule, Permission: operation}
	}
	op, known := p.operations[operation]
	if !known || to != nil && to.Visibility > Public {
		return Decision{Rule: 2, Permission: operation}
	}
	d := a.permits(&op)
	if !d.Allowed {
		a.wording(&d, &op)
		return d
	}
	if to != nil {
		if refused, is := a.refusedAt(to, &op); is {
			return refused
		}
	}
	return a.guarded(d, &op)
}

// refusedAt asks what an operation needs where the thing goes.
func (a *asking) refusedAt(to *Resource, op *operation) (Decision, bool) {
	w := words{a.words.subject, to, a.words.permission}
	q := a.question(&w)
	b := asking{Policy: a.Policy, Question: &q, now: a.now}
	b.begin() // the same subject, so live
	for _, group := range op.to {
		if d := b.group(group, ""); !d.Allowed {
			b.hiding(&d)
			return d, true
		}
	}
	return Decision{}, false
}

// changes says whether it does more than look, so that no preview may (R23).
func (op *operation) changes() bool { return op.Audit == AuditChange || op.ChangesPolicy }

// guarded is d, or R16 when a guard fails.
func (a *asking) guarded(d Decision, op *operation) Decision {
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
	if a.limits&previews != 0 && op.changes() {
		return Decision{Rule: 5, Permission: op.Name}
	}
	first := Decision{Allowed: true}
	for i, group := range op.groups {
		d := a.group(group, op.primary.written)
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
// permission; silence (R14) leaves the other permissions of its group. Neither
// a key nor a preview hides what speaks against the account itself.
func (a *asking) primary(op *operation) (Decision, bool) {
	id, exists := op.primary.of(a.words.thing.Run)
	if !exists {
		return Decision{}, false
	}
	d, against := a.against(id)
	if limits := a.marks & (capped | previews); !against && limits != 0 {
		d, against = a.againstWithout(capped, id)
		if !against && limits&previews != 0 {
			d, against = a.againstWithout(capped|previews, id)
		}
	}
	return d, against
}

// againstWithout is against for the account without these limits.
func (a *asking) againstWithout(limits mark, id permID) (Decision, bool) {
	b := asking{Policy: a.Policy, Question: a.Question, now: a.now, lifted: limits}
	b.begin() // live, or a would not be
	return b.against(id)
}

// against says whether a rule speaks against a permission.
func (a *asking) against(id permID) (Decision, bool) {
	d := a.check(id)
	switch d.Rule {
	case 3, 9, 10, 11, 12:
		return d, !d.Allowed
	case 4:
		return d, a.traits[id]&reserved != 0
	}
	return d, false
}

// group is allowed by any one of its permissions. When none is, it reports
// the primary if that is among them, else the first.
func (a *asking) group(group []alternative, primary string) Decision {
	refused := Decision{Rule: 2, Permission: group[0].name(a.words.thing.Run)}
	for i, alt := range group {
		id, exists := alt.of(a.words.thing.Run)
		if !exists {
			continue
		}
		d := a.check(id)
		if d.Allowed {
			return d
		}
		if i == 0 || refused.Rule == 2 || alt.written == primary {
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
func (a *asking) wording(d *Decision, op *operation) {
	a.hiding(d)
	d.OwnOnly = a.ownOnly(op)
	who := a.uncapped()
	q := a.question(&words{&who, a.words.thing, a.words.permission})
	bare := asking{Policy: a.Policy, Question: &q, now: a.now}
	bare.begin() // live, or a would not be
	d.ThingHidden = op.read != noPermission && !bare.may(op.read)
}

// hiding tells what of a place is outside the key and what is hidden.
func (a *asking) hiding(d *Decision) {
	if a.words.thing.Project != "" {
		d.ProjectHidden = !a.Check(a.uncapped(), ProjectView, Resource{Project: a.words.thing.Project}, a.now).Allowed
	}
}

// uncapped is the account behind a key. What is hidden is hidden from the
// account, whatever caps it asks with: a key must not tell its owner's secrets
// apart from what does not exist.
func (a *asking) uncapped() Subject {
	who := *a.words.subject
	who.Caps = nil
	return who
}

// ownOnly says whether the asker might, were the thing theirs. Reading is no
// such case: the answer would tell that the thing exists, and an unreadable
// thing that is merely asked for is absent (rows 21 and 37 of the examples).
func (a *asking) ownOnly(op *operation) bool {
	if a.words.subject.Kind != Person || a.half == own || op.isRead() {
		return false
	}
	mine := *a.words.thing
	mine.Owner = a.words.subject.self()
	q := a.question(&words{a.words.subject, &mine, a.words.permission})
	b := asking{Policy: a.Policy, Question: &q, now: a.now}
	b.begin() // live, or a would not be
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
	facts := a.words.thing.Facts
	switch g {
	case GuardWorkable:
		return facts&IsWorkflow == 0
	case GuardNode:
		return a.words.subject.Kind == Node
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
