package authz_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/authz"
)

func TestTheSiteLayerHasTimesToo(t *testing.T) {
	t.Parallel()
	p := compile(t, siteMember(authz.Member{User: "bob", Role: "staff", Interval: authz.Interval{From: 10, Until: 20}}),
		siteMember(authz.Member{Team: "band", Role: "staff", Interval: authz.Interval{Until: 5}}),
		func(src *authz.Source) {
			src.SiteEntries = []authz.Entry{{User: "bob", Pattern: "collection:read", Effect: authz.Deny, Interval: authz.Interval{From: 15}}}
		})
	for _, c := range []struct {
		who  string
		at   int64
		want string
	}{
		{"bob", 9, "no R14"}, {"bob", 10, "yes R13"}, {"bob", 14, "yes R13"}, {"bob", 15, "no R9"}, {"bob", 20, "no R9"},
		{"dan", 4, "yes R13"}, {"dan", 5, "no R14"},
	} {
		wantAnswers(t, p, asked{who: person(c.who), what: "collection:read", on: in("p1"), at: c.at, want: c.want})
	}
}

// The site layer knows no person over role: any deny there refuses.
func TestOnTheSiteADenyIsADeny(t *testing.T) {
	t.Parallel()
	p := compile(t, siteMember(authz.Member{User: "bob", Role: "staff"}), siteEntry("bob", authz.Allow, events), func(src *authz.Source) {
		src.SiteOverrides = []authz.Override{
			{Role: "staff", Pattern: events, Effect: authz.Deny}, {Role: "staff", Pattern: "collection:read", Effect: authz.Remove},
		}
	}, entry("p1", "bob", authz.Allow, events))
	wantAnswers(t, p,
		asked{who: person("bob"), what: events, on: in("p1"), want: "no R9"},
		asked{who: person("bob"), what: "collection:read", on: in("p1"), want: "no R14"},
		asked{who: person("bob"), what: "collection:update", on: in("p1"), want: "no R15"},
	)
}

func TestAnOthersRightIsNamedAsOne(t *testing.T) {
	t.Parallel()
	p := compile(t, entry("p1", "dan", authz.Allow, "job:read@others"))
	if diff := cmp.Diff([]string{"job:read@others", "project:view"}, p.Permissions(person("dan"), "p1", 0)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// Owners may have by owning what nobody has else, and hold nothing here.
func TestWhoCountsOwners(t *testing.T) {
	t.Parallel()
	p := compile(t)
	if diff := cmp.Diff([]string{"bob", "sue"}, p.Who("user:read", authz.Resource{Owner: "bob"}, 0)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if diff := cmp.Diff([]string{"sue"}, p.Who("user:read", authz.Resource{Owner: "nobody"}, 0)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestAListOfOneCollectionIsNotEmpty(t *testing.T) {
	t.Parallel()
	p := compile(t, members("p1", authz.Member{User: "dan", Role: "reader", Collection: "c1"}))
	scope := p.Scope(person("dan"), "collection:read", 0)
	if scope.Empty() || len(scope.Projects) != 0 || len(scope.Collections) != 1 {
		t.Errorf("%+v", scope)
	}
	banned := compile(t, siteEntry("dan", authz.Allow, "job:read"), func(src *authz.Source) {
		project(src, "p1").Entries = []authz.Entry{{User: "dan", Pattern: "job:read", Effect: authz.Deny, Collection: "c1"}}
	})
	scope = banned.Scope(person("dan"), "job:read", 0)
	if c, listed := scope.Collections[authz.CollectionKey{Project: "p1", Collection: "c1"}]; c != 0 || !listed {
		t.Errorf("%+v", scope)
	}
	if scope := (authz.Scope{Collections: map[authz.CollectionKey]authz.Cells{{}: 0}}); !scope.Empty() {
		t.Errorf("%+v", scope)
	}
}

// Whoever may not use the private counterpart may still have the permission by
// a grant that names the collection, unless a key or the site is against it.
func TestAGrantOnACollectionOpensItsPrivateThings(t *testing.T) {
	t.Parallel()
	reader := members("p1", authz.Member{User: "dan", Role: "reader", Collection: "c1"})
	scoped, local := capped("dan", "collection:read"), everybody
	local.Caps = scoped.Caps
	wantAnswers(t, compile(t, reader),
		asked{who: person("dan"), what: "collection:read", on: privately("ada", "c1"), want: "yes R12"},
		asked{who: scoped, what: "collection:read", on: privately("ada", "c1"), want: "yes R12"},
		asked{who: capped("dan", "job:*"), what: "collection:read", on: privately("ada", "c1"), want: "no R5"},
		asked{who: local, what: "collection:read", on: privately("ada", "c1"), want: "no R5"},
	)
	wantAnswers(t, compile(t, reader, siteEntry("dan", authz.Deny, "collection:read@others")),
		asked{who: person("dan"), what: "collection:read", on: privately("ada", "c1"), want: "no R14"})
	wantAnswers(t, compile(t, reader, entry("p1", "dan", authz.Deny, "collection:read@others")),
		asked{who: person("dan"), what: "collection:read", on: privately("ada", "c1"), want: "no R14"})
	wantAnswers(t, compile(t, reader, func(src *authz.Source) { src.Reserved = []string{"collection:read"} }),
		asked{who: person("dan"), what: "collection:read", on: privately("ada", "c1"), want: "no R4"})
	wantAnswers(t, compile(t, reader, func(src *authz.Source) { src.Reserved = []string{"collection:read_private"} }),
		asked{who: person("dan"), what: "collection:read", on: privately("ada", "c1"), want: "yes R12"},
		asked{who: person("eve"), what: "collection:read", on: privately("ada", "c1"), want: "no R4"})
}
