package identity_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/testkit"
)

func TestARotatedKeyIsTheSameKeyWithAnotherSecret(t *testing.T) {
	programs(t, func(w *world, other *identity.Service) {
		ada := w.person("ada")
		before, asker := w.key(ada, identity.NewKey{Scopes: []string{"job:read"}})
		wantKey(w, before.Secret, true, w.Service, other)
		after, err := w.RotateKey(w.Context(), ada, before.ID, 0)
		w.must(err)
		wantKey(w, before.Secret, false, w.Service, other)
		wantKey(w, after.Secret, true, w.Service, other)
		again, err := other.AuthenticateKey(w.Context(), after.Secret)
		w.must(err)
		if diff := cmp.Diff(asker, again); diff != "" {
			w.Errorf("who asks (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(before, after, cmpopts.IgnoreFields(remit.APIKey{}, "Secret", "Hint", "RotatedAt")); diff != "" || after.Secret == before.Secret {
			w.Errorf("the key (-before +after):\n%s", diff)
		}
		w.must(w.db.Read(w.Context(), func(r db.Reader) error { // its jobs go on (R26)
			_, err := identity.SubjectOf(r, w.clock.Now(), remit.UserID(ada.ID), before.ID)
			return err
		}))
	})
}

func TestTheSecretBeforeWorksUntilItsGraceEnds(t *testing.T) {
	programs(t, func(w *world, other *identity.Service) {
		ada := w.person("ada")
		first, _ := w.key(ada, identity.NewKey{})
		second, err := w.RotateKey(w.Context(), ada, first.ID, time.Hour)
		w.must(err)
		if until := w.clock.Now().Add(time.Hour); second.OldUntil == nil || !second.OldUntil.Equal(until) {
			w.Errorf("old until %v, want %s", second.OldUntil, until)
		}
		w.clock.Advance(time.Hour - time.Microsecond)
		wantKey(w, first.Secret, true, w.Service, other)
		wantKey(w, second.Secret, true, w.Service, other)
		w.clock.Advance(time.Microsecond)
		wantKey(w, first.Secret, false, w.Service, other)
		wantKey(w, second.Secret, true, w.Service, other)

		third, err := w.RotateKey(w.Context(), ada, first.ID, time.Hour)
		w.must(err)
		fourth, err := w.RotateKey(w.Context(), ada, first.ID, time.Hour) // ends the grace of the second
		w.must(err)
		wantKey(w, second.Secret, false, w.Service, other)
		wantKey(w, third.Secret, true, w.Service, other)
		w.must(w.DeleteKey(w.Context(), ada, first.ID))
		for _, k := range []remit.APIKey{first, second, third, fourth} {
			wantKey(w, k.Secret, false, w.Service, other)
		}
	})
}

func TestOnlyTheOwnerRotatesAKeyAndAKeyOnlyWithinItsCaps(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		root, ada, bob := w.superuser("root"), w.person("ada"), w.person("bob")
		wide, whole := w.key(ada, identity.NewKey{})
		narrow, within := w.key(ada, identity.NewKey{Scopes: []string{"key:*"}})
		_, reads := w.key(ada, identity.NewKey{Scopes: []string{"key:read"}})
		rotate := func(who authz.Subject, id remit.KeyID, grace time.Duration) error {
			_, err := w.RotateKey(t.Context(), who, id, grace)
			return err
		}
		if e := wantKind(t, rotate(root, wide.ID, 0), remit.Denied); e.Decision.Rule != 24 {
			t.Errorf("refused by R%d, want R24", e.Decision.Rule)
		}
		wantKind(t, rotate(bob, wide.ID, 0), remit.Denied)
		wantKind(t, rotate(authz.Subject{}, wide.ID, 0), remit.NotFound)
		wantKind(t, rotate(within, wide.ID, 0), remit.Denied) // it would have all of the wider one
		wantKind(t, rotate(reads, narrow.ID, 0), remit.Denied)
		w.must(rotate(within, narrow.ID, 0))
		w.must(rotate(whole, narrow.ID, identity.MaxGrace))
		wantKind(t, rotate(ada, wide.ID, identity.MaxGrace+1), remit.Invalid)
		wantKind(t, rotate(ada, wide.ID, -1), remit.Invalid)
		wantSame(t, rotate(ada, "rubbish", 0), rotate(ada, remit.NewID[remit.KeyID](w.clock.Now()), 0))
		w.must(w.DeleteKey(t.Context(), ada, wide.ID))
		wantKind(t, rotate(ada, wide.ID, 0), remit.NotFound)
		soon := w.clock.Now().Add(time.Minute)
		ends, _ := w.key(ada, identity.NewKey{ExpiresAt: &soon})
		k, err := w.RotateKey(t.Context(), ada, ends.ID, time.Hour)
		w.must(err)
		if !k.OldUntil.Equal(soon) {
			t.Errorf("the old secret would outlive the key: until %s", k.OldUntil)
		}
		w.clock.Advance(time.Minute)
		wantKind(t, rotate(ada, ends.ID, 0), remit.Conflict)
	})
}
