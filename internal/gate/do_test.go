package gate_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/testkit"
)

func wantEqual[T any](t *testing.T, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func wantKind(t *testing.T, err error, kind remit.Kind) {
	t.Helper()
	if remit.KindOf(err) != kind {
		t.Errorf("%q (%v), want an error of kind %q", remit.KindOf(err), err, kind)
	}
}

func TestAChangeIsMadeAndWrittenDownTogether(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		op := note("job.cancel", p1("dan"), "a")
		insert := op.Apply
		op.Apply = func(tx *gate.Tx) (string, error) {
			tx.Note("cancelled %d", 1)
			w.must(tx.Record("job.release", "p1", "other", "by the way"))
			return insert(tx)
		}
		got, err := gate.Do(gate.WithRequestID(w.Context(), "req-1"), w.gate, key("dan", "*"), op)
		w.must(err)
		wantEqual(w.T, got, "a")
		wantEqual(w.T, w.notes(), []string{"a"})
		by := gate.Entry{At: noon, ActorKind: "person", ActorID: "dan", Actor: "dan", Key: "key-of-dan", Project: "p1", Allowed: true, Request: "req-1"}
		released, cancelled := by, by
		released.Operation, released.Thing, released.Detail = "job.release", "other", "by the way"
		cancelled.Operation, cancelled.Thing, cancelled.Detail = "job.cancel", "job-of-dan", "cancelled 1"
		cancelled.Rule, cancelled.Permission = "R12", "job:cancel"
		wantEqual(w.T, w.entries(), []gate.Entry{released, cancelled})
	})
}

func TestARefusalIsWrittenDownAndNothingElseHappens(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		op := note("job.cancel", p1("ada"), "a")
		op.Apply = func(*gate.Tx) (string, error) {
			w.Error("Apply ran")
			return "", nil
		}
		got, err := do(w, w.gate, person("dan"), op)
		wantKind(w.T, err, remit.Denied)
		wantEqual(w.T, got, "")
		wantEqual(w.T, w.entries(), []gate.Entry{{At: noon, ActorKind: "person", ActorID: "dan", Actor: "dan", Operation: "job.cancel",
			Project: "p1", Thing: "job-of-ada", Rule: "R14", Permission: "job:cancel"}})
	})
}

func TestTheRefusalOfAStrangerIsNotWrittenDown(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		_, err := do(w, w.gate, nobody, note("job.create", authz.Resource{Project: "p2"}, "a"))
		wantKind(w.T, err, remit.Unauthenticated)
		wantEqual(w.T, w.entries(), []gate.Entry{})
	})
}

func TestTheTableSaysWhatIsWrittenDown(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		held := authz.Resource{Project: "p1", Thing: "j", Facts: authz.HoldsLock}
		_, err := do(w, w.gate, n1, note("job.heartbeat", held, "none"))
		w.must(err)
		_, err = do(w, w.gate, n1, note("job.output", held, "refusals only"))
		w.must(err)
		wantEqual(w.T, w.entries(), []gate.Entry{})
		held.Facts = authz.HeldLock
		_, err = do(w, w.gate, n1, note("job.heartbeat", held, "never"))
		wantKind(w.T, err, remit.Conflict)
		_, err = do(w, w.gate, n1, note("job.output", held, "never"))
		wantKind(w.T, err, remit.Conflict)
		wantEqual(w.T, w.entries(), []gate.Entry{{At: noon, ActorKind: "node", ActorID: "n1", Actor: "n1", Operation: "job.output", Project: "p1", Thing: "j", Rule: "R16", Permission: "job:work"}})
	})
}

func TestAnErrorOfApplyTakesEverythingBack(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		op := change(w, without("dan"))
		edit := op.Apply
		op.Apply = func(tx *gate.Tx) (struct{}, error) {
			tx.OnCommit(func() { w.Error("OnCommit ran") })
			w.must(tx.Record("job.release", "p1", "other", ""))
			_, err := edit(tx)
			return struct{}{}, errors.Join(err, errBoom)
		}
		before := w.version()
		if _, err := do(w, w.gate, person("ada"), op); !errors.Is(err, errBoom) {
			w.Errorf("got %v", err)
		}
		wantEqual(w.T, w.entries(), []gate.Entry{})
		wantEqual(w.T, w.version(), before)
		_, err := do(w, w.gate, person("dan"), note("job.create", p1("dan"), "a"))
		w.must(err)
	})
}

func TestEntriesAreSeenWithTheChangeAndNotBefore(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		op := note("job.cancel", p1("dan"), "a")
		insert := op.Apply
		op.Apply = func(tx *gate.Tx) (string, error) {
			w.must(tx.Record("job.release", "p1", "other", ""))
			wantEqual(w.T, len(w.entries()), 0) // another transaction
			return insert(tx)
		}
		_, err := do(w, w.gate, person("dan"), op)
		w.must(err)
		wantEqual(w.T, len(w.entries()), 2)
	})
}

func TestAnErrorOfOnComesBackAndNothingIsWrittenDown(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		op := note("job.cancel", p1("dan"), "a")
		op.On = func(*gate.Tx) (authz.Resource, error) { return authz.Resource{}, gate.NotFound("jobs") }
		_, err := do(w, w.gate, person("dan"), op)
		wantEqual(w.T, err.Error(), "No such job")
		wantEqual(w.T, w.entries(), []gate.Entry{})
	})
}

func TestNothingCanBeWrittenBeforeTheCheck(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		op := note("job.cancel", p1("dan"), "a")
		op.On = func(tx *gate.Tx) (authz.Resource, error) {
			wantKind(w.T, tx.Record("job.cancel", "p1", "x", ""), remit.Internal)
			_, err := tx.Exec(`INSERT INTO notes (id) VALUES ('early')`)
			wantKind(w.T, err, remit.Internal)
			return p1("ada"), nil
		}
		_, err := do(w, w.gate, person("dan"), op)
		wantKind(w.T, err, remit.Denied)
		wantEqual(w.T, w.notes(), []string{})
	})
}

func TestAnOperationWithoutARowIsAFaultOfTheProgram(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		_, err := do(w, w.gate, person("sue"), note("job.fly", p1("sue"), "a"))
		wantKind(w.T, err, remit.Internal)
		_, err = gate.View(w.Context(), w.gate, person("sue"), gate.Query[int]{Name: "job.fly", Read: func(*gate.Reader) (int, error) {
			w.Error("Read ran")
			return 0, nil
		}})
		wantKind(w.T, err, remit.Internal)
		w.reads(person("sue"), func(r *gate.Reader) {
			wantEqual(w.T, r.Scope("job.fly").Empty(), true)
			wantEqual(w.T, r.Scope("job.cancel").Empty(), true) // no list
			wantEqual(w.T, r.Control("job.fly", p1("sue")).Allowed, false)
		})
	})
}

// As long as only one place is asked, a thing would go anywhere (R29).
func TestAnOperationThatTakesAThingElsewhereIsRefusedToEverybody(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		_, err := do(w, w.gate, person("ada"), change(w, func(src *authz.Source) {
			for i := range src.Catalog.Operations {
				if op := &src.Catalog.Operations[i]; op.Name == "job.create" || op.Name == "job.read" {
					op.To = [][]string{{"job:create"}}
				}
			}
		}))
		w.must(err)
		_, err = do(w, w.gate, person("sue"), note("job.create", p1("sue"), "a"))
		wantKind(w.T, err, remit.Internal)
		wantEqual(w.T, w.notes(), []string{})
		wantEqual(w.T, w.look(w.gate), remit.Internal)
		w.reads(person("sue"), func(r *gate.Reader) {
			wantEqual(w.T, r.Can("job.read", p1("sue")).Allowed, false)
			wantEqual(w.T, r.Control("job.read", p1("sue")).Allowed, false)
			wantEqual(w.T, r.Actions(p1("sue"), "job.read", "job.cancel"), []string{"cancel"})
		})
	})
}

// A kind of asker that this program does not know is nobody.
func TestAnAskerOfAnUnknownKindIsRefused(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		_, err := do(w, w.gate, authz.Subject{Kind: 200, ID: "sue"}, note("job.create", p1("sue"), "a"))
		if err == nil {
			w.Error("it made a job")
		}
		for _, e := range w.entries() {
			wantEqual(w.T, e.ActorKind, "anonymous")
			wantEqual(w.T, e.Allowed, false)
		}
	})
}

// SQLite has one writer at a time, whatever it is about.
func TestEveryChangeOfThePolicyTakesTheLockAloneOnPostgres(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.Postgres(t)))
	for _, row := range remit.Operations() {
		want := []string{"ShareLock"}
		if row.ChangesPolicy {
			want = []string{"ExclusiveLock"}
		}
		_, err := do(w, w.gate, person("sue"), gate.Op[int]{Name: row.Name, On: func(tx *gate.Tx) (authz.Resource, error) {
			modes, err := db.Rows(tx, db.Value[string], `SELECT mode FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()`)
			if err != nil || !slices.Equal(modes, want) {
				t.Errorf("%s holds %v (%v), want %v", row.Name, modes, err, want)
			}
			return authz.Resource{}, errBoom
		}})
		if !errors.Is(err, errBoom) {
			t.Errorf("%s: %v", row.Name, err)
		}
	}
}

func TestOnlyAChangeOfThePolicyCountsItsVersion(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		count := func() int {
			n, err := strconv.Atoi(w.version())
			w.must(err)
			return n
		}
		before := count()
		_, err := do(w, w.gate, person("dan"), note("job.create", p1("dan"), "a"))
		w.must(err)
		wantEqual(w.T, count(), before)
		_, err = do(w, w.gate, person("mel"), change(w, without("ada")))
		wantKind(w.T, err, remit.Denied)
		wantEqual(w.T, count(), before)
		_, err = do(w, w.gate, person("ada"), change(w, without("dan")))
		w.must(err)
		wantEqual(w.T, count(), before+1)
	})
}

func TestSubscribersHearOfWhatWasCommitted(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		events, end := w.gate.Subscribe("jobs")
		defer end()
		committed := false
		op := note("job.cancel", p1("dan"), "a")
		op.Apply = func(tx *gate.Tx) (string, error) {
			tx.Notify("jobs", "job-of-dan")
			tx.OnCommit(func() { committed = true })
			tx.About("job-of-somebody")
			return "", nil
		}
		_, err := do(w, w.gate, person("dan"), op)
		w.must(err)
		wantEqual(w.T, committed, true)
		wantEqual(w.T, w.entries()[0].Thing, "job-of-somebody")
		if e := <-events; e != (gate.Event{Topic: "jobs", Payload: "job-of-dan"}) && e != (gate.Event{}) {
			w.Errorf("event %v", e)
		}
		release, ok, err := w.gate.TryLeader(w.Context(), "sweeper")
		w.must(err)
		release()
		wantEqual(w.T, ok, true)
	})
}

// several is one operation on jobs of several owners.
func several(operation string, owners ...string) gate.All {
	return gate.All{
		Name: operation,
		On: func(*gate.Tx) (on []authz.Resource, err error) {
			for _, owner := range owners {
				on = append(on, p1(owner))
			}
			return on, nil
		},
		Apply: func(tx *gate.Tx) (written []gate.Written, err error) {
			for i, owner := range owners {
				written = append(written, gate.Written{Of: i, Note: "that of " + owner})
			}
			_, err = tx.Exec(`INSERT INTO notes (id) VALUES ('a')`)
			return written, err
		},
	}
}

func TestManyThingsAreWrittenDownOneByOne(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		w.must(gate.DoAll(w.Context(), w.gate, person("ada"), several("job.cancel", "dan", "sol")))
		got := map[string]string{}
		for _, e := range w.entries() {
			got[e.Thing] = e.Operation + " " + e.Rule + " " + e.Detail
		}
		wantEqual(w.T, got, map[string]string{"job-of-dan": "job.cancel R12 that of dan", "job-of-sol": "job.cancel R12 that of sol"})
		wantEqual(w.T, w.notes(), []string{"a"})
	})
}

func TestOfManyThingsAllArePermittedOrNothingIsDone(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		err := gate.DoAll(w.Context(), w.gate, person("dan"), several("job.cancel", "dan", "sol"))
		refused, ok := errors.AsType[*gate.NotAll](err)
		if !ok || !slices.Equal(refused.Which, []int{1}) {
			w.Errorf("got %v, want that number 1 alone is refused", err)
		}
		wantEqual(w.T, w.entries(), []gate.Entry{})
		wantEqual(w.T, w.notes(), []string{})
		wantKind(w.T, gate.DoAll(w.Context(), w.gate, person("ada"), several("member.delete", "dan")), remit.Internal)
	})
}

func TestWhatIsRefusedLateOfManyThingsIsTakenBackAndWrittenDown(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		op := several("job.cancel", "dan", "sol")
		insert := op.Apply
		op.Apply = func(tx *gate.Tx) ([]gate.Written, error) {
			_, err := insert(tx)
			w.must(err)
			return nil, remit.Errorf(remit.Denied, "not so")
		}
		wantKind(w.T, gate.DoAll(w.Context(), w.gate, person("ada"), op), remit.Denied)
		wantEqual(w.T, w.notes(), []string{})
		if all := w.entries(); len(all) != 1 || all[0].Allowed || all[0].Detail != "not so" {
			w.Errorf("written down: %+v", all)
		}
	})
}
