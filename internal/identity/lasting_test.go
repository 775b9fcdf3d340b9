package identity_test

import (
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/testkit"
)

func TestWhatEndsMakesNothingThatLasts(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada, soon := w.person("ada"), w.clock.Now().Add(time.Hour)
		made := func(n identity.NewKey) authz.Subject { _, who := w.key(ada, n); return who }
		rotated, old := w.key(ada, identity.NewKey{})
		_, err := w.RotateKey(t.Context(), ada, rotated.ID, time.Hour)
		w.must(err)
		for name, is := range map[string]struct {
			who              authz.Subject
			lasting, endless string // the code of the refusal; "" = none
		}{
			"a session":            {who: ada},
			"nobody signs in here": {who: authz.Subject{Kind: authz.Local, Name: "local"}},
			"a key":                {who: made(identity.NewKey{})},
			"a key with scopes":    {who: made(identity.NewKey{Scopes: []string{"job:*"}}), lasting: "key_scope"},
			"a key that ends":      {who: made(identity.NewKey{ExpiresAt: &soon}), lasting: "key_scope", endless: "key_scope"},
			"a secret in grace":    {who: old, lasting: "key_scope", endless: "key_scope"},
			"nobody":               {lasting: "unauthenticated"},
			"a node":               {who: authz.Subject{Kind: authz.Node, ID: "n"}, lasting: "denied"},
			"the system":           {who: authz.Subject{Kind: authz.System, Name: "sweeper"}, lasting: "denied"},
		} {
			var lasting, endless error
			_, err := gate.View(t.Context(), w.gate, ada, gate.Query[struct{}]{Name: "notification.list", Read: func(r *gate.Reader) (none struct{}, err error) {
				lasting, endless = identity.Lasting(r.As(is.who)), identity.Endless(r.As(is.who))
				return none, nil
			}})
			w.must(err)
			for want, err := range map[*string]error{&is.lasting: lasting, &is.endless: endless} {
				if got := code(err); got != *want {
					t.Errorf("%s: %q (%v), want %q", name, got, err, *want)
				}
			}
		}
	})
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return remit.CodeOf(err)
}
