package authz_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/authz"
)

// reading marks what only looks.
func reading(src *authz.Source) {
	for i := range src.Catalog.Permissions {
		perm := &src.Catalog.Permissions[i]
		switch perm.Name {
		case authz.ProjectView, "record:view.overview", events, budget, "job:read", "collection:read",
			"collection:read_private", "file:read", "user:read", "node:create", "audit:delete":
			perm.Reads = true
		}
	}
}

func asUser(viewer, user string) authz.Subject {
	return authz.Subject{Kind: authz.Person, ID: viewer, Preview: &authz.Preview{User: user}}
}

func asRole(viewer, role string) authz.Subject {
	return authz.Subject{Kind: authz.Person, ID: viewer, Preview: &authz.Preview{Role: role}}
}

func TestAPreviewIsTheTargetsRightsCutToTheViewers(t *testing.T) {
	t.Parallel()
	p := compile(t, reading, member("p1", "ada", "owner"), member("p1", "pam", "production_manager"),
		member("p1", "bob", "drummer"), entry("p1", "eve", authz.Deny, authz.ProjectView))
	wantAnswers(t, p,
		asked{who: asUser("ada", "bob"), what: events, on: in("p1"), want: "yes R12"},
		asked{who: asUser("ada", "bob"), what: budget, on: in("p1"), want: "no R14"}, // bob's refusal
		asked{who: asUser("ada", "pam"), what: budget, on: in("p1"), want: "yes R12"},
		asked{who: asUser("bob", "pam"), what: budget, on: in("p1"), want: "no R5"}, // bob may not himself
		asked{who: asUser("bob", "pam"), what: events, on: in("p1"), want: "yes R12"},
		asked{who: asUser("ada", "eve"), what: events, on: in("p1"), want: "no R10"},
		asked{who: asUser("ada", "eve"), what: "job:fly", on: in("p1"), want: "no R2"},
		asked{who: asUser("ada", "pam"), what: authz.ProjectView, on: in("p1"), want: "yes R10"},
		asked{who: asUser("dan", "pam"), what: authz.ProjectView, on: in("p1"), want: "no R5"},
	)
}

func TestAPreviewOnlyLooks(t *testing.T) {
	t.Parallel()
	p := compile(t, reading, member("p1", "pam", "production_manager"))
	wantAnswers(t, p,
		asked{who: asUser("sue", "pam"), what: budget, on: in("p1"), want: "yes R12"},
		asked{who: asUser("sue", "pam"), what: editBudget, on: in("p1"), want: "no R5"},
		asked{who: asUser("pam", "pam"), what: editBudget, on: in("p1"), want: "no R5"},
		asked{who: asUser("sue", "sue"), what: "job:create", on: in("p1"), want: "no R5"},
		asked{who: asUser("sue", "sue"), what: "job:read", on: in("p1"), want: "yes R8"},
		asked{who: asUser("sue", "sue"), what: "node:create", want: "yes R8"},
		asked{who: asUser("sue", "pam"), what: "node:create", want: "no R4"}, // pam is no superuser
		asked{who: asUser("sue", "sue"), what: "audit:delete", want: "no R3"},
		asked{who: asUser("pam", "sue"), what: "job:read", on: in("p1"), want: "no R5"},
	)
}

func TestWhatIsPublicIsInEveryPreview(t *testing.T) {
	t.Parallel()
	p := compile(t, public("p1", events), entry("p1", "dan", authz.Deny, authz.ProjectView))
	wantAnswers(t, p, // nothing is marked as reading here
		asked{who: asUser("bob", "dan"), what: events, on: in("p1"), want: "yes R7"},
		asked{who: asUser("bob", "dan"), what: authz.ProjectView, on: in("p1"), want: "yes R10"},
		asked{who: asRole("bob", "drummer"), what: events, on: in("p1"), want: "yes R7"},
		asked{who: asUser("bob", "dan"), what: budget, on: in("p1"), want: "no R10"},
	)
}

func TestOwnThingsOfAPreviewAreThePersonsOrTheViewersForARole(t *testing.T) {
	t.Parallel()
	p := compile(t, reading, member("p1", "dan", "sound_tech"), override("p1", "sound_tech", authz.Remove, "job:read@others"))
	wantAnswers(t, p,
		asked{who: asUser("sue", "dan"), what: "job:read", on: jobOf("dan"), want: "yes R12"},
		asked{who: asUser("sue", "dan"), what: "job:read", on: jobOf("sue"), want: "no R14"},
		asked{who: asUser("sue", "dan"), what: "job:read", on: jobOf(""), want: "no R14"},
		asked{who: asRole("sue", "sound_tech"), what: "job:read", on: jobOf("sue"), want: "yes R12"},
		asked{who: asRole("sue", "sound_tech"), what: "job:read", on: jobOf("dan"), want: "no R14"},
		// Whose a thing is differs between the two, so the viewer needs the right on own and others'.
		asked{who: asUser("dan", "dan"), what: "job:read", on: jobOf("dan"), want: "no R5"},
		asked{who: asUser("dan", "sue"), what: "job:read", on: jobOf("dan"), want: "no R5"},
	)
}

func TestARoleIsPreviewedAsHeldAloneInTheProject(t *testing.T) {
	t.Parallel()
	p := compile(t, reading, member("p1", "sue", "owner"), override("p2", "drummer", authz.Allow, budget),
		override("p3", "drummer", authz.Deny, authz.ProjectView))
	wantAnswers(t, p,
		asked{who: asRole("sue", "drummer"), what: events, on: in("p1"), want: "yes R12"},
		asked{who: asRole("sue", "drummer"), what: budget, on: in("p1"), want: "no R14"},
		asked{who: asRole("sue", "drummer"), what: budget, on: in("p2"), want: "yes R12"},
		asked{who: asRole("sue", "drummer"), what: events, on: in("p3"), want: "no R10"},
		asked{who: asRole("sue", "drummer"), what: authz.ProjectView, on: in("p1"), want: "yes R10"},
		asked{who: asRole("sue", "drummer"), what: events, on: in("p9"), want: "no R14"},
		asked{who: asRole("sue", "drummer"), what: "user:read", on: authz.Resource{Owner: "sue"}, want: "yes R13"}, // signed in
		asked{who: asRole("sue", "drummer"), what: "user:read", on: authz.Resource{Owner: "dan"}, want: "no R14"},
		asked{who: asRole("bob", "drummer"), what: events, on: in("p1"), want: "no R5"},
		asked{who: asRole("sue", "reader"), what: "collection:read", on: privately("dan", "c1"), want: "no R14"},
	)
}

func TestASiteRoleIsPreviewedToo(t *testing.T) {
	t.Parallel()
	p := compile(t, reading, func(src *authz.Source) {
		src.SiteOverrides = []authz.Override{{Role: "staff", Pattern: events, Effect: authz.Deny}}
		src.Roles = append(src.Roles, authz.Role{Name: "anonymous"}) // a project role goes first
	})
	wantAnswers(t, p,
		asked{who: asRole("sue", "staff"), what: "collection:read", on: in("p1"), want: "yes R13"},
		asked{who: asRole("sue", "staff"), what: events, on: in("p1"), want: "no R9"},
		asked{who: asRole("sue", "staff"), what: "collection:update", on: in("p1"), want: "no R5"},
		asked{who: asRole("sue", "staff"), what: authz.ProjectView, on: in("p1"), want: "no R14"},
		asked{who: asRole("sue", "signed_in"), what: "user:read", on: authz.Resource{Owner: "sue"}, want: "yes R13"},
		asked{who: asRole("sue", "anonymous"), what: authz.ProjectView, on: in("p1"), want: "yes R10"},
	)
}

func TestAPreviewOfNobodyIsNoPreview(t *testing.T) {
	t.Parallel()
	both := asUser("sue", "dan")
	both.Preview.Role = "drummer"
	p := compile(t, reading, disabled("bob"))
	wantAnswers(t, p,
		asked{who: asUser("sue", ""), what: events, on: in("p1"), want: "no R1"},
		asked{who: both, what: events, on: in("p1"), want: "no R1"},
		asked{who: asUser("sue", "nobody"), what: events, on: in("p1"), want: "no R1"},
		asked{who: asUser("sue", "bob"), what: events, on: in("p1"), want: "no R1"},
		asked{who: asUser("bob", "sue"), what: events, on: in("p1"), want: "no R1"},
		asked{who: asUser("nobody", "sue"), what: events, on: in("p1"), want: "no R1"},
		asked{who: asRole("bob", "no such role"), what: events, on: in("p1"), want: "no R1"},
		asked{who: asRole("sue", "no such role"), what: events, on: in("p1"), want: "no R2"},
		asked{who: asUser("sue", "bob"), what: "job.cancel", on: jobOf("dan"), want: "401"},
	)
	if d := p.Can(asRole("sue", "no such role"), "job.cancel", jobOf("dan"), 0); d.Rule != 2 || d.Permission != "job.cancel" {
		t.Errorf("an unknown role: %+v", d)
	}
}

func TestTheViewersKeyNarrowsAPreview(t *testing.T) {
	t.Parallel()
	p := compile(t, reading, member("p1", "dan", "drummer"), public("p2", events))
	limited := asUser("sue", "dan")
	limited.Caps = &authz.Caps{Scopes: []string{"job:read"}}
	wantAnswers(t, p,
		asked{who: limited, what: events, on: in("p1"), want: "no R5"},
		asked{who: limited, what: events, on: in("p2"), want: "yes R7"},
		asked{who: limited, what: "job:read", on: in("p1"), want: "no R14"},
	)
	limited.Caps.Scopes = []string{events}
	wantAnswers(t, p, asked{who: limited, what: events, on: in("p1"), want: "yes R12"})
}

func TestAPreviewAsksForWhatIsRequiredOnBothSides(t *testing.T) {
	t.Parallel()
	p := compile(t, reading, member("p1", "dan", "owner"), entry("p1", "dan", authz.Deny, "collection:read"),
		member("p1", "eve", "owner"))
	wantAnswers(t, p,
		asked{who: asUser("eve", "dan"), what: "file:read", on: in("p1"), want: "no R15"},
		asked{who: asUser("dan", "eve"), what: "file:read", on: in("p1"), want: "no R5"},
		asked{who: asUser("sue", "eve"), what: "file:read", on: in("p1"), want: "yes R12"},
	)
}

func TestAPreviewNeverAdds(t *testing.T) {
	t.Parallel()
	p := compile(t, reading, member("p1", "ada", "owner"), member("p1", "pam", "reader", "drummer"), member("p2", "dan", "owner"),
		public("p2", events), entry("p1", "pam", authz.Deny, budget),
		members("p3", authz.Member{User: "bob", Role: "reader", Collection: "c1"}))
	for _, viewer := range []string{"ada", "bob", "dan", "pam", "sue"} {
		for _, target := range []authz.Subject{asUser(viewer, "ada"), asUser(viewer, "sue"), asUser(viewer, "bob"), asRole(viewer, "owner"), asRole(viewer, "staff")} {
			for _, what := range p.Names("") {
				for _, r := range thingsEverywhere() {
					d := p.Check(target, what, r, 0)
					if d.Allowed && !p.Check(person(viewer), what, r, 0).Allowed {
						t.Fatalf("%+v may %s on %+v by R%d, the viewer may not", target, what, r, d.Rule)
					}
				}
			}
		}
	}
}

func TestAPreviewsRefusalsReadAsTheTargetWouldReadThem(t *testing.T) {
	t.Parallel()
	p := compile(t, reading, func(src *authz.Source) { declaration(src, "job:cancel").Reads = true }, // so that only cells matter
		member("p1", "dan", "sound_tech"), member("p1", "ada", "owner"))
	for _, c := range []struct {
		who  authz.Subject
		on   authz.Resource
		want authz.Decision
	}{
		{asUser("ada", "dan"), jobOf("dan"), authz.Decision{Allowed: true, Rule: 12, Permission: "job:cancel"}},
		{asUser("ada", "dan"), jobOf("ada"), authz.Decision{Rule: 14, Permission: "job:cancel", OwnOnly: true}},
		{asRole("ada", "sound_tech"), jobOf("dan"), authz.Decision{Rule: 14, Permission: "job:cancel", OwnOnly: true}},
		{asUser("ada", "eve"), jobOf("ada"), authz.Decision{Rule: 14, Permission: "job:cancel", ProjectHidden: true, ThingHidden: true}},
		{asUser("eve", "dan"), jobOf("dan"), authz.Decision{Rule: 5, Permission: "job:cancel", ProjectHidden: true, ThingHidden: true}},
	} {
		c.on.Run = ""
		if diff := cmp.Diff(c.want, p.Can(c.who, "job.cancel", c.on, 0)); diff != "" {
			t.Errorf("%+v on %+v: -want +got\n%s", c.who, c.on, diff)
		}
	}
}

func TestAPreviewsListIsWhatItsChecksAllow(t *testing.T) {
	t.Parallel()
	p := compile(t, reading, member("p1", "dan", "reader"), public("p2", "collection:read"), member("p3", "ada", "owner"),
		members("p3", authz.Member{User: "dan", Role: "reader", Collection: "c1"}),
		members("p1", authz.Member{User: "ada", Role: "reader", Collection: "c2"}))
	for _, who := range []authz.Subject{
		asUser("sue", "dan"), asUser("ada", "dan"), asUser("dan", "ada"), asUser("sue", "nobody"),
		asRole("sue", "reader"), asRole("ada", "owner"), asRole("sue", "staff"), asRole("dan", "no such role"),
	} {
		for _, what := range []string{"collection:read", "file:read", authz.ProjectView, "job:create", "user:read"} {
			listIsFilter(t, p, who, what)
		}
	}
}

func listIsFilter(t *testing.T, p *authz.Policy, who authz.Subject, what string) {
	t.Helper()
	scope := p.Scope(who, what, 0)
	for _, r := range append(thingsEverywhere(), authz.Resource{Project: "p1", Owner: "sue"}) {
		if check := p.Check(who, what, r, 0).Allowed; scope.Has(r) != check {
			t.Errorf("%s as %+v %s %+v: listed %v, checked %v", who.ID, *who.Preview, what, r, scope.Has(r), check)
		}
	}
}

func TestAPreviewOfABuiltInRoleIsOfAnyAccount(t *testing.T) {
	t.Parallel()
	p := compile(t, reading, func(src *authz.Source) {
		src.SiteRoles = append(src.SiteRoles, authz.Role{Name: "anonymous", Allow: []string{"job:*"}})
	})
	wantAnswers(t, p,
		asked{who: asRole("sue", "anonymous"), what: "job:read", on: in("p1"), want: "no R14"},
		asked{who: asRole("sue", "signed_in"), what: "job:read", on: in("p1"), want: "no R14"},
	)
}

func TestAPreviewChangesNothing(t *testing.T) {
	t.Parallel()
	p := compile(t, func(src *authz.Source) {
		src.Catalog.Operations = append(src.Catalog.Operations,
			authz.Operation{Name: "session.delete", Audit: authz.AuditChange}, authz.Operation{Name: "policy.mend", ChangesPolicy: true}, authz.Operation{Name: "me.read"})
	})
	for operation, want := range map[string]bool{"session.delete": false, "policy.mend": false, "me.read": true} {
		for _, who := range []authz.Subject{asUser("sue", "dan"), asRole("sue", "drummer")} {
			if d := p.Can(who, operation, authz.Resource{}, 0); d.Allowed != want || !want && d.Rule != 5 {
				t.Errorf("%s as %+v: %+v", operation, *who.Preview, d)
			}
		}
		if d := p.Can(person("sue"), operation, authz.Resource{}, 0); !d.Allowed {
			t.Errorf("%s without a preview: %+v", operation, d)
		}
	}
}
