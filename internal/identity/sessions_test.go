package identity_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/testkit"
)

// by is a request that a session makes.
func by(ctx context.Context, secret string) context.Context {
	return identity.WithCall(ctx, identity.Call{Session: secret})
}

// sessions lists them as an asker sees them, by "name verbs".
func (w *world) sessions(who authz.Subject) (seen []string) {
	w.Helper()
	page, err := w.Sessions(w.Context(), who, 0, "")
	w.must(err)
	for _, s := range page.Items {
		seen = append(seen, strings.TrimSpace(s.User+" "+strings.Join(s.Permissions, " ")))
	}
	return seen
}

func TestASessionTellsWhereItIsFrom(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada := w.person("ada")
		w.login("ada")
		ctx := identity.WithCall(t.Context(), identity.Call{Address: "192.0.2.7", Agent: "Firefox\r\n\x00<b>\xff " + strings.Repeat("ä", 200)})
		secret, _, err := w.Login(ctx, "ada", password)
		w.must(err)
		page, err := w.Sessions(by(t.Context(), secret), ada, 0, "")
		w.must(err)
		if len(page.Items) != 2 {
			t.Fatalf("%d sessions, want 2", len(page.Items))
		}
		here := page.Items[0]
		if !here.Current {
			here = page.Items[1]
		}
		want := remit.Session{ID: here.ID, User: "ada", CreatedAt: w.clock.Now(), ExpiresAt: here.ExpiresAt, Address: "192.0.2.7",
			Agent: "Firefox<b> " + strings.Repeat("ä", 94), Current: true, Permissions: []string{"end"}}
		if diff := cmp.Diff(want, here); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestPeopleSeeAndEndTheirOwnSessionsAndSuperusersAll(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		root, ada, bob := w.superuser("root"), w.person("ada"), w.person("bob")
		_, narrow := w.key(ada, identity.NewKey{Scopes: []string{"session:read"}})
		secret := w.login("ada")
		w.login("bob")
		for _, tc := range []struct {
			who  authz.Subject
			want []string
		}{{ada, []string{"ada end"}}, {narrow, []string{"ada"}}, {bob, []string{"bob end"}}, {root, []string{"ada end", "bob end"}}, {authz.Subject{}, nil},
			{authz.Subject{Kind: authz.Node, ID: "node_1", Site: true}, nil}} {
			got := w.sessions(tc.who)
			if len(got) == 2 && got[0] > got[1] { // made within one millisecond
				got[0], got[1] = got[1], got[0]
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s %s sees (-want +got):\n%s", tc.who.Name, tc.who.Key, diff)
			}
		}
		page, err := w.Sessions(t.Context(), ada, 0, "")
		w.must(err)
		id := page.Items[0].ID
		if e := wantKind(t, w.EndSession(t.Context(), narrow, id), remit.Denied); e.Code != "key_scope" {
			t.Errorf("code %q, want key_scope", e.Code)
		}
		wantKind(t, w.EndSession(t.Context(), bob, id), remit.Denied) // his own only
		wantKind(t, w.EndSession(t.Context(), authz.Subject{}, id), remit.NotFound)
		w.must(w.EndSession(t.Context(), ada, id))
		_, err = w.AuthenticateSession(t.Context(), secret)
		wantKind(t, err, remit.Unauthenticated)
		wantSame(t, w.EndSession(t.Context(), root, id), w.EndSession(t.Context(), root, "rubbish"))
	})
}

func TestAllOtherSessionsEndAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada := w.person("ada")
		w.person("bob")
		here := w.login("ada")
		for range 3 {
			w.login("ada")
		}
		bobs := w.login("bob")
		_, narrow := w.key(ada, identity.NewKey{Scopes: []string{"session:read"}})
		_, err := w.EndOtherSessions(t.Context(), narrow)
		wantKind(t, err, remit.Denied)
		_, err = w.EndOtherSessions(t.Context(), authz.Subject{})
		wantKind(t, err, remit.Unauthenticated)
		n, err := w.EndOtherSessions(by(t.Context(), here), ada)
		w.must(err)
		if n != 3 {
			t.Errorf("%d ended, want 3", n)
		}
		for _, secret := range []string{here, bobs} {
			_, err := w.AuthenticateSession(t.Context(), secret)
			w.must(err)
		}
	})
}

func TestSessionsComeInPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	ada := w.person("ada")
	for range 5 {
		w.login("ada")
	}
	seen, after := map[remit.SessionID]bool{}, ""
	for range 3 {
		page, err := w.Sessions(t.Context(), ada, 2, after)
		w.must(err)
		for _, s := range page.Items {
			seen[s.ID] = true
		}
		after = page.Next
	}
	if len(seen) != 5 || after != "" {
		t.Errorf("saw %d sessions, next %q; want 5 and the end", len(seen), after)
	}
	_, err := w.Sessions(t.Context(), ada, 2, "rubbish")
	wantKind(t, err, remit.Invalid)
}
