package authz_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/naive/judge"
	"github.com/remit-server/remit/internal/naive/worlds"
)

func TestEveryWayOfAskingIsTheSameDecision(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := worlds.Source(worlds.Rapid(t))
		policy := compiled(t, src)
		for range 10 {
			q := worlds.Ask(worlds.Rapid(t), src)
			w := judge.World{Source: src, Now: q.Now}
			explainIsCheck(t, policy, w, q)
			resolvedIsCheck(t, policy, w, q)
			batchIsManyChecks(t, policy, w, q)
			whoIsThoseWhoPass(t, policy, w, q)
			cellsAreTwoChecks(t, policy, w, q)
			actionsAreWhatCanAllows(t, policy, w, q)
		}
	})
}

func explainIsCheck(t *rapid.T, policy *authz.Policy, w judge.World, q worlds.Question) {
	got := policy.Explain(q.Subject, q.Permission, q.Resource, q.Now).Decision
	same(t, "Explain", w.Source, q, got, w.Check(q.Subject, q.Permission, q.Resource))
	if q.Subject.Kind != authz.Node {
		reread := policy.Reread(q.Subject, q.Permission, q.Resource, q.Now)
		same(t, "what Explain reads", w.Source, q, reread, w.Check(q.Subject, q.Permission, q.Resource))
	}
}

// resolvedIsCheck asks one resolved question at all times.
func resolvedIsCheck(t *rapid.T, policy *authz.Policy, w judge.World, q worlds.Question) {
	resolved := policy.Resolve(q.Subject, q.Permission, q.Resource)
	for w.Now = range int64(12) {
		q.Now = w.Now
		same(t, "Decide", w.Source, q, policy.Decide(&resolved, q.Now), w.Check(q.Subject, q.Permission, q.Resource))
	}
}

func batchIsManyChecks(t *rapid.T, policy *authz.Policy, w judge.World, q worlds.Question) {
	names := []string{q.Permission, "budgt:view"}
	for _, p := range w.Catalog.Permissions {
		names = append(append(names, p.Name), p.Aliases...)
	}
	before := authz.Decision{Rule: 7}
	answers := policy.CheckAll(q.Subject, names, q.Resource, q.Now, []authz.Decision{before})
	if len(answers) != len(names)+1 || answers[0] != before {
		t.Fatalf("CheckAll answers %d names with %d more decisions", len(names), len(answers)-1)
	}
	for i, name := range names {
		q.Permission = name
		same(t, "CheckAll", w.Source, q, answers[i+1], w.Check(q.Subject, name, q.Resource))
	}
}

func whoIsThoseWhoPass(t *rapid.T, policy *authz.Policy, w judge.World, q worlds.Question) {
	var want []string
	for _, u := range w.Users {
		if w.Check(authz.Subject{Kind: authz.Person, ID: u.ID}, q.Permission, q.Resource).Allowed {
			want = append(want, u.ID)
		}
	}
	slices.Sort(want)
	if got := policy.Who(q.Permission, q.Resource, q.Now); !slices.Equal(got, want) {
		t.Fatalf("Who %v = %v, want %v in %s", q, got, want, worlds.Brief(w.Source))
	}
}

func cellsAreTwoChecks(t *rapid.T, policy *authz.Policy, w judge.World, q worlds.Question) {
	own, others := policy.Cells(q.Subject, q.Permission, q.Resource.Project, q.Now)
	wantOwn, wantOthers := cells(w, q.Subject, q.Permission, q.Resource.Project)
	same(t, "Cells, own,", w.Source, q, own, wantOwn)
	same(t, "Cells, others',", w.Source, q, others, wantOthers)
}

func cells(w judge.World, s authz.Subject, permission, project string) (own, others authz.Decision) {
	on := authz.Resource{Project: project}
	others = w.Check(s, permission, on)
	on.Owner = self(s)
	return w.Check(s, permission, on), others
}

// self is whose things are the subject's own: in a preview, those of who is looked at (R23).
func self(s authz.Subject) string {
	switch {
	case s.Kind != authz.Person:
		return ""
	case s.Preview != nil && s.Preview.User != "":
		return s.Preview.User
	}
	return s.ID
}

func actionsAreWhatCanAllows(t *rapid.T, policy *authz.Policy, w judge.World, q worlds.Question) {
	listed := []string{"op.d", "op.a", "op.z", "op.b", "op.c"}
	var want []string
	for _, name := range listed {
		if w.Can(q.Subject, name, q.Resource).Allowed {
			want = append(want, "do-"+name)
		}
	}
	if got := policy.Actions(q.Subject, listed, q.Resource, q.Now); !slices.Equal(got, want) {
		t.Fatalf("Actions %v = %v, want %v in %s", q, got, want, worlds.Brief(w.Source))
	}
}

func TestListIsTheFilterOfEverythingByCheck(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := worlds.Source(worlds.Rapid(t))
		policy := compiled(t, src)
		for range 4 {
			q := worlds.Ask(worlds.Rapid(t), src)
			scopeIsFilter(t, policy, judge.World{Source: src, Now: q.Now}, q)
		}
	})
}

// scopeIsFilter asks about things without facts, which no list knows (R6).
func scopeIsFilter(t *rapid.T, policy *authz.Policy, w judge.World, q worlds.Question) {
	scope, found := policy.Scope(q.Subject, q.Permission, q.Now), false
	for _, r := range worlds.EveryThing(q.Subject) {
		want := w.Check(q.Subject, q.Permission, r)
		found = found || want.Allowed
		if scope.Has(r) != want.Allowed {
			t.Fatalf("Scope %v has %+v: %v, want %+v in %s\nscope %+v", q, r, scope.Has(r), want, worlds.Brief(w.Source), scope)
		}
	}
	if found && scope.Empty() {
		t.Fatalf("Scope %v is empty, though something is in it", q)
	}
}

func TestPermissionsListsWhatIsHeld(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := worlds.Source(worlds.Rapid(t))
		q := worlds.Ask(worlds.Rapid(t), src)
		policy := compiled(t, src)
		for _, project := range []string{"p1", "p2", "p9", ""} {
			got := policy.Permissions(q.Subject, project, q.Now)
			if want := held(judge.World{Source: src, Now: q.Now}, q.Subject, project); !slices.Equal(got, want) {
				t.Fatalf("Permissions in %q %v\n got %q\nwant %q\nin %s", project, q, got, want, worlds.Brief(src))
			}
		}
	})
}

func held(w judge.World, s authz.Subject, project string) (held []string) {
	byName := func(a, b authz.Permission) int { return strings.Compare(a.Name, b.Name) }
	for _, p := range slices.SortedFunc(slices.Values(w.Catalog.Permissions), byName) {
		own, others := cells(w, s, p.Name, project)
		switch {
		case (p.Level == authz.OnSite) != (project == ""):
		case own.Allowed && others.Allowed:
			held = append(held, p.Name)
		case own.Allowed:
			held = append(held, p.Name+"@own")
		case others.Allowed:
			held = append(held, p.Name+"@others")
		}
	}
	return held
}
