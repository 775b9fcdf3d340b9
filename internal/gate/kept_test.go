package gate_test

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/testkit"
)

// tally is what a program keeps of the table notes, and how often it looked there.
type tally struct {
	gate *gate.Gate
	kept *gate.Kept[int]
	read int
}

// count is how many notes there are, as far as it knows.
func (s *tally) count(w *world) (int, error) {
	return gate.View(w.Context(), s.gate, person("dan"), gate.Query[int]{
		Name: "job.read",
		On:   func(*gate.Reader) (authz.Resource, error) { return p1("dan"), nil },
		Read: func(r *gate.Reader) (int, error) {
			return s.kept.Of(r, "all", func() (int, error) {
				n, err := countNotes(r)
				if err == nil {
					s.read++
				}
				return n, err
			})
		},
		Kept: true,
	})
}

func (s *tally) want(w *world, count, read int) {
	w.Helper()
	n, err := s.count(w)
	w.must(err)
	if n != count || s.read != read {
		w.Errorf("%d notes after %d looks, want %d after %d", n, s.read, count, read)
	}
}

// keyed is a change of keys that writes a note.
func keyed(id string, parts ...gate.Part) gate.Op[string] {
	op := note("member.create", p1("ada"), id)
	insert := op.Apply
	op.Apply = func(tx *gate.Tx) (string, error) {
		tx.Changed(parts...)
		return insert(tx)
	}
	return op
}

func TestWhatIsKeptIsReadAnewWhenItsPartChangesInAnyProgram(t *testing.T) {
	t.Parallel()
	twoPrograms(t, func(w *world, other *gate.Gate) {
		here, there := &tally{gate: w.gate, kept: gate.Keep[int](gate.Keys)}, &tally{gate: other, kept: gate.Keep[int](gate.Keys, gate.Users)}
		for range 2 {
			here.want(w, 0, 1)
			there.want(w, 0, 1)
		}
		_, err := do(w, w.gate, person("ada"), keyed("a", gate.Keys))
		w.must(err)
		for range 2 {
			there.want(w, 1, 2)
			here.want(w, 1, 2)
		}
		_, err = do(w, other, person("ada"), keyed("b", gate.Users))
		w.must(err)
		there.want(w, 2, 3)
		here.want(w, 1, 2) // it does not depend on accounts, or says so
		_, err = do(w, other, person("ada"), keyed("c"))
		w.must(err)
		there.want(w, 3, 4)
		here.want(w, 3, 3)
	})
}

func TestAPartOfANewerProgramIsEverythingForWhatIsKeptToo(t *testing.T) {
	t.Parallel()
	twoPrograms(t, func(w *world, other *gate.Gate) {
		there := &tally{gate: other, kept: gate.Keep[int](gate.Keys)}
		there.want(w, 0, 1)
		_, err := do(w, w.gate, person("ada"), keyed("a", "tokens of a newer program"))
		w.must(err)
		there.want(w, 1, 2)
	})
}

func TestWhatIsNotThereIsNotKept(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		kept, tries := gate.Keep[int](gate.Keys), 0
		for range 3 {
			_, err := gate.View(w.Context(), w.gate, person("dan"), gate.Query[int]{Name: "event.stream", Read: func(r *gate.Reader) (int, error) {
				return kept.Of(r, "x", func() (int, error) { tries++; return 0, errBoom })
			}})
			if !errors.Is(err, errBoom) {
				w.Error(err)
			}
		}
		wantEqual(w.T, tries, 3)
	})
}

func TestAChangeDoesNotSeeWhatIsKeptOfBefore(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		mine := &tally{gate: w.gate, kept: gate.Keep[int](gate.Keys)}
		mine.want(w, 0, 1)
		op := keyed("a", gate.Keys)
		insert := op.Apply
		op.Apply = func(tx *gate.Tx) (string, error) {
			id, err := insert(tx)
			w.must(err)
			n, err := mine.kept.Of(&tx.Reader, "all", func() (int, error) { return countNotes(tx) })
			wantEqual(w.T, n, 1)
			return id, errors.Join(err, errBoom)
		}
		_, err := do(w, w.gate, person("ada"), op)
		if !errors.Is(err, errBoom) {
			w.Error(err)
		}
		mine.want(w, 0, 1) // nothing of what was rolled back is kept
	})
}

func TestAloneTheGateAnswersWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	w.gate.Alone()
	mine := &tally{gate: w.gate, kept: gate.Keep[int](gate.Keys)}
	mine.want(w, 0, 1)
	_, err := do(w, w.gate, person("ada"), keyed("a", gate.Keys))
	w.must(err)
	mine.want(w, 1, 2)
	w.must(w.db.Close())
	mine.want(w, 1, 2)
}

func TestWithoutTheDatabaseNothingIsAnsweredFromMemory(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		mine := &tally{gate: w.gate, kept: gate.Keep[int](gate.Keys)}
		mine.want(w, 0, 1)
		w.must(w.db.Close())
		if n, err := mine.count(w); err == nil {
			w.Errorf("%d notes, though nobody can know whether that is so", n)
		}
	})
}

func TestARefusalFromMemoryIsTheSame(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		for _, kept := range []bool{false, true, true} {
			_, err := gate.View(w.Context(), w.gate, person("vic"), gate.Query[int]{Name: "job.read", Kept: kept,
				On:   func(*gate.Reader) (authz.Resource, error) { return p1("dan"), nil },
				Read: func(*gate.Reader) (int, error) { return 0, nil }})
			wantKind(w.T, err, remit.NotFound)
		}
	})
}

// Each writer asks right after its own change was acknowledged, while others
// change other things: no answer may be from before.
func TestEveryAnswerIsFromAfterTheChangesThatWereAcknowledgedBefore(t *testing.T) {
	t.Parallel()
	const rounds = 20
	testkit.URLs(t, func(t *testing.T, url string) {
		w := newWorld(t, testkit.Open(t, url))
		gates := []*gate.Gate{w.gate, w.gate}
		if _, file, err := db.File(url); err == nil && file {
			w.gate.Alone()
		} else {
			gates[1] = w.over(testkit.Open(t, url))
		}
		var all sync.WaitGroup
		for i, user := range []string{"dan", "mel", "sol", "eve"} {
			writer, asked := gates[i%2], gates[(i+1)%2]
			all.Go(func() {
				for round := range rounds {
					in := round%2 == 0
					if _, err := do(w, writer, person("ada"), toggle(user, in)); err != nil {
						w.Error(err)
					}
					if _, err := seen(w, asked, user); (err == nil) != in {
						w.Errorf("round %d: %s may look: %v, want %t", round, user, err, in)
					}
				}
			})
		}
		all.Wait()
	})
}

// seen asks, from memory if it can be, whether a user reads jobs in p1.
func seen(w *world, g *gate.Gate, user string) (int, error) {
	return gate.View(w.Context(), g, person(user), gate.Query[int]{Name: "job.read", Kept: true,
		On:   func(*gate.Reader) (authz.Resource, error) { return p1("ada"), nil },
		Read: func(*gate.Reader) (int, error) { return 0, nil }})
}

// toggle makes a user an observer of p1 and nothing else, or nothing at all.
func toggle(user string, in bool) gate.Op[struct{}] {
	return gate.Op[struct{}]{Name: "member.create", On: about(authz.Resource{Project: "p1"}), Apply: func(tx *gate.Tx) (none struct{}, err error) {
		src, err := rights{new(atomic.Int64)}.LoadPolicy(tx)
		if err != nil {
			return none, err
		}
		p := &src.Projects[0]
		p.Members = slices.DeleteFunc(p.Members, func(m authz.Member) bool { return m.User == user })
		if in {
			p.Members = append(p.Members, authz.Member{User: user, Role: "observer"})
		}
		tx.Changed(gate.InProject("p1"))
		text, err := json.Marshal(src)
		if err != nil {
			return none, err
		}
		_, err = tx.Exec(`UPDATE meta SET value = $1 WHERE key = 'rights'`, string(text))
		return none, err
	}}
}
