package gate_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/testkit"
)

// patience ends a test that waits for what never comes. It is no measure of speed.
const patience = 30 * time.Second

// twoPrograms are a world and a second gate over the same database.
func twoPrograms(t *testing.T, fn func(w *world, other *gate.Gate)) {
	t.Helper()
	testkit.URLs(t, func(t *testing.T, url string) {
		w := newWorld(t, testkit.Open(t, url))
		fn(w, w.over(testkit.Open(t, url)))
	})
}

// look is whether dan may see ada's job.
func (w *world) look(g *gate.Gate) remit.Kind {
	w.Helper()
	_, err := gate.View(w.Context(), g, person("dan"), gate.Query[int]{
		Name: "job.read",
		On:   func(*gate.Reader) (authz.Resource, error) { return p1("ada"), nil },
		Read: func(*gate.Reader) (int, error) { return 0, nil },
	})
	return remit.KindOf(err)
}

func TestTheVeryNextQuestionSeesAChangeOfThePolicy(t *testing.T) {
	t.Parallel()
	twoPrograms(t, func(w *world, other *gate.Gate) {
		for round, editor := range []*gate.Gate{w.gate, other} {
			for _, g := range []*gate.Gate{w.gate, other} {
				wantEqual(w.T, w.look(g), "")
			}
			_, err := do(w, editor, person("ada"), change(w, without("dan")))
			w.must(err)
			for _, g := range []*gate.Gate{w.gate, other} {
				wantEqual(w.T, w.look(g), remit.NotFound)
				_, err := do(w, g, person("dan"), note("job.create", p1("dan"), "a"))
				wantKind(w.T, err, remit.NotFound)
			}
			_, err = do(w, editor, person("ada"), change(w, func(*authz.Source) {}))
			w.must(err)
			for i, g := range []*gate.Gate{w.gate, other} {
				_, err := do(w, g, person("dan"), note("job.create", p1("dan"), strconv.Itoa(round)+strconv.Itoa(i)))
				w.must(err)
			}
		}
	})
}

func TestThePolicyIsReadAnewOnlyWhenItChanged(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		for i := range 5 {
			w.look(w.gate)
			_, err := do(w, w.gate, person("dan"), note("job.create", p1("dan"), strconv.Itoa(i)))
			w.must(err)
		}
		wantEqual(w.T, w.loads.Load(), 1)
		_, err := do(w, w.gate, person("ada"), change(w, without("dan")))
		w.must(err)
		w.look(w.gate)
		w.look(w.gate)
		wantEqual(w.T, w.loads.Load(), 2)
	})
}

// waiting returns when another transaction waits for the policy lock. Only
// PostgreSQL can tell; on SQLite whoever comes second waits anyway.
func (w *world) waiting(r db.Reader) {
	w.Helper()
	for end := time.Now().Add(patience); r.Dialect().Name == "postgres"; {
		n, err := db.One(r, db.Value[int], `SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
		w.must(err)
		if n > 0 {
			return
		}
		if time.Now().After(end) {
			w.Error("nobody waits for the policy lock")
			return
		}
	}
}

func TestARevokeThatIsCommittedWhileAChangeWaitsIsObeyed(t *testing.T) {
	t.Parallel()
	twoPrograms(t, func(w *world, other *gate.Gate) {
		wantEqual(w.T, w.look(other), "") // the other program knows the old policy
		revoke, answer := change(w, without("dan")), make(chan error, 1)
		edit := revoke.Apply
		revoke.Apply = func(tx *gate.Tx) (struct{}, error) {
			go func() {
				_, err := do(w, other, person("dan"), note("job.create", p1("dan"), "late"))
				answer <- err
			}()
			w.waiting(tx)
			return edit(tx)
		}
		_, err := do(w, w.gate, person("ada"), revoke)
		w.must(err)
		wantKind(w.T, <-answer, remit.NotFound)
		wantEqual(w.T, w.notes(), []string{})
	})
}

func TestARevokeWaitsForAChangeThatWasPermittedBefore(t *testing.T) {
	t.Parallel()
	twoPrograms(t, func(w *world, other *gate.Gate) {
		revoked := make(chan error, 1)
		op := note("job.create", p1("dan"), "in time")
		insert := op.Apply
		op.Apply = func(tx *gate.Tx) (string, error) {
			go func() {
				_, err := do(w, other, person("ada"), change(w, without("dan")))
				revoked <- err
			}()
			w.waiting(tx)
			select {
			case err := <-revoked:
				w.Errorf("the revoke came between the check and the write: %v", err)
			default:
			}
			return insert(tx)
		}
		_, err := do(w, w.gate, person("dan"), op)
		w.must(err)
		w.must(<-revoked)
		wantEqual(w.T, w.notes(), []string{"in time"})
		wantEqual(w.T, w.look(w.gate), remit.NotFound)
	})
}

func TestWritersOfThePolicyAtOnceAreAllCounted(t *testing.T) {
	t.Parallel()
	const writers, rounds = 4, 5
	twoPrograms(t, func(w *world, other *gate.Gate) {
		before, err := strconv.Atoi(w.version())
		w.must(err)
		var all sync.WaitGroup
		for i := range writers {
			g := []*gate.Gate{w.gate, other}[i%2]
			all.Go(func() {
				for range rounds {
					if _, err := do(w, g, person("ada"), change(w, without("dan"))); err != nil {
						w.Error(err)
					}
				}
			})
		}
		all.Wait()
		wantEqual(w.T, w.version(), strconv.Itoa(before+writers*rounds))
		wantEqual(w.T, len(w.entries()), writers*rounds)
	})
}
