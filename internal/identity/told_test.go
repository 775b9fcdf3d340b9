package identity_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// R25: what an identity provider takes away stays away, and superusers are told
// of every project that nobody manages any more.
func TestSuperusersAreToldWhatAnIdentityProviderLeftUnmanaged(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rooms := w.teams("keepers")
		w.OnSync(projects.KeepSynced)
		root, other, gone, bob := w.superuser("root"), w.superuser("other"), w.superuser("gone"), w.person("bob")
		w.disable("gone")
		for _, slug := range []string{"bees", "ants"} {
			_, err := rooms.Create(t.Context(), setup, projects.NewProject{Slug: slug})
			w.must(err)
		}
		_, err := rooms.AddMember(t.Context(), setup, "bees", projects.NewMember{Team: "keepers", Roles: []string{"owner"}})
		w.must(err)
		_, err = rooms.AddMember(t.Context(), setup, "ants", projects.NewMember{Team: "keepers", Roles: []string{"owner"}})
		w.must(err)
		_, err = rooms.AddMember(t.Context(), setup, "ants", projects.NewMember{User: "bob", Roles: []string{"owner"}}) // who is left
		w.must(err)
		rules := identity.ExternalRules{Create: true, Teams: map[string]string{"k": "keepers"}}
		ada, err := w.external(identity.External{Subject: "1", Name: "ada", Groups: []string{"k"}}, rules)
		w.must(err)
		_, err = w.external(identity.External{Subject: "1", Name: "ada"}, rules)
		w.must(err)

		told := func(who authz.Subject) []remit.Notice {
			t.Helper()
			page, err := rooms.Notices(t.Context(), who, true, 0, "")
			w.must(err)
			n, err := rooms.Unread(t.Context(), who)
			w.must(err)
			if n != len(page.Items) {
				t.Errorf("%s: %d unread, %d listed", who.Name, n, len(page.Items))
			}
			return page.Items
		}
		const why = "nobody can give access from 2026-03-01T12:00:00Z on: ada signed in by an identity provider; teams: -keepers"
		want := []remit.Notice{{Project: "bees", What: "unmanaged", Why: why}, {Project: "moths", What: "unmanaged", Why: why}}
		sorted := cmp.Options{cmpopts.IgnoreFields(remit.Notice{}, "ID", "CreatedAt"), cmpopts.EquateEmpty(),
			cmpopts.SortSlices(func(a, b remit.Notice) bool { return a.Project < b.Project })}
		for _, who := range []authz.Subject{root, other} {
			if diff := cmp.Diff(want, told(who), sorted); diff != "" {
				t.Errorf("%s is told (-want +got):\n%s", who.Name, diff)
			}
		}
		_, err = w.Update(t.Context(), setup, "gone", identity.UserPatch{Disabled: new(false)})
		w.must(err)
		narrow := root
		narrow.Caps = &authz.Caps{Scopes: []string{"job:read"}}
		for _, who := range []authz.Subject{ada, bob, gone, narrow} {
			if diff := cmp.Diff([]remit.Notice{}, told(who), sorted); diff != "" {
				t.Errorf("%s is told (-want +got):\n%s", who.Name, diff)
			}
		}
		w.must(rooms.ReadNotices(t.Context(), root, nil))
		if len(told(root)) != 0 || len(told(other)) != 2 {
			t.Error("reading one's own notices reads others', or none")
		}
		w.must(d.Write(t.Context(), db.Exclusive, func(tx *db.Tx) error { // no service takes a superuser's place away
			_, err := tx.Exec(`UPDATE users SET superuser = FALSE WHERE name = 'other'`)
			return err
		}))
		_, err = gate.Do(t.Context(), w.gate, setup, gate.Op[int]{Name: "user.update", Apply: func(tx *gate.Tx) (int, error) {
			tx.Changed(gate.Users)
			return 0, nil
		}})
		w.must(err)
		if left := told(other); len(left) != 0 {
			t.Errorf("who is no superuser any more is told of %v", left)
		}
	})
}
