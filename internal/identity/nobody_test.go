package identity_test

import (
	"log/slog"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// R32: an invitation that nobody wrote opens nothing once authentication is on.
func TestAnInvitationOfNobodyEndsWhenAuthenticationIsOn(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		off := gate.New(d, projects.PolicySource{}, w.clock.Now, slog.New(slog.DiscardHandler))
		off.OpenToAll()
		everybody := identity.New(off, identity.Options{Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
		local := authz.Subject{Kind: authz.Local, Name: "local"}
		var secrets []string
		for _, name := range []string{"ada", "bob"} {
			i, err := everybody.Invite(t.Context(), local, identity.NewInvitation{Name: name})
			w.must(err)
			secrets = append(secrets, i.Secret)
		}
		_, _, err := everybody.Accept(t.Context(), secrets[0], password) // as long as it is off
		w.must(err)
		unknown, _ := identity.NewSecret(identity.InvitePrefix)
		_, _, want := w.Accept(t.Context(), unknown, password)
		_, _, err = w.Accept(t.Context(), secrets[1], password)
		wantSame(t, wantKind(t, want, remit.NotFound), err)

		page, err := w.Invitations(t.Context(), w.superuser("root"), 0, "")
		w.must(err)
		if len(page.Items) != 1 || page.Items[0].By != "" {
			t.Errorf("listed: %+v; want that of bob, by nobody", page.Items)
		}
		_, err = w.Invite(t.Context(), setup, identity.NewInvitation{Name: "bob"})
		wantKind(t, err, remit.Conflict)
		w.must(w.Withdraw(t.Context(), setup, page.Items[0].ID))
		w.invite("bob")
	})
}
