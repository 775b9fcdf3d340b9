package authz_test

import (
	"testing"

	"github.com/remit-server/remit/authz"
)

// R2: what there is no rule for is refused, to superusers and by lists as well.
func TestAnUnknownVisibilityIsNotOpen(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "ada", "owner"), member("p1", "dan", "owner"), disabled("dan"))
	odd := authz.Resource{Project: "p1", Owner: "ada", Visibility: 3}
	for who, rule := range map[string]authz.Rule{"ada": 2, "sue": 2, "dan": 1} {
		if d := p.Check(person(who), budget, odd, 0); d.Allowed || d.Rule != rule {
			t.Errorf("%s: %+v, want R%d", who, d, rule)
		}
	}
	if p.Scope(person("ada"), budget, 0).Has(odd) {
		t.Error("a list shows what Check refuses")
	}
	if d := p.CanMove(person("ada"), "job.move", in("p1"), odd, 0); d.Allowed || d.Rule != 2 {
		t.Errorf("moving there: %+v", d)
	}
}

func TestHoldsIsAboutAnythingAtAnyTime(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "ada", "owner"), during("p1", "bob", authz.Allow, budget, authz.Interval{Until: noon}))
	for _, c := range []struct {
		who, project string
		want         bool
	}{{"ada", "p1", true}, {"bob", "p1", true}, {"eve", "p1", false}, {"sue", "p1", false}, {"ada", "p2", false}, {"ada", "", false}, {"nobody", "p1", false}} {
		if got := p.Holds(c.who, c.project); got != c.want {
			t.Errorf("%s in %q: %t", c.who, c.project, got)
		}
	}
}
