package projects_test

import (
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

func TestAnOverrideHoldsInItsProjectOnly(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("here")
		w.project("there")
		dan, _ := w.member("here", "dan", "worker")
		w.member("there", "dan", "worker")
		w.override("here", "worker", "job:update", "allow")
		w.wantAllowed(dan, "job:update", "here", true)
		w.wantAllowed(dan, "job:update", "there", false)
		w.override("here", "worker", "job:update", "deny") // replaces
		w.wantAllowed(dan, "job:update", "here", false)
		w.override("here", "worker", "job:read", "remove")
		w.wantAllowed(dan, "job:read", "here", false)
		w.override("here", "worker", "job:read", "inherit")
		w.wantAllowed(dan, "job:read", "here", true)

		a, err := w.Access(w.Context(), setup, "here")
		w.must(err)
		wantEqual(w.T, a.Overrides, []remit.Override{{Role: "worker", Permission: "job:update", Effect: "deny"}})
	})
}

func TestAPersonalEntryStandsBeforeRoles(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, _ := w.member("moths", "olga", "owner")
		dan, _ := w.member("moths", "dan", "worker")
		noon := w.clock.Now().Add(time.Hour)
		e, err := w.AddEntry(w.Context(), olga, "moths", remit.Entry{User: "dan", Permission: "job:read@others", Effect: "deny", Until: &noon, Why: "holidays"})
		w.must(err)
		wantEqual(w.T, []string{e.By, e.Why}, []string{"olga", "holidays"})
		v := w.verdict(dan, "job:read", "moths")
		wantEqual(w.T, []bool{v.Allowed, v.Own, v.Others}, []bool{true, true, false})

		a, err := w.Access(w.Context(), olga, "moths")
		w.must(err)
		wantEqual(w.T, a.Entries, []remit.Entry{e})
		_, err = w.Access(w.Context(), dan, "moths")
		wantKind(w.T, err, remit.Denied)

		w.clock.Advance(time.Hour)
		wantEqual(w.T, w.verdict(dan, "job:read", "moths").Others, true)
		w.must(w.RemoveEntry(w.Context(), olga, "moths", e.ID))
		wantKind(w.T, w.RemoveEntry(w.Context(), olga, "moths", e.ID), remit.NotFound)
		wantKind(w.T, w.RemoveEntry(w.Context(), olga, "moths", "x\x00"), remit.NotFound)
	})
}

func TestAnEntryForOneCollectionCountsThereOnly(t *testing.T) {
	inWorlds(t, func(w *world) {
		p := w.project("moths")
		eve := w.person("eve")
		night := remit.NewID[remit.CollectionID](w.clock.Now())
		_, err := w.AddEntry(w.Context(), setup, "moths", remit.Entry{User: "eve", Permission: "collection:read", Effect: "allow", Collection: night})
		w.must(err)
		w.wantAllowed(eve, "collection:read", "moths", false)
		v, err := w.Check(w.Context(), eve, projects.Question{Permission: "collection:read", Project: "moths", On: thing(authz.Resource{
			Project: string(p.ID), Collection: string(night), Thing: string(night)})})
		w.must(err)
		wantEqual(w.T, v.Allowed, true)
	})
}

func thing(on authz.Resource) func(*gate.Reader) (authz.Resource, error) {
	return func(*gate.Reader) (authz.Resource, error) { return on, nil }
}

func TestTakingBackWhatCannotBeThereIsRefused(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		take := func(permission string) error {
			return w.SetOverride(w.Context(), setup, "moths", remit.Override{Role: "worker", Permission: permission, Effect: "inherit"})
		}
		w.must(take("job:read")) // nothing to take back is no mistake
		wantKind(w.T, take("job:raed"), remit.Invalid)
	})
}

func TestUnknownWordsAreRefusedWhenTheyAreWritten(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.person("dan")
		for permission, want := range map[string]string{
			"job:raed":       `unknown permission "job:raed", did you mean "job:read"?`,
			"xyzzy":          `unknown permission "xyzzy"`,
			"zebra:*":        `pattern "zebra:*" is of no thing that has permissions`,
			"job:run*":       `pattern "job:run*" is of no thing that has permissions`,
			"jo*":            `pattern "jo*" is of no thing that has permissions`,
			"job:read@mine":  `"job:read@mine" has a selector that is neither @own nor @others`,
			"job:create@own": `"job:create@own": job:create has no selectors; write job:create`,
			"user:read":      `user:read is a permission of the site; it cannot be given in a project`,
			"":               `unknown permission ""`,
		} {
			for _, write := range []func() error{
				func() error {
					return w.PutRole(w.Context(), setup, remit.Role{Name: "r", Allow: []string{"job:read", permission}})
				},
				func() error {
					return w.SetOverride(w.Context(), setup, "moths", remit.Override{Role: "worker", Permission: permission, Effect: "deny"})
				},
				func() error {
					_, err := w.AddEntry(w.Context(), setup, "moths", remit.Entry{User: "dan", Permission: permission, Effect: "deny"})
					return err
				},
			} {
				wantEqual(w.T, wantKind(w.T, write(), remit.Invalid).Message, want)
			}
		}
	})
}

func TestImpossibleOverridesAndEntriesAreRefused(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.person("dan")
		soon := w.clock.Now()
		for _, err := range []error{
			w.SetOverride(w.Context(), setup, "moths", remit.Override{Role: "worker", Permission: "job:read", Effect: "maybe"}),
			w.SetOverride(w.Context(), setup, "moths", remit.Override{Role: "nobody", Permission: "job:read", Effect: "deny"}),
			w.SetOverride(w.Context(), setup, "moths", remit.Override{Role: "signed_in", Permission: "job:read", Effect: "deny"}),
			w.SetOverride(w.Context(), setup, "moths", remit.Override{Role: "worker", Permission: "\x00", Effect: "inherit"}),
			addEntry(w, remit.Entry{User: "dan", Permission: "job:read", Effect: "remove"}),
			addEntry(w, remit.Entry{User: "nobody", Permission: "job:read", Effect: "allow"}),
			addEntry(w, remit.Entry{User: "dan", Permission: "job:read", Effect: "allow", Why: "\x00"}),
			addEntry(w, remit.Entry{User: "dan", Permission: "job:read", Effect: "allow", Collection: "x"}),
			addEntry(w, remit.Entry{User: "dan", Permission: "job:read", Effect: "allow", From: &soon, Until: &soon}),
		} {
			wantKind(w.T, err, remit.Invalid)
		}
	})
}

func addEntry(w *world, e remit.Entry) error {
	_, err := w.AddEntry(w.Context(), setup, "moths", e)
	return err
}

func TestRolesAreReplacedWhole(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		dan, _ := w.member("moths", "dan", "worker")
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "worker", Title: "Worker", Description: "Works", Allow: []string{"job:*"}}))
		w.wantAllowed(dan, "job:delete", "moths", true)
		roles, err := w.Roles(w.Context(), dan)
		w.must(err)
		wantEqual(w.T, roles[3], remit.Role{Name: "worker", Title: "Worker", Description: "Works", Allow: []string{"job:*"}})
		wantEqual(w.T, len(roles), 4)
		wantKind(w.T, w.PutRole(w.Context(), dan, remit.Role{Name: "worker"}), remit.Denied)
		_, err = w.Roles(w.Context(), stranger)
		wantKind(w.T, err, remit.Unauthenticated)
	})
}

func TestImpossibleRolesAreRefused(t *testing.T) {
	inWorlds(t, func(w *world) {
		for name, role := range map[string]remit.Role{
			"no name":                {},
			"a bad name":             {Name: "a b"},
			"a built-in in projects": {Name: "anonymous"},
			"a secret for everybody": {Name: "anonymous", Site: true, Allow: []string{"job:read"}},
			"a bad title":            {Name: "x", Title: "\xff"},
		} {
			if err := w.PutRole(w.Context(), setup, role); remit.KindOf(err) != remit.Invalid {
				w.Errorf("%s: got %v", name, err)
			}
		}
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "anonymous", Site: true, Allow: []string{"project:view", "file:*"}}))
		w.project("moths")
		_, err := w.Project(w.Context(), stranger, "moths")
		w.must(err)
	})
}
