package identity_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/testkit"
)

func TestAPatchChangesWhatItNamesAndKeepsTheRest(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.account(identity.NewUser{Name: "ada", FullName: "Ada", Email: "ada@example.org", Password: password})
		_, err := w.Update(t.Context(), setup, "ada", identity.UserPatch{FullName: new("Ada L.")})
		w.must(err)
		u, err := w.User(t.Context(), setup, "ada")
		w.must(err)
		if u.FullName != "Ada L." || u.Email != "ada@example.org" || u.Disabled {
			t.Errorf("got %+v", u)
		}
		w.login("ada")
	})
}

func TestADisabledAccountCanDoNothingAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada := w.person("ada")
		session := w.login("ada")
		key, byKey := w.key(ada, identity.NewKey{})
		w.disable("ada")
		for _, who := range []authz.Subject{ada, byKey} {
			_, err := w.User(t.Context(), who, "ada") // authenticated just before
			wantKind(t, err, remit.Unauthenticated)
		}
		_, err := w.AuthenticateKey(t.Context(), key.Secret)
		wantKind(t, err, remit.Unauthenticated)
		_, err = w.AuthenticateSession(t.Context(), session)
		wantKind(t, err, remit.Unauthenticated)
	})
}

func TestAnEnabledAccountHasItsKeysBackButNotItsSessions(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		session := func() string { w.person("ada"); return w.login("ada") }()
		ada, err := w.AuthenticateSession(t.Context(), session)
		w.must(err)
		key, _ := w.key(ada, identity.NewKey{})
		w.disable("ada")
		_, err = w.Update(t.Context(), setup, "ada", identity.UserPatch{Disabled: new(false)})
		w.must(err)
		_, err = w.AuthenticateKey(t.Context(), key.Secret)
		w.must(err)
		_, err = w.AuthenticateSession(t.Context(), session)
		wantKind(t, err, remit.Unauthenticated)
	})
}

func TestTheLastSuperuserStaysEnabled(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, "user:read", "user:update")
		root, clerk := w.superuser("root"), w.person("clerk")
		off := identity.UserPatch{Disabled: new(true)}
		_, err := w.Update(t.Context(), clerk, "root", off)
		wantKind(t, err, remit.Denied)
		_, err = w.Update(t.Context(), root, "root", off)
		if e := wantKind(t, err, remit.Conflict); e.Code != "last_superuser" {
			t.Errorf("code %q, want last_superuser", e.Code)
		}
		w.superuser("second")
		_, err = w.Update(t.Context(), root, "second", off)
		w.must(err)
		_, err = w.Update(t.Context(), root, "root", off) // a disabled one does not count
		wantKind(t, err, remit.Conflict)
		_, err = w.Update(t.Context(), clerk, "clerk", off)
		w.must(err)
	})
}
