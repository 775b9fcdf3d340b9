package authz_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/authz"
)

func TestAListShowsWhatCheckAllows(t *testing.T) {
	t.Parallel()
	p := compile(t,
		member("p1", "dan", "reader"), entry("p1", "dan", authz.Deny, "collection:read@others"),
		public("p2", "collection:read"),
		func(src *authz.Source) {
			in := project(src, "p3")
			in.Members = append(in.Members, authz.Member{User: "dan", Role: "reader", Collection: "c1"})
		},
	)
	subjects := []authz.Subject{{}, person("dan"), person("ada"), person("sue"), person("gone"), capped("sue", "job:*"), n1}
	for _, who := range subjects {
		for _, what := range []string{"collection:read", "collection:read_private", "file:read", "job:read", authz.ProjectView, "job:claim", "job:fly"} {
			scope := p.Scope(who, what, 0)
			for _, thing := range thingsEverywhere() {
				check := p.Check(who, what, thing, 0).Allowed
				if scope.Has(thing) != check {
					t.Errorf("%s %s %+v: listed %v, checked %v", who.ID, what, thing, scope.Has(thing), check)
				}
			}
		}
	}
}

func thingsEverywhere() []authz.Resource {
	var all []authz.Resource
	for _, project := range []string{"", "p1", "p2", "p3", "p9"} {
		for _, collection := range []string{"", "c1", "c2"} {
			for _, owner := range []string{"", "dan", "ada"} {
				for _, v := range []authz.Visibility{authz.ProjectWide, authz.Private, authz.Public} {
					all = append(all, authz.Resource{Project: project, Collection: collection, Owner: owner, Visibility: v})
				}
			}
		}
	}
	return all
}

func TestAScopeListsOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "dan", "sound_tech"), override("p1", "sound_tech", authz.Remove, "job:read@others"))
	scope := p.Scope(person("dan"), "job:read", 0)
	if scope.Subject != "dan" || scope.Default != 0 || len(scope.Projects) != 1 || len(scope.Collections) != 0 {
		t.Fatalf("%+v", scope)
	}
	cells := scope.Projects["p1"]
	if !cells.Has(true, authz.ProjectWide) || cells.Has(false, authz.ProjectWide) {
		t.Errorf("cells %b", cells)
	}
	if scope.Empty() || !p.Scope(person("ada"), "job:read", 0).Empty() {
		t.Error("only ada's list is empty")
	}
	if all := p.Scope(person("sue"), "job:read", 0); len(all.Projects) != 0 || !all.Has(in("p9")) {
		t.Errorf("a superuser's scope: %+v", all)
	}
}

func TestWhoListsThoseWhoPass(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "dan", "sound_tech"), func(src *authz.Source) {
		project(src, "p1").Members = append(project(src, "p1").Members, authz.Member{Team: "band", Role: "sound_tech"})
	})
	got := p.Who("job:cancel", jobOf("eve"), 0)
	if diff := cmp.Diff([]string{"eve", "sue"}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestPermissionsNamesTheCells(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "dan", "sound_tech"))
	got := p.Permissions(person("dan"), "p1", 0)
	want := []string{"job:cancel@own", "job:read", "job:run.render@own", "project:view"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("in p1: -want +got\n%s", diff)
	}
	if diff := cmp.Diff([]string{"user:read@own"}, p.Permissions(person("dan"), "", 0)); diff != "" {
		t.Errorf("on the site: -want +got\n%s", diff)
	}
}

func TestCellsAnswersBothHalves(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "dan", "sound_tech"))
	own, others := p.Cells(person("dan"), "job:cancel", "p1", 0)
	if answer(own) != "yes R12" || answer(others) != "no R14" {
		t.Errorf("own %s, others %s", answer(own), answer(others))
	}
}

func TestActionsAreTheVerbsAllowedInOrder(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "dan", "sound_tech"))
	ops := []string{"job.read", "job.create", "job.cancel", "job.fly"}
	if diff := cmp.Diff([]string{"read", "cancel"}, p.Actions(person("dan"), ops, jobOf("dan"), 0)); diff != "" {
		t.Errorf("own: -want +got\n%s", diff)
	}
	if diff := cmp.Diff([]string{"read"}, p.Actions(person("dan"), ops, jobOf("eve"), 0)); diff != "" {
		t.Errorf("another's: -want +got\n%s", diff)
	}
}

func TestTheCatalogueCanBeLookedUp(t *testing.T) {
	t.Parallel()
	p := compile(t)
	if perm, ok := p.Permission("job:cancel"); !ok || !perm.Selectors {
		t.Errorf("job:cancel: %+v %v", perm, ok)
	}
	if _, ok := p.Permission("job:fly"); ok {
		t.Error("job:fly exists")
	}
	if op, ok := p.Operation("job.cancel"); !ok || op.Primary != "job:cancel" {
		t.Errorf("job.cancel: %+v %v", op, ok)
	}
	if _, ok := p.Operation("job.fly"); ok {
		t.Error("job.fly exists")
	}
}
