package authz_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/authz"
)

// Every example with a permission is explained: the decision is Check's, and
// where something written decided, it is named.
func TestExplainNamesWhatDecidedEveryExample(t *testing.T) {
	t.Parallel()
	for _, e := range slicesOf(roleExamples, entryExamples, siteExamples, jobExamples, visibilityExamples) {
		p := compile(t, e.given...)
		for _, q := range e.ask {
			if !strings.Contains(q.what, ":") {
				continue
			}
			x := p.Explain(q.who, q.what, q.on, q.at)
			if diff := cmp.Diff(p.Check(q.who, q.what, q.on, q.at), x.Decision); diff != "" {
				t.Errorf("%s: -check +explain\n%s", e.name, diff)
			}
			if x.Why == "" {
				t.Errorf("%s: R%d has no words", e.name, x.Rule)
			}
			named := slices.ContainsFunc(x.Considered, func(c authz.Considered) bool { return c.Decided })
			byEntry := slices.Contains([]authz.Rule{9, 11, 12, 13}, x.Rule)
			if byEntry && !named {
				t.Errorf("%s: %s by R%d, and nothing is named", e.name, q.what, x.Rule)
			}
		}
	}
}

func TestExplainShowsEveryRoleConsidered(t *testing.T) {
	t.Parallel()
	p := compile(t,
		member("p1", "dan", "drummer", "production_manager"), override("p1", "drummer", authz.Deny, budget),
		during("p1", "dan", authz.Allow, budget, authz.Interval{Until: noon}),
	)
	x := p.Explain(person("dan"), budget, in("p1"), noon)
	want := []authz.Considered{
		{Rule: 13, Role: "anonymous", Live: true},
		{Rule: 13, Role: "signed_in", Live: true},
		{Rule: 12, Role: "drummer", Project: "p1", Pattern: budget, Override: true, Effect: authz.Deny, Live: true, Decided: true},
		{Rule: 12, Role: "production_manager", Project: "p1", Pattern: budget, Effect: authz.Allow, Live: true},
		{Rule: 11, Project: "p1", Pattern: budget, Effect: authz.Allow, Interval: authz.Interval{Until: noon}},
	}
	if diff := cmp.Diff(want, x.Considered); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestExplainGoesToWhatIsMissing(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "pam", "production_manager"), entry("p1", "pam", authz.Deny, budget))
	x := p.Explain(person("pam"), editBudget, in("p1"), 0)
	if x.Rule != 15 || x.Asked != budget {
		t.Fatalf("R%d about %s", x.Rule, x.Asked)
	}
	last := x.Considered[len(x.Considered)-1]
	if !last.Decided || last.Effect != authz.Deny || last.Rule != 11 {
		t.Errorf("decided by %+v", last)
	}
}

func TestExplainNamesTheBan(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "dan", "owner", "drummer"),
		override("p1", "drummer", authz.Deny, authz.ProjectView))
	for _, what := range []string{events, authz.ProjectView} {
		x := p.Explain(person("dan"), what, in("p1"), 0)
		i := slices.IndexFunc(x.Considered, func(c authz.Considered) bool { return c.Decided })
		if x.Rule != 10 || i < 0 || x.Considered[i].Role != "drummer" || x.Considered[i].Pattern != authz.ProjectView {
			t.Errorf("%s: %+v", what, x)
		}
	}
}

func TestExplainNamesTheTeam(t *testing.T) {
	t.Parallel()
	p := compile(t, func(src *authz.Source) {
		src.SiteMembers = []authz.Member{{Team: "band", Role: "staff"}}
		project(src, "p1").Members = []authz.Member{{Team: "band", Role: "drummer"}}
	})
	teams := map[string]string{}
	for _, c := range p.Explain(person("eve"), events, in("p1"), 0).Considered {
		teams[c.Role] = c.Team
	}
	want := map[string]string{"anonymous": "", "signed_in": "", "staff": "band", "drummer": "band"}
	if diff := cmp.Diff(want, teams); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
