package identity_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/testkit"
)

func (w *world) invite(name string) remit.Invitation {
	w.Helper()
	i, err := w.Invite(w.Context(), setup, identity.NewInvitation{Name: name, FullName: "Ada L.", Email: "ada@example.org"})
	w.must(err)
	return i
}

func TestAnInvitationMakesItsAccountOnce(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		i := w.invite("ada")
		secret, session, err := w.Accept(t.Context(), i.Secret, password)
		w.must(err)
		who, err := w.AuthenticateSession(t.Context(), secret)
		w.must(err)
		u, err := w.User(t.Context(), who, "ada")
		w.must(err)
		if session.User != "ada" || u.FullName != "Ada L." || u.Email != "ada@example.org" || u.Superuser {
			t.Errorf("session of %s, account %+v", session.User, u)
		}
		w.login("ada")
		_, _, err = w.Accept(t.Context(), i.Secret, password)
		wantKind(t, err, remit.NotFound)
		page, err := w.Invitations(t.Context(), setup, 0, "")
		w.must(err)
		if len(page.Items) != 0 {
			t.Errorf("still listed: %+v", page.Items)
		}
	})
}

func TestOneInvitationIsAcceptedOnceHoweverManyTry(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		i := w.invite("ada")
		var accepted atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if _, _, err := w.Accept(t.Context(), i.Secret, password); err == nil {
					accepted.Add(1)
				}
			})
		}
		all.Wait()
		if accepted.Load() != 1 {
			t.Errorf("accepted %d times", accepted.Load())
		}
	})
}

func TestEveryBadInvitationGetsTheSameAnswer(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		used, late, withdrawn := w.invite("ada"), w.invite("bob"), w.invite("eve")
		_, _, err := w.Accept(t.Context(), used.Secret, password)
		w.must(err)
		w.must(w.Withdraw(t.Context(), setup, withdrawn.ID))
		wantSame(t, w.Withdraw(t.Context(), setup, withdrawn.ID), w.Withdraw(t.Context(), setup, "rubbish"))
		w.clock.Advance(7*24*time.Hour - time.Microsecond)
		_, _, err = w.Accept(t.Context(), late.Secret, "too short")
		wantKind(t, err, remit.Invalid) // which does not use it up
		w.clock.Advance(time.Microsecond)
		unknown, _ := identity.NewSecret(identity.InvitePrefix)
		key, _ := identity.NewSecret(identity.KeyPrefix)
		_, _, first := w.Accept(t.Context(), "", password)
		wantKind(t, first, remit.NotFound)
		before := w.Hashed()
		for _, secret := range []string{used.Secret, late.Secret, withdrawn.Secret, unknown, key, late.Secret + "x", "remit_invite_\x00"} {
			_, _, err := w.Accept(t.Context(), secret, password)
			wantSame(t, first, err)
		}
		if w.Hashed() != before {
			t.Error("a bad invitation costs a hash")
		}
	})
}

func TestInvitingTakesTheRightToMakeAccounts(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		root, ada := w.superuser("root"), w.person("ada")
		_, narrow := w.key(root, identity.NewKey{Scopes: []string{"user:read"}})
		made := w.invite("new")
		for who, want := range map[*authz.Subject]remit.Kind{&ada: remit.Denied, &narrow: remit.Denied, {}: remit.Unauthenticated, {Kind: authz.Node, ID: "node_1", Site: true}: remit.Denied} {
			_, err := w.Invite(t.Context(), *who, identity.NewInvitation{Name: "eve"})
			wantKind(t, err, want)
			_, err = w.Invitations(t.Context(), *who, 0, "")
			wantKind(t, err, want)
			wantKind(t, w.Withdraw(t.Context(), *who, made.ID), want)
		}
		i, err := w.Invite(t.Context(), root, identity.NewInvitation{Name: "eve"})
		w.must(err)
		page, err := w.Invitations(t.Context(), root, 0, "")
		w.must(err)
		i.Secret, made.Secret = "", ""
		if diff := cmp.Diff(map[string]string{"eve": "root", "new": ""}, invitedBy(page.Items)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func invitedBy(all []remit.Invitation) map[string]string {
	by := map[string]string{}
	for _, i := range all {
		by[i.Name] = i.By + i.Secret
	}
	return by
}

func TestANameIsInvitedOnceAndOnlyWhenItIsFree(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.person("ada")
		w.invite("bob")
		try := func(name string) error {
			_, err := w.Invite(t.Context(), setup, identity.NewInvitation{Name: name})
			return err
		}
		wantKind(t, try("ada"), remit.Conflict)
		wantKind(t, try("bob"), remit.Conflict)
		wantKind(t, try("Bob"), remit.Invalid)
		w.clock.Advance(7 * 24 * time.Hour)
		w.must(try("bob"))
		i := w.invite("eve")
		w.person("eve") // in the meantime
		_, _, err := w.Accept(t.Context(), i.Secret, password)
		wantKind(t, err, remit.Conflict)
	})
}

func TestTryingInvitationsIsLimitedByAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	for i := range 61 {
		secret, _ := identity.NewSecret(identity.InvitePrefix)
		_, _, err := w.Accept(from(t.Context(), "192.0.2.1"), secret, fmt.Sprintf("correct horse %d", i))
		want := remit.NotFound
		if i == 60 {
			want = remit.Limited
		}
		wantKind(t, err, want)
	}
}
