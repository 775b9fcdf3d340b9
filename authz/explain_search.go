package authz

import "slices"

// The bounds of a search for flips. Each try compiles what concerns the
// question: the accounts asked about, in one project.
const (
	mostTries   = 256 // changes, or sets of them, that are tried
	mostChanges = 3   // in one set
)

// Flips finds the smallest sets of changes that would turn a decision over, by
// trying: what would make a refusal an allow, and what would take an allow
// away. It reports single changes; pairs when no single one does; and so on,
// up to three changes and 256 tries, always in the same order: what ends
// something before what adds something.
//
// Personal allows are offered by exact names, never by wide patterns, which
// would give more than was asked. Nothing is offered that rests on the
// catalogue (R2, R3, R6, R31) or on the thing's own visibility and owner.
func (p *Policy) Flips(s Subject, permission string, r Resource, now int64) []Flip {
	start := attempt{source: p.about(accounts(s, r), r.Project), who: s, thing: r}
	p.try(&start, permission, now)
	f := finder{base: start.policy, permission: permission, now: now, goal: !start.decision.Allowed}
	level := []attempt{start}
	for range mostChanges {
		if level = f.grow(level); len(f.found) > 0 {
			break
		}
	}
	return f.found
}

// accounts are those that a decision can depend on.
func accounts(s Subject, r Resource) []string {
	ids := []string{s.ID}
	if s.Preview != nil {
		ids = append(ids, s.Preview.User)
	}
	if r.Loan != nil {
		ids = append(ids, r.Loan.Owner.ID, r.Loan.Runner.ID)
	}
	return ids
}

// attempt is a question after some changes.
type attempt struct {
	source   Source
	policy   *Policy
	who      Subject
	thing    Resource
	changes  []Change
	decision Decision
}

// try compiles and asks. It reports false when the source is refused.
func (p *Policy) try(a *attempt, permission string, now int64) bool {
	var err error
	if a.policy, err = p.Recompile(a.source); err == nil {
		a.decision = a.policy.Check(a.who, permission, a.thing, now)
	}
	return err == nil
}

// with is the attempt after one more change.
func (a attempt) with(c Change) attempt {
	b := attempt{source: a.source, who: a.who, thing: a.thing, changes: append(slices.Clip(a.changes), c)}
	if c.Kind != WidenScopes && c.Kind != WidenProjects {
		b.source = c.applied(a.source)
		return b
	}
	b.who = c.widened(a.who)
	if a.thing.Loan != nil {
		loan := *a.thing.Loan
		loan.Owner, loan.Runner = c.widened(loan.Owner), c.widened(loan.Runner)
		b.thing.Loan = &loan
	}
	return b
}

// finder is a search.
type finder struct {
	base       *Policy
	permission string
	now        int64
	goal       bool // the verdict looked for
	tried      [][]Change
	found      []Flip
}

// grow tries one more change after each attempt. It returns those that did not
// do, first those that changed at least the reason.
func (f *finder) grow(level []attempt) []attempt {
	var nearer, others []attempt
	for _, a := range level {
		if len(f.tried) == mostTries {
			break
		}
		for _, c := range a.ways(f.permission, f.now) {
			b := a.with(c)
			switch {
			case slices.Contains(a.changes, c) || !f.fresh(b.changes) || !f.base.try(&b, f.permission, f.now):
			case b.decision.Allowed == f.goal:
				f.found = append(f.found, Flip{b.changes})
			case b.decision != a.decision:
				nearer = append(nearer, b)
			default:
				others = append(others, b)
			}
		}
	}
	return append(nearer, others...)
}

// fresh says whether a set was not tried yet and may be.
func (f *finder) fresh(changes []Change) bool {
	same := func(tried []Change) bool {
		return len(tried) == len(changes) && !slices.ContainsFunc(changes, func(c Change) bool { return !slices.Contains(tried, c) })
	}
	if len(f.tried) == mostTries || slices.ContainsFunc(f.tried, same) {
		return false
	}
	f.tried = append(f.tried, changes)
	return true
}
