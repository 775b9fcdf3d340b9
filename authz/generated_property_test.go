package authz_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/authz/internal/naive"
)

func TestEveryWayOfAskingIsTheSameDecision(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := aSource(t)
		policy := compiled(t, src)
		for range 10 {
			q := anInquiry(t, src)
			w := naive.World{Source: src, Now: q.Now}
			explainIsCheck(t, policy, q)
			whoIsThoseWhoPass(t, policy, w, q)
			cellsAreTwoChecks(t, policy, w, q)
			actionsAreWhatCanAllows(t, policy, w, q)
		}
	})
}

func explainIsCheck(t *rapid.T, policy *authz.Policy, q inquiry) {
	got := policy.Explain(q.Subject, q.Permission, q.Resource, q.Now).Decision
	if diff := cmp.Diff(policy.Check(q.Subject, q.Permission, q.Resource, q.Now), got); diff != "" {
		t.Fatalf("Explain %v (-check +explain)\n%s", q, diff)
	}
}

func whoIsThoseWhoPass(t *rapid.T, policy *authz.Policy, w naive.World, q inquiry) {
	var want []string
	for _, u := range w.Users {
		if w.Check(authz.Subject{Kind: authz.Person, ID: u.ID}, q.Permission, q.Resource).Allowed {
			want = append(want, u.ID)
		}
	}
	slices.Sort(want)
	if got := policy.Who(q.Permission, q.Resource, q.Now); !slices.Equal(got, want) {
		t.Fatalf("Who %v = %v, want %v in %s", q, got, want, brief(w.Source))
	}
}

func cellsAreTwoChecks(t *rapid.T, policy *authz.Policy, w naive.World, q inquiry) {
	others := authz.Resource{Project: q.Resource.Project}
	own := others
	if q.Subject.Kind == authz.Person {
		own.Owner = q.Subject.ID
	}
	gotOwn, gotOthers := policy.Cells(q.Subject, q.Permission, q.Resource.Project, q.Now)
	wantOwn, wantOthers := w.Check(q.Subject, q.Permission, own), w.Check(q.Subject, q.Permission, others)
	if gotOwn.Allowed != wantOwn.Allowed || gotOthers.Allowed != wantOthers.Allowed || gotOwn.Rule != wantOwn.Rule || gotOthers.Rule != wantOthers.Rule {
		t.Fatalf("Cells %v\n got %+v, %+v\nwant %+v, %+v", q, gotOwn, gotOthers, wantOwn, wantOthers)
	}
}

func actionsAreWhatCanAllows(t *rapid.T, policy *authz.Policy, w naive.World, q inquiry) {
	listed := []string{"op.d", "op.a", "op.z", "op.b", "op.c"}
	var want []string
	for _, name := range listed {
		if w.Can(q.Subject, name, q.Resource).Allowed {
			want = append(want, "do-"+name)
		}
	}
	if got := policy.Actions(q.Subject, listed, q.Resource, q.Now); !slices.Equal(got, want) {
		t.Fatalf("Actions %v = %v, want %v in %s", q, got, want, brief(w.Source))
	}
}

func TestListIsTheFilterOfEverythingByCheck(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := aSource(t)
		policy := compiled(t, src)
		for range 4 {
			q := anInquiry(t, src)
			if q.Subject.Kind != authz.Node { // what a node may do depends on more than a list knows (R6)
				scopeIsFilter(t, policy, naive.World{Source: src, Now: q.Now}, q)
			}
		}
	})
}

func scopeIsFilter(t *rapid.T, policy *authz.Policy, w naive.World, q inquiry) {
	scope, found := policy.Scope(q.Subject, q.Permission, q.Now), false
	for _, r := range everyThing(q.Subject) {
		want := w.Check(q.Subject, q.Permission, r)
		found = found || want.Allowed
		if scope.Has(r) != want.Allowed {
			t.Fatalf("Scope %v has %+v: %v, want %+v in %s", q, r, scope.Has(r), want, brief(w.Source))
		}
	}
	if found && scope.Empty() {
		t.Fatalf("Scope %v is empty, though something is in it", q)
	}
}

func TestPermissionsListsWhatIsHeldInAProject(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := aSource(t)
		q := anInquiry(t, src)
		q.Resource.Project = maker{T: t}.one("project", "p1", "p2")
		got := slices.DeleteFunc(compiled(t, src).Permissions(q.Subject, q.Resource.Project, q.Now), isOnSite)
		want := heldHere(naive.World{Source: src, Now: q.Now}, q)
		if !slices.Equal(got, want) {
			t.Fatalf("Permissions %v\n got %q\nwant %q\nin %s", q, got, want, brief(src))
		}
	})
}

func isOnSite(name string) bool {
	name, _, _ = strings.Cut(name, "@")
	return slices.Contains(onSite, name)
}

func heldHere(w naive.World, q inquiry) []string {
	var held []string
	names := maker{catalog: w.Catalog}.names(func(p authz.Permission) bool { return p.Level == authz.InProject })
	slices.Sort(names)
	for _, name := range names {
		others := w.Check(q.Subject, name, authz.Resource{Project: q.Resource.Project}).Allowed
		own := others
		if q.Subject.Kind == authz.Person {
			own = w.Check(q.Subject, name, authz.Resource{Project: q.Resource.Project, Owner: q.Subject.ID}).Allowed
		}
		switch {
		case own && others:
			held = append(held, name)
		case own:
			held = append(held, name+"@own")
		case others:
			held = append(held, name+"@others")
		}
	}
	return held
}

func TestStrangersMayNothingThatAnAccountMayNot(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := aSource(t)
		policy := compiled(t, src)
		for range perPolicy {
			accountsMayToo(t, policy, src, anInquiry(t, src))
		}
	})
}

// accountsMayToo leaves out operations with alternatives: there a deny of the
// primary refuses a person whom no deny could keep from the alternative.
func accountsMayToo(t *rapid.T, policy *authz.Policy, src authz.Source, q inquiry) {
	op, _ := policy.Operation(q.Operation)
	single := !slices.ContainsFunc(op.Groups, func(group []string) bool { return len(group) > 1 })
	stranger := authz.Subject{Kind: authz.Anonymous}
	for _, u := range src.Users {
		account := authz.Subject{Kind: authz.Person, ID: u.ID}
		if policy.Check(stranger, q.Permission, q.Resource, q.Now).Allowed && !policy.Check(account, q.Permission, q.Resource, q.Now).Allowed {
			t.Fatalf("anonymous may %v, %s may not in %s", q, u.ID, brief(src))
		}
		if single && policy.Can(stranger, q.Operation, q.Resource, q.Now).Allowed && !policy.Can(account, q.Operation, q.Resource, q.Now).Allowed {
			t.Fatalf("anonymous can %v, %s cannot in %s", q, u.ID, brief(src))
		}
	}
}

func TestKeysNeverAdd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := aSource(t)
		policy := compiled(t, src)
		for range perPolicy {
			q := anInquiry(t, src)
			capped := q.Subject
			capped.Caps = maker{T: t, catalog: src.Catalog}.caps()
			q.Subject.Caps = nil
			if policy.Check(capped, q.Permission, q.Resource, q.Now).Allowed && !policy.Check(q.Subject, q.Permission, q.Resource, q.Now).Allowed {
				t.Fatalf("%+v adds to %v in %s", capped.Caps, q, brief(src))
			}
		}
	})
}
