package authz_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/authz"
)

func wantAnswers(t *testing.T, p *authz.Policy, asks ...asked) {
	t.Helper()
	for _, q := range asks {
		if got := q.answer(p); got != q.want {
			t.Errorf("%s asks %s on %+v: %s, want %s", q.who.ID, q.what, q.on, got, q.want)
		}
	}
}

func TestWhatDoesNotExistIsRefused(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "ada", "owner"))
	wantAnswers(t, p,
		asked{who: person("sue"), what: "job:fly", on: in("p1"), want: "no R2"},
		asked{who: n1, what: "job:fly", on: in("p1"), want: "no R2"},
		asked{who: person("sue"), what: "job.fly", on: in("p1"), want: "403"},
		asked{who: person("ada"), what: "job:read", on: in("p9"), want: "no R14"},
		asked{who: authz.Subject{Kind: 9, ID: "ada"}, what: "job:read", on: in("p1"), want: "no R1"},
	)
	if d := p.Can(person("sue"), "job.fly", in("p1"), 0); d.Rule != 2 || d.Permission != "job.fly" {
		t.Errorf("unknown operation: %+v", d)
	}
}

func TestReservationsAreSwitches(t *testing.T) {
	t.Parallel()
	builder := siteEntry("ada", authz.Allow, "node:create")
	wantAnswers(t, compile(t, builder), asked{who: person("ada"), what: "node:create", want: "no R4"})
	opened := compile(t, builder, func(src *authz.Source) { src.Opened = []string{"node:create"} })
	wantAnswers(t, opened, asked{who: person("ada"), what: "node:create", want: "yes R13"})
}

func TestKeysNarrowAndNeverAdd(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "ada", "owner"), member("p2", "ada", "owner"), public("p2", events))
	inP1 := capped("ada", "record:*", "user:read")
	inP1.Caps.Projects = []string{"p1"}
	wantAnswers(t, p,
		asked{who: inP1, what: budget, on: in("p1"), want: "yes R12"},
		asked{who: inP1, what: budget, on: in("p2"), want: "no R5"},
		asked{who: inP1, what: events, on: in("p2"), want: "yes R7"}, // what is public
		asked{who: inP1, what: "user:read", on: authz.Resource{Owner: "ada"}, want: "no R5"},
		asked{who: capped("ada", "user:read"), what: "user:read", on: authz.Resource{Owner: "ada"}, want: "yes R13"},
		asked{who: capped("ada", editBudget), what: budget, on: in("p1"), want: "yes R12"}, // it is required
		asked{who: capped("ada", budget), what: editBudget, on: in("p1"), want: "no R5"},
		asked{who: capped("ada", "job:read@own"), what: "job:read", on: jobOf("ada"), want: "yes R12"},
		asked{who: capped("ada", "job:read@own"), what: "job:read", on: jobOf("bob"), want: "no R5"},
		asked{who: capped("dan", "*"), what: budget, on: in("p1"), want: "no R14"},
		asked{who: capped("ada"), what: budget, on: in("p1"), want: "no R5"},
	)
}

func TestStrangersShareTheFloorWithEverybody(t *testing.T) {
	t.Parallel()
	strangers := func(src *authz.Source) {
		src.SiteRoles = append(src.SiteRoles, authz.Role{Name: "anonymous", Allow: []string{"collection:*"}})
	}
	p := compile(t, strangers)
	seen := authz.Resource{Project: "p1", Visibility: authz.Public}
	hidden := authz.Resource{Project: "p1", Visibility: authz.Private}
	for _, who := range []authz.Subject{{}, person("dan")} {
		wantAnswers(t, p,
			asked{who: who, what: "collection:read", on: in("p1"), want: "yes R7"},
			asked{who: who, what: "collection:read", on: hidden, want: "no R14"},
			asked{who: who, what: "collection:update", on: in("p1"), want: "no R14"}, // not public_ok
			asked{who: who, what: "file:read", on: seen, want: "yes R7"},
			asked{who: who, what: "file:read", on: in("p1"), want: "no R14"},
			asked{who: who, what: events, on: seen, want: "no R14"}, // heeds no visibility
		)
	}
}

func TestBackgroundLoopsHoldWhatIsListed(t *testing.T) {
	t.Parallel()
	p := compile(t, func(src *authz.Source) { src.Catalog.System["tidier"] = []string{"*"} })
	tidier := authz.Subject{Kind: authz.System, ID: "tidier"}
	sweeper := authz.Subject{Kind: authz.System, ID: "sweeper"}
	wantAnswers(t, p,
		asked{who: sweeper, what: "job:cancel", on: in("p1"), want: "yes R13"},
		asked{who: sweeper, what: "job:create", on: in("p1"), want: "no R14"},
		asked{who: tidier, what: "job:create", on: in("p1"), want: "yes R13"},
		asked{who: tidier, what: "user:read", want: "no R14"}, // a star is of projects
		asked{who: authz.Subject{Kind: authz.System, ID: "ghost"}, what: "job:cancel", on: in("p1"), want: "no R14"},
	)
}

func TestTeamsHoldRolesForTheirUsers(t *testing.T) {
	t.Parallel()
	p := compile(t, func(src *authz.Source) {
		project(src, "p1").Members = []authz.Member{
			{Team: "band", Role: "drummer", Interval: authz.Interval{From: 10, Until: 20}},
		}
	})
	wantAnswers(t, p,
		asked{who: person("eve"), what: events, on: in("p1"), at: 9, want: "no R14"},
		asked{who: person("eve"), what: events, on: in("p1"), at: 10, want: "yes R12"},
		asked{who: person("eve"), what: events, on: in("p1"), at: 20, want: "no R14"},
		asked{who: person("ada"), what: events, on: in("p1"), at: 10, want: "no R14"},
	)
}

func TestCollectionsAreReadTogetherWithTheirProject(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "dan", "reader"), func(src *authz.Source) {
		in := project(src, "p1")
		in.Entries = []authz.Entry{
			{User: "dan", Pattern: "collection:update", Effect: authz.Allow, Collection: "c1"},
			{User: "dan", Pattern: "collection:read", Effect: authz.Deny, Collection: "c2"},
			{User: "dan", Pattern: authz.ProjectView, Effect: authz.Deny, Collection: "c3"},
		}
	})
	at := func(collection string) authz.Resource {
		return authz.Resource{Project: "p1", Collection: collection}
	}
	wantAnswers(t, p,
		asked{who: person("dan"), what: "collection:update", on: at("c1"), want: "yes R11"},
		asked{who: person("dan"), what: "collection:update", on: at("c4"), want: "no R14"},
		asked{who: person("dan"), what: "collection:read", on: at("c2"), want: "no R11"},
		asked{who: person("dan"), what: "collection:read", on: at("c3"), want: "no R10"},
		asked{who: person("dan"), what: "collection:read", on: at("c4"), want: "yes R12"},
		asked{who: person("dan"), what: authz.ProjectView, on: in("p1"), want: "yes R10"},
	)
}

func TestRefusalsTellHowTheyRead(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "dan", "sound_tech"))
	got := p.Can(person("dan"), "job.cancel", jobOf("eve"), 0)
	want := authz.Decision{Rule: 14, Permission: "job:cancel", OwnOnly: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	got = p.Can(person("ada"), "job.cancel", jobOf("eve"), 0)
	want = authz.Decision{Rule: 14, Permission: "job:cancel", ProjectHidden: true, ThingHidden: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// A key must not tell what is hidden from its owner apart from what is absent.
func TestWhatIsHiddenIsHiddenFromTheAccountWhateverItsKey(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "dan", "sound_tech"), func(src *authz.Source) {
		in := project(src, "p1")
		in.Overrides = []authz.Override{{Role: "sound_tech", Pattern: "job:read@others", Effect: authz.Deny}}
	})
	elsewhere := func(user string) authz.Subject { return capped(user, "file:read") }
	for _, c := range []struct {
		who  authz.Subject
		on   authz.Resource
		want authz.Decision
		read string
	}{
		{elsewhere("ada"), jobOf("eve"), authz.Decision{ProjectHidden: true, ThingHidden: true}, "404"},
		{elsewhere("dan"), jobOf("eve"), authz.Decision{ThingHidden: true}, "404"},
		{elsewhere("dan"), jobOf("dan"), authz.Decision{}, "403 scope"},
	} {
		c.want.Rule, c.want.Permission = 5, "job:cancel"
		got := p.Can(c.who, "job.cancel", c.on, 0)
		if diff := cmp.Diff(c.want, got); diff != "" || status(got) != c.read {
			t.Errorf("%s on %+v reads %s, want %s (-want +got)\n%s", c.who.ID, c.on, status(got), c.read, diff)
		}
	}
}

func TestNamesAreTheCataloguesAndTheAccounts(t *testing.T) {
	t.Parallel()
	p := compile(t, func(src *authz.Source) { src.Users = append(src.Users, authz.User{ID: "u9", Name: "zoe"}) })
	for prefix, want := range map[string]bool{"job:": true, "job:read": true, "nothing:": false, "zzz": false} {
		if names := p.Names(prefix); (len(names) > 0) != want || !slices.IsSorted(names) {
			t.Errorf("Names(%q) = %q", prefix, names)
		}
	}
	if p.UserName("nobody") != "" || p.UserName("u9") != "zoe" {
		t.Errorf("UserName: %q and %q", p.UserName("nobody"), p.UserName("u9"))
	}
}

func TestGuardsAreHiddenFromTheRefused(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "ada", "owner"), member("p1", "dan", "drummer"))
	step := with(jobOf("eve"), authz.HasParent)
	wantAnswers(t, p,
		asked{who: person("ada"), what: "job.cancel", on: step, want: "409 top_level"},
		asked{who: person("dan"), what: "job.cancel", on: step, want: "404"},
	)
}

func TestGuardsAskTheFacts(t *testing.T) {
	t.Parallel()
	for guard, facts := range map[authz.Guard]authz.Facts{
		authz.GuardClaimed: authz.IsClaimed, authz.GuardFinished: authz.IsFinished, authz.GuardLockHolder: authz.HoldsLock,
	} {
		p := compile(t, func(src *authz.Source) {
			src.Catalog.Operations = append(src.Catalog.Operations, authz.Operation{Name: "x", Guards: []authz.Guard{guard}})
		})
		wantAnswers(t, p,
			asked{who: person("sue"), what: "x", on: in("p1"), want: "409 " + string(guard)},
			asked{who: person("sue"), what: "x", on: with(in("p1"), facts), want: "yes"},
		)
	}
}

func TestACatalogueNeedsNoProjects(t *testing.T) {
	t.Parallel()
	p, err := authz.Compile(authz.Source{
		Catalog:   authz.Catalog{Permissions: []authz.Permission{{Name: "door:open", Level: authz.OnSite}}},
		Users:     []authz.User{{ID: "ada"}},
		SiteRoles: []authz.Role{{Name: "signed_in", Allow: []string{"door:*"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	wantAnswers(t, p,
		asked{who: person("ada"), what: "door:open", want: "yes R13"},
		asked{what: "door:open", want: "no R14"},
	)
}

func TestSiteDeniesOfStrangersBindStrangersOnly(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "dan", "drummer"), func(src *authz.Source) {
		src.SiteOverrides = []authz.Override{{Role: "anonymous", Pattern: "record:*", Effect: authz.Deny}}
	})
	wantAnswers(t, p,
		asked{what: events, on: in("p1"), want: "no R9"},
		asked{who: person("dan"), what: events, on: in("p1"), want: "yes R12"},
	)
	for _, c := range p.Explain(person("dan"), events, in("p1"), 0).Considered {
		if c.Role == "anonymous" {
			t.Errorf("explained to dan: %+v", c)
		}
	}
}
