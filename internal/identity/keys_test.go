package identity_test

import (
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

func TestAKeyIsItsAccountNarrowedToItsCaps(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		root := w.superuser("root")
		project := remit.NewID[remit.ProjectID](w.clock.Now())
		for name, tc := range map[string]struct {
			key  identity.NewKey
			caps *authz.Caps
		}{
			"everything":          {identity.NewKey{}, nil},
			"everything, spelled": {identity.NewKey{Scopes: []string{"*"}}, nil},
			"some permissions":    {identity.NewKey{Scopes: []string{"job:*", "file:read@own"}}, &authz.Caps{Scopes: []string{"job:*", "file:read@own"}}},
			"one project":         {identity.NewKey{Projects: []remit.ProjectID{project}}, &authz.Caps{Scopes: []string{"*"}, Projects: []string{string(project)}}},
		} {
			key, got := w.key(root, tc.key)
			want := authz.Subject{Kind: authz.Person, ID: root.ID, Name: "root", Key: string(key.ID), Caps: tc.caps}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}

func TestAKeyIsShownOnceAndStoredHashed(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada := w.person("ada")
		ends := w.clock.Now().Add(time.Hour)
		made, err := w.CreateKey(t.Context(), ada, identity.NewKey{Title: "laptop", Scopes: []string{"job:read"}, ExpiresAt: &ends})
		w.must(err)
		want := remit.APIKey{ID: made.ID, Title: "laptop", User: "ada", Scopes: []string{"job:read"}, Hint: made.Secret[len(made.Secret)-4:],
			CreatedAt: w.clock.Now(), ExpiresAt: &ends, Secret: made.Secret, Permissions: []string{"rotate", "delete"}}
		if diff := cmp.Diff(want, made); diff != "" {
			t.Errorf("made (-want +got):\n%s", diff)
		}
		want.Secret = ""
		page, err := w.Keys(t.Context(), ada)
		w.must(err)
		if diff := cmp.Diff(remit.Page[remit.APIKey]{Items: []remit.APIKey{want}, Permissions: []string{"create"}}, page); diff != "" {
			t.Errorf("listed (-want +got):\n%s", diff)
		}
		w.must(d.Read(t.Context(), func(r db.Reader) error {
			hash, err := db.One(r, db.Value[string], `SELECT secret_hash FROM api_keys`)
			if hash != identity.Hash(made.Secret) || strings.Contains(hash, made.Secret) {
				t.Errorf("stored %q", hash)
			}
			return err
		}))
	})
}

func TestEveryBadKeyGetsTheSameAnswer(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada, gone := w.person("ada"), w.person("gone")
		soon := w.clock.Now().Add(time.Minute)
		revoked, _ := w.key(ada, identity.NewKey{})
		w.must(w.DeleteKey(t.Context(), ada, revoked.ID))
		expired, _ := w.key(ada, identity.NewKey{ExpiresAt: &soon})
		disabled, _ := w.key(gone, identity.NewKey{})
		w.disable("gone")
		unknown, _ := identity.NewSecret(identity.KeyPrefix)
		node, _ := identity.NewSecret(identity.NodePrefix)
		w.clock.Advance(time.Minute)
		_, first := w.AuthenticateKey(t.Context(), "")
		wantKind(t, first, remit.Unauthenticated)
		for _, secret := range []string{"rubbish", "remit_\x00", unknown, node, revoked.Secret, expired.Secret, disabled.Secret, revoked.Secret + "x"} {
			_, err := w.AuthenticateKey(t.Context(), secret)
			wantSame(t, first, err)
		}
	})
}

func TestARevokedKeyIsListedNoMoreAndCannotBeRevokedAgain(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada, bob := w.person("ada"), w.person("bob")
		key, _ := w.key(ada, identity.NewKey{})
		kept, _ := w.key(ada, identity.NewKey{})
		wantKind(t, w.DeleteKey(t.Context(), bob, key.ID), remit.Denied)
		w.must(w.DeleteKey(t.Context(), ada, key.ID))
		wantKind(t, w.DeleteKey(t.Context(), ada, key.ID), remit.NotFound)
		wantKind(t, w.DeleteKey(t.Context(), ada, "rubbish"), remit.NotFound)
		page, err := w.Keys(t.Context(), ada)
		w.must(err)
		if len(page.Items) != 1 || page.Items[0].ID != kept.ID {
			t.Errorf("listed %+v, want only %s", page.Items, kept.ID)
		}
	})
}

func TestPeopleSeeTheirOwnKeysAndSuperusersAll(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		root, ada, bob := w.superuser("root"), w.person("ada"), w.person("bob")
		w.key(ada, identity.NewKey{})
		w.key(bob, identity.NewKey{})
		_, narrow := w.key(bob, identity.NewKey{Scopes: []string{"job:read"}})
		for _, tc := range []struct {
			who  authz.Subject
			want int
		}{{ada, 1}, {bob, 2}, {narrow, 0}, {root, 3}, {authz.Subject{Kind: authz.Anonymous}, 0}} {
			page, err := w.Keys(t.Context(), tc.who)
			w.must(err)
			if len(page.Items) != tc.want {
				t.Errorf("%s %s sees %d keys, want %d", tc.who.Name, tc.who.Key, len(page.Items), tc.want)
			}
		}
	})
}

func TestTheLastUseOfAKeyIsKnownToTheMinute(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada := w.person("ada")
		key, _ := w.key(ada, identity.NewKey{}) // uses it once
		first := w.clock.Now()
		for _, tc := range []struct {
			later time.Duration
			want  time.Time
		}{{59 * time.Second, first}, {time.Second, first.Add(time.Minute)}} {
			w.clock.Advance(tc.later)
			_, err := w.AuthenticateKey(t.Context(), key.Secret)
			w.must(err)
			page, err := w.Keys(t.Context(), ada)
			w.must(err)
			if diff := cmp.Diff(&tc.want, page.Items[0].LastUsedAt); diff != "" {
				t.Errorf("last used (-want +got):\n%s", diff)
			}
		}
	})
}

func TestOnlyAccountsHaveKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	n := identity.NewKey{Title: "of a test"}
	_, err := w.CreateKey(t.Context(), setup, n)
	wantKind(t, err, remit.Invalid)
	_, err = w.CreateKey(t.Context(), authz.Subject{Kind: authz.Anonymous}, n)
	wantKind(t, err, remit.Unauthenticated)
	_, err = w.CreateKey(t.Context(), authz.Subject{Kind: authz.Node, ID: "node_1", Site: true}, n)
	wantKind(t, err, remit.Denied)
}
