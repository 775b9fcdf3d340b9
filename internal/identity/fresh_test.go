package identity_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// programs are two that work on one database, and know the same keys.
func programs(t *testing.T, fn func(w *world, other *identity.Service)) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		w := newWorld(t, testkit.Open(t, url))
		g := gate.New(testkit.Open(t, url), projects.PolicySource{}, w.clock.Now, slog.New(slog.DiscardHandler))
		fn(w, identity.New(g, identity.Options{}))
	})
}

// wantKey asks by the key in every program, twice.
func wantKey(w *world, secret string, works bool, in ...*identity.Service) {
	w.Helper()
	for range 2 {
		for _, s := range in {
			if _, err := s.AuthenticateKey(w.Context(), secret); (err == nil) != works {
				w.Errorf("the key works: %t (%v), want %t", err == nil, err, works)
			}
		}
	}
}

func TestTheNextRequestSeesThatAKeyWasRevokedInAnyProgram(t *testing.T) {
	programs(t, func(w *world, other *identity.Service) {
		ada := w.person("ada")
		kept, _ := w.key(ada, identity.NewKey{})
		for _, revoker := range []*identity.Service{w.Service, other} {
			k, _ := w.key(ada, identity.NewKey{})
			wantKey(w, k.Secret, true, w.Service, other)
			w.must(revoker.DeleteKey(w.Context(), ada, k.ID))
			wantKey(w, k.Secret, false, w.Service, other)
			wantKey(w, kept.Secret, true, w.Service, other)
		}
	})
}

func TestTheNextRequestSeesThatAnAccountWasDisabledInAnyProgram(t *testing.T) {
	programs(t, func(w *world, other *identity.Service) {
		k, _ := w.key(w.person("ada"), identity.NewKey{})
		for range 2 {
			wantKey(w, k.Secret, true, w.Service, other)
			w.disable("ada")
			wantKey(w, k.Secret, false, other, w.Service)
			_, err := other.Update(w.Context(), setup, "ada", identity.UserPatch{Disabled: new(false)})
			w.must(err)
		}
		wantKey(w, k.Secret, true, w.Service, other)
	})
}

func TestAKeyThatIsKnownStillExpiresOnTheMicrosecond(t *testing.T) {
	programs(t, func(w *world, other *identity.Service) {
		end := w.clock.Now().Add(time.Minute)
		k, _ := w.key(w.person("ada"), identity.NewKey{ExpiresAt: &end})
		wantKey(w, k.Secret, true, w.Service, other)
		w.clock.Advance(time.Minute - time.Microsecond)
		wantKey(w, k.Secret, true, w.Service, other)
		w.clock.Advance(time.Microsecond)
		wantKey(w, k.Secret, false, w.Service, other)
	})
}

func TestTheUseOfAKnownKeyIsNotedOnceAMinute(t *testing.T) {
	programs(t, func(w *world, other *identity.Service) {
		k, _ := w.key(w.person("ada"), identity.NewKey{})
		used := func() (at time.Time) {
			w.must(w.db.Read(w.Context(), func(r db.Reader) (err error) {
				at, err = db.One(r, func(s db.Scanner, at *time.Time) error { return s.Scan(db.Time(at)) }, `SELECT last_used_at FROM api_keys WHERE id = $1`, k.ID)
				return err
			}))
			return at
		}
		first := w.clock.Now()
		w.must(w.NoteUses(w.Context()))
		for _, c := range []struct{ after, noted time.Duration }{{59 * time.Second, 0}, {time.Second, time.Minute}, {time.Second, time.Minute}, {time.Hour, time.Hour + 61*time.Second}} {
			w.clock.Advance(c.after)
			wantKey(w, k.Secret, true, w.Service, other)
			w.must(w.NoteUses(w.Context()))
			w.must(other.NoteUses(w.Context()))
			if got := used().Sub(first); got != c.noted {
				w.Errorf("%s later the last use is noted as after %s, want %s", w.clock.Now().Sub(first), got, c.noted)
			}
		}
	})
}

// What is known of a key is found by its secret.
func TestKeysThatAreKnownAreNotMistakenForEachOther(t *testing.T) {
	programs(t, func(w *world, other *identity.Service) {
		secrets := map[string]string{}
		for _, name := range []string{"ada", "dan"} {
			k, _ := w.key(w.person(name), identity.NewKey{Scopes: []string{"user:read"}})
			secrets[name] = k.Secret
		}
		for range 2 {
			for name, secret := range secrets {
				who, err := other.AuthenticateKey(w.Context(), secret)
				w.must(err)
				if who.Name != name || who.Caps == nil {
					w.Errorf("%s's key is of %+v", name, who)
				}
			}
			_, err := other.AuthenticateKey(w.Context(), secrets["ada"]+"x")
			wantKind(w.T, err, remit.Unauthenticated)
		}
	})
}
