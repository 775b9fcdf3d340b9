package authz_test

import (
	"slices"
	"testing"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/naive/judge"
	"github.com/remit-server/remit/internal/naive/worlds"
)

func (v *variety) note(w judge.World, q worlds.Question, check, can, move authz.Decision) {
	v.checks.add(check)
	v.cans.add(can)
	v.moves.add(move)
	v.throughCollection += count(onlyThroughCollection(w, q, check))
	v.aliases += count(check.Permission != q.Permission && check.Rule != 15)
	v.cutPreviews += count(q.Subject.Preview != nil && q.Subject.Caps == nil && check.Rule == 5)
	v.arrivals += count(can.Allowed && !move.Allowed)
	v.kinds[q.Subject.Kind] += count(check.Allowed)
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// onlyThroughCollection: nothing but a collection's role or entry opens another's private thing.
func onlyThroughCollection(w judge.World, q worlds.Question, d authz.Decision) bool {
	i := slices.IndexFunc(w.Catalog.Permissions, func(p authz.Permission) bool { return p.Name == q.Permission && p.Private != "" })
	plain := q.Subject.Kind == authz.Person && q.Subject.Preview == nil
	return d.Allowed && i >= 0 && plain && q.Resource.Visibility == authz.Private && q.Resource.Owner != q.Subject.ID &&
		!w.Check(q.Subject, w.Catalog.Permissions[i].Private, q.Resource).Allowed
}

func (v *variety) merge(other *variety) {
	v.Lock()
	defer v.Unlock()
	for rule := range v.checks.allowed {
		v.checks.sum(&other.checks, rule)
		v.cans.sum(&other.cans, rule)
		v.moves.sum(&other.moves, rule)
	}
	v.throughCollection += other.throughCollection
	v.aliases += other.aliases
	v.cutPreviews += other.cutPreviews
	v.arrivals += other.arrivals
	for kind := range v.kinds {
		v.kinds[kind] += other.kinds[kind]
	}
}

func (v *verdicts) sum(other *verdicts, rule int) {
	v.allowed[rule] += other.allowed[rule]
	v.refused[rule] += other.refused[rule]
}

func (v *verdicts) percentAllowed() int {
	allowed, total := 0, 0
	for rule := range v.allowed {
		allowed += v.allowed[rule]
		total += v.allowed[rule] + v.refused[rule]
	}
	return 100 * allowed / total
}

// require fails when the questions were too dull to prove anything.
func (v *variety) require(t *testing.T) {
	for _, rule := range []int{6, 7, 8, 10, 11, 12, 13, 28, 31, 32} {
		t.Logf("R%d allowed %d checks, %d operations, %d moves", rule, v.checks.allowed[rule], v.cans.allowed[rule], v.moves.allowed[rule])
		if min(v.checks.allowed[rule], v.cans.allowed[rule], v.moves.allowed[rule]) == 0 {
			t.Errorf("R%d never allowed", rule)
		}
	}
	for _, rule := range []int{1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 14, 15, 16} {
		t.Logf("R%d refused %d checks, %d operations, %d moves", rule, v.checks.refused[rule], v.cans.refused[rule], v.moves.refused[rule])
		if min(v.cans.refused[rule], v.moves.refused[rule]) == 0 || v.checks.refused[rule] == 0 && rule != 16 {
			t.Errorf("R%d never refused", rule)
		}
	}
	v.requireBalance(t)
}

func (v *variety) requireBalance(t *testing.T) {
	t.Logf("%d only through a collection, %d by an alias, %d previews cut, %d refused on arrival, allowed by kind %v",
		v.throughCollection, v.aliases, v.cutPreviews, v.arrivals, v.kinds)
	if min(v.throughCollection, v.aliases, v.cutPreviews, v.arrivals, slices.Min(v.kinds[:])) == 0 {
		t.Error("something that matters was never met")
	}
	for what, verdicts := range map[string]*verdicts{"checks": &v.checks, "operations": &v.cans, "moves": &v.moves} {
		percent := verdicts.percentAllowed()
		t.Logf("%d%% of %s allowed", percent, what)
		if percent < 30 || percent > 70 {
			t.Errorf("%d%% of %s are allowed; it should be about half", percent, what)
		}
	}
}
