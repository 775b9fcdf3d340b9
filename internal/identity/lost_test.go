package identity_test

import (
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// Else who is to go could leave doors open: one for each invitation.
func TestAnInvitationFallsWithTheRightToInvite(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		roles := projects.New(w.gate, projects.Options{})
		w.must(roles.PutRole(t.Context(), setup, remit.Role{Name: "clerk", Site: true, Allow: []string{"user:create"}}))
		clerk := w.person("clerk")
		member, err := roles.AddSiteMember(t.Context(), setup, projects.NewSiteMember{User: "clerk", Role: "clerk"})
		w.must(err)
		invite := func(name string) string {
			t.Helper()
			i, err := w.Invite(t.Context(), clerk, identity.NewInvitation{Name: name})
			w.must(err)
			return i.Secret
		}
		first, second := invite("first"), invite("second")
		_, _, err = w.Accept(t.Context(), first, "battery staple")
		w.must(err)
		w.must(roles.RemoveSiteMember(t.Context(), setup, member.ID))
		_, _, lost := w.Accept(t.Context(), second, "battery staple")
		_, _, absent := w.Accept(t.Context(), "remit_invite_nothing", "battery staple")
		wantKind(t, lost, remit.NotFound)
		wantSame(t, lost, absent)
		_, err = roles.AddSiteMember(t.Context(), setup, projects.NewSiteMember{User: "clerk", Role: "clerk"})
		w.must(err)
		w.disable("clerk")
		_, _, err = w.Accept(t.Context(), second, "battery staple")
		wantKind(t, err, remit.NotFound)
	})
}

// Names at a provider are chosen by who has them: one that is meant for
// somebody invited here is not theirs.
func TestTheNameOfWhoIsInvitedIsKeptForThem(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		i, err := w.Invite(t.Context(), setup, identity.NewInvitation{Name: "vera"})
		w.must(err)
		come := func(subject string) error {
			_, _, err := w.LoginExternal(t.Context(), identity.External{Issuer: "https://id.example.org", Subject: subject, Name: "vera"}, identity.ExternalRules{Create: true})
			return err
		}
		invited := come("1")
		wantKind(t, invited, remit.Conflict)
		_, _, err = w.Accept(t.Context(), i.Secret, "battery staple")
		w.must(err)
		wantSame(t, invited, come("1"))
	})
}

// Who has the secret before could else make itself another for ever.
func TestAKeyMakesNothingLastingWhileItsSecretBeforeWorks(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		root := w.superuser("root")
		key, _ := w.key(root, identity.NewKey{})
		_, err := w.RotateKey(t.Context(), root, key.ID, time.Hour)
		w.must(err)
		before, err := w.AuthenticateKey(t.Context(), key.Secret)
		w.must(err)
		soon := w.clock.Now().Add(30 * time.Minute)
		_, err = w.CreateKey(t.Context(), before, identity.NewKey{Title: "for ever"})
		wantKind(t, err, remit.Denied)
		_, err = w.RotateKey(t.Context(), before, key.ID, 0)
		wantKind(t, err, remit.Denied)
		_, err = w.Create(t.Context(), before, identity.NewUser{Name: "sleeper", Password: password, Superuser: true})
		wantKind(t, err, remit.Denied)
		_, err = w.CreateKey(t.Context(), before, identity.NewKey{Title: "soon", ExpiresAt: &soon})
		w.must(err)
		w.clock.Advance(2 * time.Hour)
		_, err = w.CreateKey(t.Context(), before, identity.NewKey{Title: "after"})
		w.must(err) // by the secret of today: the one before opens nothing any more
	})
}
