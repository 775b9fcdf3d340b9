package authz_test

import (
	"flag"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/authz/internal/naive"
)

var questions = flag.Int("authz.questions", 20_000, "how many generated questions to compare with the naive evaluator")

// perPolicy is how many questions each generated policy is asked.
const perPolicy = 40

func compiled(t *rapid.T, src authz.Source) *authz.Policy {
	policy, err := authz.Compile(src)
	if err != nil {
		t.Fatalf("Compile refuses a good source: %v", err)
	}
	return policy
}

// verdicts count which rule allowed and refused how often.
type verdicts struct {
	allowed, refused  [33]int
	throughCollection int // allows of others' private things by a collection's role or entry only
}

func (v *verdicts) add(d authz.Decision) {
	if d.Allowed {
		v.allowed[d.Rule]++
	} else {
		v.refused[d.Rule]++
	}
}

func (v *verdicts) percentAllowed() int {
	allowed, total := 0, 0
	for rule := range v.allowed {
		allowed += v.allowed[rule]
		total += v.allowed[rule] + v.refused[rule]
	}
	return 100 * allowed / total
}

func TestEngineAgreesWithTheNaiveEvaluator(t *testing.T) {
	t.Parallel()
	var checks, cans verdicts
	for asked := 0; asked < *questions; {
		rapid.Check(t, func(t *rapid.T) {
			src := aSource(t)
			policy := compiled(t, src)
			for range perPolicy {
				q := anInquiry(t, src)
				asked++
				w := naive.World{Source: src, Now: q.Now}
				checks.add(compareCheck(t, policy, w, q))
				checks.throughCollection += throughCollection(w, q)
				cans.add(compareCan(t, policy, w, q))
			}
		})
		if t.Failed() {
			return
		}
	}
	requireVariety(t, checks, cans)
}

// requireVariety fails when the questions were too dull to prove anything.
func requireVariety(t *testing.T, checks, cans verdicts) {
	t.Helper()
	allowing, refusing := []int{6, 7, 8, 10, 11, 12, 13}, []int{1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 14, 15}
	for _, rule := range allowing {
		t.Logf("R%d allowed %d checks and %d operations", rule, checks.allowed[rule], cans.allowed[rule])
		if checks.allowed[rule] == 0 || cans.allowed[rule] == 0 {
			t.Errorf("R%d never allowed", rule)
		}
	}
	for _, rule := range append(refusing, 16) {
		t.Logf("R%d refused %d checks and %d operations", rule, checks.refused[rule], cans.refused[rule])
		if cans.refused[rule] == 0 || checks.refused[rule] == 0 && rule != 16 {
			t.Errorf("R%d never refused", rule)
		}
	}
	t.Logf("%d%% of checks allowed, %d%% of operations, %d only through a collection",
		checks.percentAllowed(), cans.percentAllowed(), checks.throughCollection)
	if checks.throughCollection == 0 || min(checks.percentAllowed(), cans.percentAllowed()) < 30 || max(checks.percentAllowed(), cans.percentAllowed()) > 70 {
		t.Error("about half should be allowed, and some through a collection only")
	}
}

// throughCollection is 1 when only a collection's role or entry opens another's private thing.
func throughCollection(w naive.World, q inquiry) int {
	i := slices.IndexFunc(w.Catalog.Permissions, func(p authz.Permission) bool { return p.Name == q.Permission && p.Private != "" })
	private := q.Resource.Visibility == authz.Private && q.Subject.Kind == authz.Person && q.Resource.Owner != q.Subject.ID
	if i < 0 || !private || w.Check(q.Subject, w.Catalog.Permissions[i].Private, q.Resource).Allowed || !w.Check(q.Subject, q.Permission, q.Resource).Allowed {
		return 0
	}
	return 1
}

func compareCheck(t *rapid.T, policy *authz.Policy, w naive.World, q inquiry) authz.Decision {
	got := policy.Check(q.Subject, q.Permission, q.Resource, q.Now)
	want := w.Check(q.Subject, q.Permission, q.Resource)
	if got.Allowed != want.Allowed || got.Rule != want.Rule {
		t.Fatalf("Check %v\n got %+v\nwant %+v\nin %s", q, got, want, brief(w.Source))
	}
	switch {
	case got.Rule != 15 && got.Permission != q.Permission:
		t.Fatalf("Check %v names %q", q, got.Permission)
	case got.Rule == 15 && !isMissing(w, q, got.Permission):
		t.Fatalf("Check %v names %q, which is not what is missing", q, got.Permission)
	}
	return want
}

// isMissing: of several missing requirements any one may be named.
func isMissing(w naive.World, q inquiry, permission string) bool {
	return slices.Contains(w.Requirements(q.Permission), permission) && !w.Check(q.Subject, permission, q.Resource).Allowed
}

func compareCan(t *rapid.T, policy *authz.Policy, w naive.World, q inquiry) authz.Decision {
	got := policy.Can(q.Subject, q.Operation, q.Resource, q.Now)
	want := w.Can(q.Subject, q.Operation, q.Resource)
	if got.Allowed && want.Allowed {
		return want
	}
	exact := want
	exact.Permission = got.Permission // which of several is named is not a verdict
	if diff := cmp.Diff(exact, got); diff != "" {
		t.Fatalf("Can %v (-want +got)\n%s\nin %s", q, diff, brief(w.Source))
	}
	return want
}
