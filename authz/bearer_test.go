package authz_test

import (
	"testing"

	"github.com/remit-server/remit/authz"
)

// tokens lets bearers read and cancel their job.
func tokens(src *authz.Source) { src.Catalog.Token = []string{"job:read", "job:cancel"} }

func bearer(job string) authz.Subject { return authz.Subject{Kind: authz.Bearer, ID: job} }

func thing(id string) authz.Resource { return authz.Resource{Project: "p1", Thing: id} }

func TestABearerOwnsOneJobAndIsAStrangerElsewhere(t *testing.T) {
	t.Parallel()
	p := compile(t, tokens, public("p1", events), public("p2", events), func(src *authz.Source) {
		src.SiteOverrides = []authz.Override{{Role: "anonymous", Pattern: budget, Effect: authz.Deny}}
	})
	wantAnswers(t, p,
		asked{who: bearer("j1"), what: "job:read", on: thing("j1"), want: "yes R31"},
		asked{who: bearer("j1"), what: "job:cancel", on: thing("j1"), want: "yes R31"},
		asked{who: bearer("j1"), what: "job:read", on: thing("j2"), want: "no R14"},
		asked{who: bearer("j1"), what: "job:create", on: thing("j1"), want: "no R14"},
		asked{who: bearer("j1"), what: events, on: thing("j2"), want: "yes R7"},
		asked{who: bearer("j1"), what: budget, on: thing("j1"), want: "no R9"},
		asked{who: bearer("j1"), what: authz.ProjectView, on: in("p2"), want: "yes R10"},
		asked{who: bearer("j1"), what: "job:fly", on: thing("j1"), want: "no R2"},
		asked{who: bearer(""), what: "job:read", on: thing(""), want: "no R14"},
		asked{what: "job:read", on: thing("j1"), want: "no R14"},
		asked{who: authz.Subject{ID: "j1"}, what: "job:read", on: thing("j1"), want: "no R14"},
	)
}

func TestATokenOpensNothingThatIsShut(t *testing.T) {
	t.Parallel()
	given := func(src *authz.Source) {
		src.Catalog.Token = []string{"job:read", "job:cancel", "audit:delete"}
		src.Reserved = []string{"job:cancel"}
	}
	wantAnswers(t, compile(t, given),
		asked{who: bearer("j1"), what: "job:cancel", on: thing("j1"), want: "no R4"},
		asked{who: bearer("j1"), what: "audit:delete", on: thing("j1"), want: "no R3"},
	)
}

// A token is no way around what a permission requires, or around a scope.
func TestATokenCoversWhatItIsListedForAndNoMore(t *testing.T) {
	t.Parallel()
	p := compile(t, func(src *authz.Source) { src.Catalog.Token = []string{"file:read", "job:read"} })
	wantAnswers(t, p, asked{who: bearer("j1"), what: "file:read", on: thing("j1"), want: "no R15"})
	public := thing("j1")
	public.Visibility = authz.Public
	wantAnswers(t, p, asked{who: bearer("j1"), what: "file:read", on: public, want: "yes R31"})
	limited := bearer("j1")
	limited.Caps = &authz.Caps{Scopes: []string{"file:read"}}
	wantAnswers(t, p,
		asked{who: limited, what: "job:read", on: thing("j1"), want: "yes R31"},
		asked{who: limited, what: "job:read", on: thing("j2"), want: "no R5"},
	)
}

func TestABearersThingsAreNotOwn(t *testing.T) {
	t.Parallel()
	p := compile(t, tokens, func(src *authz.Source) { src.Users = append(src.Users, authz.User{ID: "j1"}) },
		member("p1", "j1", "owner"))
	mine := thing("j2")
	mine.Owner = "j1"
	wantAnswers(t, p, asked{who: bearer("j1"), what: "job:read", on: mine, want: "no R14"})
	if own, _ := p.Cells(bearer("j1"), "job:read", "p1", 0); own.Allowed {
		t.Error("a bearer owns something")
	}
}

func TestABearersListIsThatOfStrangers(t *testing.T) {
	t.Parallel()
	p := compile(t, tokens, public("p2", "collection:read"))
	for _, what := range []string{"job:read", "collection:read", events} {
		bearers, strangers := p.Scope(bearer("j1"), what, 0), p.Scope(authz.Subject{}, what, 0)
		for _, r := range thingsEverywhere() {
			if bearers.Has(r) != strangers.Has(r) {
				t.Errorf("%s: %+v is listed to one of both", what, r)
			}
		}
	}
}

var everybody = authz.Subject{Kind: authz.Local}

func TestWithoutAccountsEverybodyIsASuperuser(t *testing.T) {
	t.Parallel()
	p := compile(t, public("p1", events), func(src *authz.Source) { src.Reserved = []string{"job:run.ml"} })
	limited := everybody
	limited.Caps = &authz.Caps{Scopes: []string{"job:read"}}
	wantAnswers(t, p,
		asked{who: everybody, what: budget, on: in("p1"), want: "yes R32"},
		asked{who: everybody, what: editBudget, on: in("p9"), want: "yes R32"},
		asked{who: everybody, what: "collection:read", on: privately("ada", "c1"), want: "yes R32"},
		asked{who: everybody, what: "user:read", want: "yes R32"},
		asked{who: everybody, what: "job:run.ml", on: in("p1"), want: "yes R32"}, // reserved
		asked{who: everybody, what: events, on: in("p1"), want: "yes R7"},
		asked{who: everybody, what: authz.ProjectView, on: in("p1"), want: "yes R32"},
		asked{who: everybody, what: "audit:delete", want: "no R3"},
		asked{who: everybody, what: "job:fly", want: "no R2"},
		asked{who: everybody, what: "job.claim", on: in("p1"), want: "409 node"},
		asked{who: limited, what: "job:cancel", on: in("p1"), want: "no R5"},
		asked{who: limited, what: "job:read", on: in("p1"), want: "yes R32"},
	)
	scope := p.Scope(everybody, "collection:read", 0)
	for _, r := range thingsEverywhere() {
		if !scope.Has(r) || scope.Subject != "" {
			t.Errorf("%+v is not listed", r)
		}
	}
}
