package identity_test

import (
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// desk is a world with the project "moths" and people who may set passwords.
func desk(t *testing.T, d *db.DB) (*world, *projects.Service) {
	t.Helper()
	w := newWorld(t, d, "user:read", "user:password")
	roles := projects.New(w.gate, projects.Options{})
	_, err := roles.Create(t.Context(), setup, projects.NewProject{Slug: "moths"})
	w.must(err)
	w.must(roles.PutRole(t.Context(), setup, remit.Role{Name: "reader", Allow: []string{"job:read", "file:read"}}))
	return w, roles
}

// Whose rights end earlier, begin later or have a hole would keep the account.
func TestNobodyBecomesWhoHoldsTheSameForLonger(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, roles := desk(t, d)
		w.person("ada")
		noon, night := w.clock.Now().Add(time.Hour), w.clock.Now().Add(12*time.Hour)
		join := func(m projects.NewMember) authz.Subject {
			t.Helper()
			who := w.person(m.User)
			m.Roles = []string{"reader"}
			_, err := roles.AddMember(t.Context(), setup, "moths", m)
			w.must(err)
			return who
		}
		_, err := roles.AddMember(t.Context(), setup, "moths", projects.NewMember{User: "ada", Roles: []string{"reader"}})
		w.must(err)
		until, barred, same := join(projects.NewMember{User: "until", Until: &noon}), join(projects.NewMember{User: "barred"}), join(projects.NewMember{User: "same"})
		in := remit.NewID[remit.CollectionID](w.clock.Now())
		apart := join(projects.NewMember{User: "apart"})
		for _, e := range []remit.Entry{{User: "barred", Permission: "job:read", Effect: "deny", From: &noon, Until: &night},
			{User: "apart", Permission: "file:read", Effect: "deny", Collection: in}} {
			_, err := roles.AddEntry(t.Context(), setup, "moths", e)
			w.must(err)
		}
		for _, who := range []authz.Subject{until, barred, apart} {
			if e := wantKind(t, w.change(who, "ada"), remit.Denied); e.Decision.Rule != 24 {
				t.Errorf("%s: by rule %d", who.Name, e.Decision.Rule)
			}
		}
		w.must(w.change(same, "ada"))
	})
}

// Deleting takes all that an account holds, and all that waits for it.
func TestNobodyDeletesWhoHoldsMore(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, "user:read", "user:update", "user:delete")
		roles := projects.New(w.gate, projects.Options{})
		_, err := roles.Create(t.Context(), setup, projects.NewProject{Slug: "moths"})
		w.must(err)
		w.must(roles.PutRole(t.Context(), setup, remit.Role{Name: "reader", Allow: []string{"job:read"}}))
		clerk := w.person("clerk")
		w.person("ada")
		w.person("bob")
		m, err := roles.AddMember(t.Context(), setup, "moths", projects.NewMember{User: "ada", Roles: []string{"reader"}})
		w.must(err)
		end := func() error {
			_, err := w.Delete(t.Context(), clerk, "ada", "bob")
			return err
		}
		wantKind(t, end(), remit.Denied)
		_, err = w.Update(t.Context(), clerk, "ada", identity.UserPatch{Disabled: new(true)})
		w.must(err)
		wantKind(t, end(), remit.Denied)
		w.must(roles.RemoveMember(t.Context(), setup, "moths", m.ID))
		w.must(end())
	})
}

func TestSuperusersAreCalledWhatSuperusersSay(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, "user:read", "user:update")
		clerk := w.person("clerk")
		root, err := w.Create(t.Context(), setup, identity.NewUser{Name: "root", Password: "correct horse", Superuser: true})
		w.must(err)
		patch := identity.UserPatch{Email: new("clerk@example.org")}
		_, err = w.Update(t.Context(), clerk, "root", patch)
		wantKind(t, err, remit.Denied)
		_, err = w.Update(t.Context(), authz.Subject{Kind: authz.Person, ID: string(root.ID), Name: "root"}, "root", patch)
		w.must(err)
	})
}

// A deleted project can come back, and with it what the account holds there.
func TestNobodyBecomesWhoHoldsMoreInADeletedProject(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, roles := desk(t, d)
		clerk := w.person("clerk")
		w.person("ada")
		_, err := roles.AddMember(t.Context(), setup, "moths", projects.NewMember{User: "ada", Roles: []string{"reader"}})
		w.must(err)
		gone, err := roles.Delete(t.Context(), setup, "moths")
		w.must(err)
		wantKind(t, w.change(clerk, "ada"), remit.Denied)
		w.clock.Advance(gone.RestoreUntil.Sub(w.clock.Now()))
		w.must(w.change(clerk, "ada"))
	})
}

func TestAKeyThatEndsMakesNobodyAnother(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, _ := desk(t, d)
		w.person("ada")
		tomorrow := w.clock.Now().Add(24 * time.Hour)
		root := w.superuser("root")
		w.superuser("second")
		for _, who := range []authz.Subject{w.person("peer"), root} {
			_, ending := w.key(who, identity.NewKey{ExpiresAt: &tomorrow})
			wantKind(t, w.change(ending, "ada"), remit.Denied)
			_, lasting := w.key(who, identity.NewKey{})
			w.must(w.change(lasting, "ada"))
		}
		_, ending := w.key(root, identity.NewKey{ExpiresAt: &tomorrow})
		wantKind(t, w.change(ending, "second"), remit.Denied)
		_, err := w.Create(t.Context(), ending, identity.NewUser{Name: "third", Password: password, Superuser: true})
		wantKind(t, err, remit.Denied)
		_, err = w.Update(t.Context(), ending, "second", identity.UserPatch{Disabled: new(true)})
		wantKind(t, err, remit.Denied)
	})
}
