package identity_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/testkit"
)

// from is a request from an address.
func from(ctx context.Context, address string) context.Context {
	return identity.WithCall(ctx, identity.Call{Address: address})
}

func TestGuessingThePasswordOfANameIsLimited(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.person("ada")
		w.person("bob")
		limited := func(name string) error {
			t.Helper()
			for i := range 10 {
				_, _, err := w.Login(from(t.Context(), fmt.Sprintf("192.0.2.%d", i)), name, "wrong horse")
				wantKind(t, err, remit.Unauthenticated)
			}
			_, _, err := w.Login(t.Context(), name, password) // the right one tells no more than others
			return wantKind(t, err, remit.Limited)
		}
		known := limited("ada")
		wantSame(t, known, limited("nobody"))
		wantSame(t, known, limited("no name at all"))
		w.login("bob")
		w.clock.Advance(3 * time.Second)
		for range 20 { // a right one is no guess
			w.login("ada")
		}
		_, _, err := w.Login(t.Context(), "ada", "wrong horse")
		wantKind(t, err, remit.Unauthenticated)
		_, _, err = w.Login(t.Context(), "ada", password)
		wantKind(t, err, remit.Limited)
	})
}

func TestGuessingFromOneAddressIsLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	w.person("ada")
	for i := range 60 {
		_, _, err := w.Login(from(t.Context(), fmt.Sprintf("2001:db8::%x", i)), fmt.Sprintf("name%d", i), "wrong horse")
		wantKind(t, err, remit.Unauthenticated)
	}
	for range 20 { // which uses up nothing of the name's own tries
		_, _, err := w.Login(from(t.Context(), "2001:db8::ffff"), "ada", password)
		wantKind(t, err, remit.Limited)
	}
	_, _, err := w.Login(from(t.Context(), "2001:db8:0:1::"), "ada", password)
	w.must(err)
	w.clock.Advance(time.Second)
	_, _, err = w.Login(from(t.Context(), "2001:db8::"), "ada", password)
	w.must(err)
}

func TestAnAccountIsDisabledByWhoeverIsSetForIt(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada := w.person("ada")
		refusal := remit.Errorf(remit.Conflict, "ada is needed")
		w.OnDisable(refuse(refusal))
		_, err := w.Update(t.Context(), setup, "ada", identity.UserPatch{Disabled: new(true)})
		wantSame(t, refusal, err)
		_, err = w.Update(t.Context(), setup, "ada", identity.UserPatch{Disabled: new(false), FullName: new("Ada")})
		w.must(err)
		_, err = w.User(t.Context(), ada, "ada") // nothing was stored by the first
		w.must(err)
	})
}

// refuse makes no change.
func refuse(err error) func(*gate.Tx, func() error) error {
	return func(*gate.Tx, func() error) error { return err }
}

func TestOnlyThoseWhoMaySetAPasswordWaitForItsHash(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)), "user:update@own")
	root, ada := w.superuser("root"), w.person("ada")
	w.person("bob")
	w.Busy()
	set := func(who authz.Subject, name string) error {
		return w.SetPassword(t.Context(), who, name, identity.PasswordChange{Old: password, New: "battery staple"})
	}
	_, err := w.Create(t.Context(), ada, identity.NewUser{Name: "eve", Password: password})
	wantKind(t, err, remit.Denied)
	_, err = w.Create(t.Context(), authz.Subject{}, identity.NewUser{Name: "eve", Password: password})
	wantKind(t, err, remit.Unauthenticated)
	wantKind(t, set(ada, "bob"), remit.Denied)
	_, err = w.Create(t.Context(), root, identity.NewUser{Name: "eve", Password: password})
	wantKind(t, err, remit.Limited)
	wantKind(t, set(ada, "ada"), remit.Limited)
	_, _, err = w.Login(t.Context(), "ada", password)
	wantKind(t, err, remit.Limited)
	_, err = w.Update(t.Context(), root, "ada", identity.UserPatch{FullName: new("Ada")}) // nothing to hash
	w.must(err)
}
