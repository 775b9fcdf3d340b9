package gate_test

import (
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// saying is an operation that says what of the policy it changes.
func saying(op gate.Op[struct{}], parts ...gate.Part) gate.Op[struct{}] {
	apply := op.Apply
	op.Apply = func(tx *gate.Tx) (struct{}, error) {
		tx.Changed(parts...)
		return apply(tx)
	}
	return op
}

// onAny makes an operation that changes nothing.
func onAny(name string) gate.Op[struct{}] {
	return gate.Op[struct{}]{Name: name, On: about(p1("ada")), Apply: func(*gate.Tx) (none struct{}, err error) { return none, nil }}
}

// exec writes behind the gate's back.
func (w *world) exec(query string, args ...any) {
	w.Helper()
	w.must(w.db.Write(w.Context(), db.Exclusive, func(tx *db.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	}))
}

func TestOnlyThePartThatChangedIsReadAnew(t *testing.T) {
	t.Parallel()
	twoPrograms(t, func(w *world, other *gate.Gate) {
		w.look(w.gate)
		w.look(other)
		for range 3 {
			_, err := do(w, w.gate, person("ada"), saying(change(w, without("dan")), gate.InProject("p1")))
			w.must(err)
			wantEqual(w.T, w.look(other), remit.NotFound)
			wantEqual(w.T, w.look(w.gate), remit.NotFound)
			_, err = do(w, other, person("ada"), saying(change(w, func(*authz.Source) {}), gate.InProject("p1")))
			w.must(err)
			wantEqual(w.T, w.look(w.gate), "")
			wantEqual(w.T, w.look(other), "")
		}
		wantEqual(w.T, w.loads.Load(), 2)
	})
}

// A part that was not said is not read: that is how the tests know.
func TestOfManyChangesEveryPartIsReadAnew(t *testing.T) {
	t.Parallel()
	twoPrograms(t, func(w *world, other *gate.Gate) {
		w.look(other)
		_, err := do(w, w.gate, person("ada"), saying(change(w, without("dan")), gate.InProject("p1"), gate.Users))
		w.must(err)
		_, err = do(w, w.gate, person("ada"), saying(change(w, without("dan")), gate.Users))
		w.must(err)
		wantEqual(w.T, w.look(other), remit.NotFound)
		_, err = do(w, w.gate, person("ada"), saying(change(w, func(*authz.Source) {}), gate.Users))
		w.must(err)
		wantEqual(w.T, w.look(other), remit.NotFound)
		_, err = do(w, w.gate, person("ada"), saying(change(w, func(*authz.Source) {}), gate.Users, gate.Everything))
		w.must(err)
		wantEqual(w.T, w.look(other), "")
	})
}

func TestWhoFellBehindTheLogOfChangesReadsEverything(t *testing.T) {
	t.Parallel()
	twoPrograms(t, func(w *world, other *gate.Gate) {
		w.look(other)
		_, err := do(w, w.gate, person("ada"), saying(change(w, without("dan")), gate.Users)) // a lie
		w.must(err)
		_, err = do(w, w.gate, person("ada"), saying(change(w, without("dan")), gate.Users))
		w.must(err)
		w.exec(`DELETE FROM policy_changes WHERE version = $1`, 1)
		wantEqual(w.T, w.look(other), remit.NotFound)
	})
}

func TestTheLogOfChangesIsPruned(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		for _, version := range []int{1, 2, 3} {
			w.exec(`INSERT INTO policy_changes (version, part) VALUES ($1, '')`, version)
		}
		w.exec(`UPDATE meta SET value = '1001' WHERE key = 'policy_version'`)
		_, err := do(w, w.gate, person("ada"), saying(change(w, without("dan")), gate.Users, gate.InProject("p1")))
		w.must(err)
		got := ask(w, func(r db.Reader) ([]string, error) {
			return db.Rows(r, db.Value[string], `SELECT CAST(version AS TEXT) || ' ' || part FROM policy_changes ORDER BY version, part`)
		})
		wantEqual(w.T, got, []string{"3 ", "1002 project:p1", "1002 users"})
	})
}

func TestWhatChangesNothingOfThePolicyLeavesItsVersion(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		before := w.version()
		_, err := do(w, w.gate, person("ada"), saying(onAny("member.create"), gate.Nothing))
		w.must(err)
		wantEqual(w.T, w.version(), before)
		_, err = do(w, w.gate, person("ada"), saying(onAny("member.create"), gate.Nothing, gate.Users))
		w.must(err)
		if w.version() == before {
			w.Error("Nothing hid another part")
		}
	})
}

// What knows that it changed nothing does not know of what follows.
func TestNothingDoesNotSpeakForWhatIsWrittenAfterIt(t *testing.T) {
	t.Parallel()
	twoPrograms(t, func(w *world, other *gate.Gate) {
		w.look(other)
		_, err := do(w, w.gate, person("ada"), saying(change(w, without("dan")), gate.Nothing))
		w.must(err)
		wantEqual(w.T, w.look(other), remit.NotFound)
		op := saying(change(w, func(*authz.Source) {}), gate.Nothing)
		write := op.Apply
		op.Apply = func(tx *gate.Tx) (struct{}, error) {
			none, err := write(tx)
			tx.Changed(gate.Nothing) // a lie
			return none, err
		}
		_, err = do(w, w.gate, person("ada"), op)
		w.must(err)
		wantEqual(w.T, w.look(other), remit.NotFound)
	})
}

// watched tells what is asked of it.
type watched struct {
	gate.PolicySource
	parts *[][]gate.Part
}

func (s watched) RefreshPolicy(r db.Reader, old authz.Source, policy *authz.Policy, parts []gate.Part) (authz.Source, error) {
	*s.parts = append(*s.parts, parts)
	return s.PolicySource.RefreshPolicy(r, old, policy, parts)
}

func TestEachPartIsReadOnceAndManyTogether(t *testing.T) {
	t.Parallel()
	twoPrograms(t, func(w *world, _ *gate.Gate) {
		var refreshed [][]gate.Part
		other := gate.New(w.db, watched{rights{&w.loads}, &refreshed}, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
		w.look(other)
		for _, parts := range [][]gate.Part{{gate.Users}, {gate.InProject("p1"), gate.Users}, {gate.Users}} {
			_, err := do(w, w.gate, person("ada"), saying(onAny("member.create"), parts...))
			w.must(err)
		}
		before := w.loads.Load()
		w.look(other)
		wantEqual(w.T, refreshed, [][]gate.Part{{gate.InProject("p1"), gate.Users}})
		wantEqual(w.T, w.loads.Load(), before)
		var many []gate.Part
		for i := range 51 {
			many = append(many, gate.InProject(remit.ProjectID(strconv.Itoa(i))))
		}
		_, err := do(w, w.gate, person("ada"), saying(change(w, without("dan")), many...))
		w.must(err)
		wantEqual(w.T, w.look(other), remit.NotFound)
		wantEqual(w.T, len(refreshed), 1)
		wantEqual(w.T, w.loads.Load(), before+1)
	})
}

func TestAnOperationThatIsNoWriterOfThePolicyCannotChangeIt(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		op := note("job.create", p1("ada"), "a")
		insert := op.Apply
		op.Apply = func(tx *gate.Tx) (string, error) {
			tx.Changed(gate.Users)
			return insert(tx)
		}
		_, err := do(w, w.gate, person("ada"), op)
		wantKind(w.T, err, remit.Internal)
		wantEqual(w.T, w.notes(), []string{})
	})
}
