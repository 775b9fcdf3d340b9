package identity_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/testkit"
)

func TestASessionIsItsAccountUntilItEnds(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada := w.person("ada")
		secret, session, err := w.Login(t.Context(), "ada", password)
		w.must(err)
		want := remit.Session{ID: session.ID, User: "ada", CreatedAt: w.clock.Now(), ExpiresAt: w.clock.Now().Add(time.Hour), Permissions: []string{}}
		if diff := cmp.Diff(want, session); diff != "" {
			t.Errorf("session (-want +got):\n%s", diff)
		}
		w.clock.Advance(time.Hour - time.Microsecond)
		got, err := w.AuthenticateSession(t.Context(), secret)
		w.must(err)
		if diff := cmp.Diff(ada, got); diff != "" {
			t.Errorf("subject (-want +got):\n%s", diff)
		}
		w.clock.Advance(time.Microsecond)
		_, err = w.AuthenticateSession(t.Context(), secret)
		wantKind(t, err, remit.Unauthenticated)
	})
}

func TestAFailedLoginTellsNothing(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.person("ada")
		w.person("gone")
		w.disable("gone")
		_, _, wrong := w.Login(t.Context(), "ada", "wrong horse")
		wantKind(t, wrong, remit.Unauthenticated)
		for name, tried := range map[string]string{"nobody": password, "gone": password, "no\x00body": password, "": "", "me": password} {
			secret, _, err := w.Login(t.Context(), name, tried)
			wantSame(t, wrong, err)
			if secret != "" {
				t.Errorf("login as %q returned a secret", name)
			}
		}
	})
}

func TestLogoutEndsOneSessionAndMayBeRepeated(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.person("ada")
		here, elsewhere := w.login("ada"), w.login("ada")
		for range 2 {
			w.must(w.Logout(t.Context(), here))
		}
		w.must(w.Logout(t.Context(), "rubbish"))
		_, err := w.AuthenticateSession(t.Context(), here)
		wantKind(t, err, remit.Unauthenticated)
		_, err = w.AuthenticateSession(t.Context(), elsewhere)
		w.must(err)
	})
}

func TestEndedSessionsAreClearedByTheNextLogin(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.person("ada")
		w.login("ada")
		w.login("ada")
		w.clock.Advance(2 * time.Hour)
		w.login("ada")
		w.must(d.Read(t.Context(), func(r db.Reader) error {
			n, err := db.One(r, db.Value[int], `SELECT COUNT(*) FROM sessions`)
			if n != 1 {
				t.Errorf("%d sessions stored, want 1", n)
			}
			return err
		}))
	})
}

func TestSecretsOfOneKindOpenNothingOfAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	ada := w.person("ada")
	key, _ := w.key(ada, identity.NewKey{})
	_, err := w.AuthenticateSession(t.Context(), key.Secret)
	wantKind(t, err, remit.Unauthenticated)
	_, err = w.AuthenticateKey(t.Context(), w.login("ada"))
	wantKind(t, err, remit.Unauthenticated)
}

func TestASessionMayDoWhatItsAccountMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	w.superuser("root")
	who, err := w.AuthenticateSession(t.Context(), w.login("root"))
	w.must(err)
	if who.Caps != nil || who.Kind != authz.Person {
		t.Errorf("got %+v, want an uncapped person", who)
	}
	_, err = w.Create(t.Context(), who, identity.NewUser{Name: "ada", Password: password})
	w.must(err)
}
