package identity_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/testkit"
)

// subjectOf asks like a claim does, in a transaction of its own.
func (w *world) subjectOf(user string, key remit.KeyID) (who authz.Subject, err error) {
	w.Helper()
	readErr := w.db.Read(w.Context(), func(r db.Reader) error {
		who, err = identity.SubjectOf(r, w.clock.Now(), remit.UserID(user), key)
		return nil
	})
	w.must(readErr)
	return who, err
}

func TestARunnerIsWhoAskedWithTheCapsOfTheKeyUsed(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada := w.person("ada")
		key, byKey := w.key(ada, identity.NewKey{Scopes: []string{"job:*"}})
		for keyID, want := range map[remit.KeyID]authz.Subject{"": ada, key.ID: byKey} {
			got, err := w.subjectOf(ada.ID, keyID)
			w.must(err)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("through %q (-want +got):\n%s", keyID, diff)
			}
		}
	})
}

func TestARunnerWhoCanDoNothingAnyMoreIsToldWithTheReason(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada, bob, gone := w.person("ada"), w.person("bob"), w.person("gone")
		soon := w.clock.Now().Add(time.Minute)
		revoked, _ := w.key(ada, identity.NewKey{})
		w.must(w.DeleteKey(t.Context(), ada, revoked.ID))
		expired, _ := w.key(ada, identity.NewKey{ExpiresAt: &soon})
		bobs, _ := w.key(bob, identity.NewKey{})
		gones, _ := w.key(gone, identity.NewKey{})
		w.disable("gone")
		w.clock.Advance(time.Minute)
		for _, tc := range []struct {
			user   string
			key    remit.KeyID
			reason string
		}{
			{gone.ID, "", "disabled"}, {gone.ID, gones.ID, "disabled"}, {ada.ID, revoked.ID, "revoked"}, {ada.ID, expired.ID, "expired"},
			{ada.ID, bobs.ID, "no such"}, {ada.ID, "key_none", "no such"}, {"user_none", "", "no such"}, {"", "", "no such"},
		} {
			_, err := w.subjectOf(tc.user, tc.key)
			if e := wantKind(t, err, remit.Unauthenticated); !strings.Contains(e.Message, tc.reason) {
				t.Errorf("%s %s: %q, want a word on %q", tc.user, tc.key, e.Message, tc.reason)
			}
		}
	})
}

func TestNamesAndIDsLeadToEachOther(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		bob := w.person("bob")
		w.disable("bob") // what is past keeps its names
		w.must(d.Read(t.Context(), func(r db.Reader) error {
			id, err := identity.IDOf(r, "bob")
			w.must(err)
			if string(id) != bob.ID {
				t.Errorf("bob is %s, want %s", id, bob.ID)
			}
			for _, name := range []string{"nobody", "no\x00body"} {
				_, err = identity.IDOf(r, name)
				wantKind(t, err, remit.NotFound)
			}
			return nil
		}))
	})
}

func TestThePolicyKnowsAllAccountsByID(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		root := w.superuser("root")
		w.clock.Advance(time.Second)
		ada := w.person("ada")
		gone := w.person("gone")
		w.disable("gone")
		w.must(d.Read(t.Context(), func(r db.Reader) error {
			users, err := identity.PolicyUsers(r)
			want := []authz.User{{ID: root.ID, Name: "root", Superuser: true}, {ID: ada.ID, Name: "ada"}, {ID: gone.ID, Name: "gone", Disabled: true}}
			slices.SortFunc(want, func(a, b authz.User) int { return strings.Compare(a.ID, b.ID) })
			if diff := cmp.Diff(want, users); diff != "" {
				t.Errorf("users (-want +got):\n%s", diff)
			}
			return err
		}))
	})
}
