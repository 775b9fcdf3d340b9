package identity_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/testkit"
)

// atOnce runs n at the same time, and returns what became of each.
func atOnce(n int, run func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = run(i) })
	}
	all.Wait()
	return errs
}

// oneWins is which of them went through; that is one alone, and the others
// were refused as one of kinds.
func oneWins(t *testing.T, errs []error, kinds ...remit.Kind) int {
	t.Helper()
	won := -1
	for i, err := range errs {
		switch {
		case err == nil && won < 0:
			won = i
		case err == nil:
			t.Errorf("%d and %d both went through", won, i)
		default:
			refused := false
			for _, kind := range kinds {
				refused = refused || remit.KindOf(err) == kind
			}
			if !refused {
				t.Errorf("%d: %v", i, err)
			}
		}
	}
	if won < 0 {
		t.Fatalf("none went through: %v", errs)
	}
	return won
}

func TestANameIsInvitedOnceHoweverManyInvite(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for round := range 5 {
			name := fmt.Sprintf("ada%d", round)
			oneWins(t, atOnce(6, func(int) error {
				_, err := w.Invite(t.Context(), setup, identity.NewInvitation{Name: name})
				return err
			}), remit.Conflict)
		}
		page, err := w.Invitations(t.Context(), setup, 0, "")
		w.must(err)
		if len(page.Items) != 5 {
			t.Errorf("%d invitations of 5 names", len(page.Items))
		}
	})
}

func TestWhoseInvitationIsOverIsInvitedAnew(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		late := w.invite("ada")
		w.clock.Advance(late.ExpiresAt.Sub(late.CreatedAt))
		withdrawn := w.invite("ada")
		w.must(w.Withdraw(t.Context(), setup, withdrawn.ID))
		_, _, err := w.Accept(t.Context(), w.invite("ada").Secret, password)
		w.must(err)
	})
}

// Whoever changes a password by the one before has to know that until the end:
// of two who know it, one sets the next one.
func TestAPasswordIsChangedOnceByTheOneBefore(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada, old := w.person("ada"), password
		for round := range 5 {
			next := func(i int) string { return fmt.Sprintf("a new one %d of %d", i, round) }
			won := oneWins(t, atOnce(3, func(i int) error {
				return w.SetPassword(t.Context(), ada, "ada", identity.PasswordChange{Old: old, New: next(i)})
			}), remit.Conflict, remit.Denied, remit.Unauthenticated)
			old = next(won)
			if _, _, err := w.Login(t.Context(), "ada", old); err != nil {
				t.Fatalf("the password that was set opens nothing: %v", err)
			}
			w.clock.Advance(time.Hour)
		}
	})
}

// A session that was begun by the password before does not outlast it.
func TestWhoSignsInWhileThePasswordChangesIsOut(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada, old := w.person("ada"), password
		for round := range 8 {
			next, secrets := fmt.Sprintf("a new one of %d", round), make([]string, 4)
			errs := atOnce(4, func(i int) (err error) {
				if i == 0 {
					return w.SetPassword(t.Context(), ada, "ada", identity.PasswordChange{Old: old, New: next})
				}
				secrets[i], _, err = w.Login(t.Context(), "ada", old)
				return err
			})
			w.must(errs[0])
			alive := []string{}
			for _, secret := range secrets {
				if _, err := w.AuthenticateSession(t.Context(), secret); err == nil {
					alive = append(alive, secret)
				}
			}
			if diff := cmp.Diff([]string{}, alive); diff != "" {
				t.Errorf("sessions of the password before (-want +got):\n%s", diff)
			}
			old = next
			w.clock.Advance(time.Hour)
		}
	})
}
