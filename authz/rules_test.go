package authz_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/authz"
)

func TestEverythingThatIsRequiredIsAsked(t *testing.T) {
	t.Parallel()
	p := compile(t,
		declared(authz.Permission{Name: "file:copy", Requires: []string{"file:read", "job:create"}}),
		member("p1", "dan", "owner"), entry("p1", "dan", authz.Deny, "job:create"),
		member("p2", "dan", "owner"), entry("p2", "dan", authz.Deny, "file:read"),
		member("p3", "dan", "owner"), entry("p3", "dan", authz.Deny, "collection:read"), // which file:read requires
	)
	for where, missing := range map[string]string{"p1": "job:create", "p2": "file:read", "p3": "collection:read"} {
		want := authz.Decision{Rule: 15, Permission: missing}
		if diff := cmp.Diff(want, p.Check(person("dan"), "file:copy", in(where), 0)); diff != "" {
			t.Errorf("%s: -want +got\n%s", where, diff)
		}
	}
}

func TestAKeyOfNoProjectReachesNone(t *testing.T) {
	t.Parallel()
	p := compile(t, public("p1", events))
	key := capped("sue", "*")
	key.Caps.Projects = []string{}
	wantAnswers(t, p,
		asked{who: key, what: budget, on: in("p1"), want: "no R5"},
		asked{who: key, what: "user:read", want: "no R5"},
		asked{who: key, what: events, on: in("p1"), want: "yes R7"},
	)
	key.Caps.Projects = []string{"p1"} // what is of the site is in no project
	wantAnswers(t, p,
		asked{who: key, what: budget, on: in("p1"), want: "yes R8"},
		asked{who: key, what: "user:read", on: authz.Resource{Project: "p1", Owner: "ada"}, want: "no R5"},
	)
}

// What the site takes back from strangers is not part of the floor.
func TestADenyOfStrangersTakesFromTheFloor(t *testing.T) {
	t.Parallel()
	p := compile(t, func(src *authz.Source) {
		src.SiteRoles = append(src.SiteRoles, authz.Role{Name: "anonymous", Allow: []string{"record:*"}})
		src.SiteOverrides = []authz.Override{{Role: "anonymous", Pattern: events, Effect: authz.Deny}}
	})
	wantAnswers(t, p,
		asked{what: "record:view.overview", on: in("p1"), want: "yes R7"},
		asked{what: events, on: in("p1"), want: "no R9"},
		asked{who: person("dan"), what: "record:view.overview", on: in("p1"), want: "yes R7"},
		asked{who: person("dan"), what: events, on: in("p1"), want: "no R14"},
		asked{what: budget, on: in("p1"), want: "no R14"}, // may not be public
	)
}

// A role in a collection that another role denies opens nothing, even when an
// entry for the whole project allows in spite of the deny.
func TestADeniedRoleOpensNoPrivateThings(t *testing.T) {
	t.Parallel()
	given := []change{
		members("p1", authz.Member{User: "dan", Role: "reader", Collection: "c1"}, authz.Member{User: "dan", Role: "drummer"}),
		entry("p1", "dan", authz.Allow, "collection:read"),
	}
	wantAnswers(t, compile(t, given...),
		asked{who: person("dan"), what: "collection:read", on: privately("ada", "c1"), want: "yes R12"})
	denied := compile(t, append(given, override("p1", "drummer", authz.Deny, "collection:read"))...)
	wantAnswers(t, denied,
		asked{who: person("dan"), what: "collection:read", on: authz.Resource{Project: "p1", Collection: "c1"}, want: "yes R11"},
		asked{who: person("dan"), what: "collection:read", on: privately("ada", "c1"), want: "no R14"},
	)
}

func TestAWidePatternWithASelectorIsOfWhatHasSelectors(t *testing.T) {
	t.Parallel()
	p := compile(t, entry("p1", "dan", authz.Allow, "job:*@own"), entry("p1", "dan", authz.Allow, "*@others"))
	wantAnswers(t, p,
		asked{who: person("dan"), what: "job:read", on: jobOf("dan"), want: "yes R11"},
		asked{who: person("dan"), what: "job:read", on: jobOf("eve"), want: "yes R11"},
		asked{who: person("dan"), what: "job:create", on: jobOf("dan"), want: "no R14"},
		asked{who: person("dan"), what: "job:create", on: jobOf("eve"), want: "no R14"},
	)
}

// What is public in a project, or to strangers, is not so of private things.
func TestWhatIsPrivateIsNoPartOfTheFloor(t *testing.T) {
	t.Parallel()
	p := compile(t, public("p1", events, "file:read", "collection:read"), func(src *authz.Source) {
		src.SiteRoles = append(src.SiteRoles, authz.Role{Name: "anonymous", Allow: []string{"record:view.overview"}})
	})
	for _, what := range []string{events, "file:read", "collection:read", "record:view.overview"} {
		wantAnswers(t, p,
			asked{what: what, on: in("p1"), want: "yes R7"},
			asked{what: what, on: privately("ada", "c1"), want: "no R14"},
			asked{who: person("ada"), what: what, on: privately("ada", "c1"), want: "no R14"},
		)
	}
}
