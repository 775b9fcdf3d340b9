package identity_test

import (
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

const other = "battery staple"

// change sets a password to other; of one's own it gives the old one.
func (w *world) change(who authz.Subject, name string) error {
	return w.SetPassword(w.Context(), who, name, identity.PasswordChange{Old: password, New: other})
}

func TestAPasswordIsChangedByItsAccountWithTheOldOne(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada := w.person("ada")
		err := w.SetPassword(t.Context(), ada, "ada", identity.PasswordChange{Old: "wrong horse", New: other})
		if e := wantKind(t, err, remit.Denied); e.Code != "wrong_password" {
			t.Errorf("code %q, want wrong_password", e.Code)
		}
		w.must(w.change(ada, "ada"))
		_, _, err = w.Login(t.Context(), "ada", password)
		wantKind(t, err, remit.Unauthenticated)
		_, _, err = w.Login(t.Context(), "ada", other)
		w.must(err)
	})
}

func TestANewPasswordEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada, root := w.person("ada"), w.superuser("root")
		w.person("bob")
		here, there, bobs := w.login("ada"), w.login("ada"), w.login("bob")
		ctx := identity.WithCall(t.Context(), identity.Call{Session: here})
		w.must(w.SetPassword(ctx, ada, "ada", identity.PasswordChange{Old: password, New: other}))
		live := func(secret string, want bool) {
			t.Helper()
			if _, err := w.AuthenticateSession(t.Context(), secret); (err == nil) != want {
				t.Errorf("the session lives: %t, want %t", err == nil, want)
			}
		}
		live(here, true)
		live(there, false)
		live(bobs, true)
		w.must(w.change(root, "ada"))
		live(here, false)
		live(bobs, true)
	})
}

func TestGuessingTheOldPasswordIsLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	ada := w.person("ada")
	for range 10 {
		err := w.SetPassword(t.Context(), ada, "ada", identity.PasswordChange{Old: "wrong horse", New: other})
		wantKind(t, err, remit.Denied)
	}
	wantKind(t, w.change(ada, "ada"), remit.Limited)
}

func TestAPasswordOfOthersTakesTheRightAndAllThatTheyHold(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		roles := projects.New(w.gate, projects.Options{})
		desk, root, ada := w.person("desk"), w.superuser("root"), w.person("ada")
		w.person("owner")
		w.person("later")
		_, byKey := w.key(root, identity.NewKey{Scopes: []string{"user:*"}})
		_, err := roles.Create(t.Context(), setup, projects.NewProject{Slug: "moths"})
		w.must(err)
		w.must(roles.PutRole(t.Context(), setup, remit.Role{Name: "owner", Allow: []string{"*"}}))
		noon := w.clock.Now().Add(time.Hour)
		_, err = roles.AddMember(t.Context(), setup, "moths", projects.NewMember{User: "owner", Roles: []string{"owner"}})
		w.must(err)
		_, err = roles.AddMember(t.Context(), setup, "moths", projects.NewMember{User: "later", Roles: []string{"owner"}, From: &noon})
		w.must(err)

		wantKind(t, w.change(desk, "ada"), remit.Denied) // of their own only
		wantSame(t, w.change(desk, "ada"), w.change(desk, "nobody"))
		w.must(roles.PutRole(t.Context(), setup, remit.Role{Name: "signed_in", Site: true, Allow: append(ordinary, "user:read", "user:password")}))
		w.must(w.change(desk, "ada"))
		wantKind(t, w.change(desk, "nobody"), remit.NotFound)
		for _, name := range []string{"root", "owner", "later"} {
			if e := wantKind(t, w.change(desk, name), remit.Denied); e.Decision.Rule != 24 || strings.Contains(e.Hint, "job:") {
				t.Errorf("%s: %+v", name, e)
			}
		}
		w.disable("later")
		wantKind(t, w.change(desk, "later"), remit.Denied)
		wantKind(t, w.change(byKey, "ada"), remit.Denied)
		w.must(w.change(root, "owner"))
		_ = ada
	})
}

func TestPasswordsThatEverybodyTriesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	w.person("margarethe")
	for password, good := range map[string]bool{
		"Tr0ub4dor&3": false, "aaaaaaaaaaaa": false, "abababababab": false, "123456789012": false, "abcdefghijklm": false,
		"Password1234!": false, "P@ssw0rd2026": false, "margarethe12": false, "Margarethe-2026": false, "qwertyuiop12": false,
		"passwordpassword": false, "adminadmin123": false, "letmein12345": false, "remit-remit-remit": false,
		"correct horse": true, "margarethe likes tea": true, "ein Brot im Ofen": true, "k7q2m9x4w1zp": true, "pässwörter sind doof": true,
	} {
		err := w.SetPassword(t.Context(), setup, "margarethe", identity.PasswordChange{New: password})
		if (err == nil) != good {
			t.Errorf("%q is taken: %t (%v), want %t", password, err == nil, err, good)
		}
		if !good && wantKind(t, err, remit.Invalid).Field != "password" {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func TestAPasswordIsHashedAnewWhenItsCostHasChanged(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.person("ada")
		dearer := identity.New(w.gate, identity.Options{Password: identity.Cost{MemoryKiB: 128, Passes: 1, Threads: 1}})
		stored := func() (hash string) {
			w.must(d.Read(t.Context(), func(r db.Reader) (err error) {
				hash, err = db.One(r, db.Value[string], `SELECT password_hash FROM users WHERE name = 'ada'`)
				return err
			}))
			return hash
		}
		for _, step := range []struct {
			people *identity.Service
			cost   string
			work   int
		}{{w.Service, "m=64", 1}, {dearer, "m=128", 2}, {dearer, "m=128", 1}} {
			before := step.people.Hashed()
			_, _, err := step.people.Login(t.Context(), "ada", password)
			w.must(err)
			if done := step.people.Hashed() - before; done != step.work || !strings.Contains(stored(), step.cost) {
				t.Errorf("%d hashes, stored %q; want %d and %s", done, stored(), step.work, step.cost)
			}
		}
	})
}

// What takes time is the hash: whoever is asked for, there is exactly one.
func TestAFailedLoginComputesOneHashWhoeverItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	w.person("ada")
	w.person("gone")
	w.disable("gone")
	_, _, err := w.LoginExternal(t.Context(), identity.External{Issuer: "https://id.example.org", Subject: "1", Name: "eve"}, identity.ExternalRules{Create: true})
	w.must(err)
	for _, name := range []string{"ada", "nobody", "gone", "eve", "no name at all", "me", ""} {
		before := w.Hashed()
		_, _, err := w.Login(t.Context(), name, "wrong horse")
		wantKind(t, err, remit.Unauthenticated)
		if n := w.Hashed() - before; n != 1 {
			t.Errorf("%q: %d hashes, want 1", name, n)
		}
	}
}
