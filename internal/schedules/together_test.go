package schedules_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

// Each server has connections and a policy of its own; a SQLite file has one
// server, whose loops may still meet.
func TestServersThatFireAtOnceMakeOneJobForEachTime(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		d := testkit.Open(t, url)
		w := newWorld(t, d)
		var ids []remit.ScheduleID
		for range 10 {
			ids = append(ids, w.plan(w.ada).ID)
		}
		all := []*world{w}
		for range 3 {
			other := *w
			if other.open(d); strings.HasPrefix(url, "postgres") {
				other.open(testkit.Open(t, url))
			}
			all = append(all, &other)
		}
		for _, at := range []string{"13:00", "14:00", "15:00"} {
			w.setTime(at)
			fireTogether(t, all)
		}
		if n := len(w.all()); n != 30 {
			t.Errorf("%d jobs, want 30", n)
		}
		for _, id := range ids {
			w.wantTold(id, "13:00 started", "14:00 started", "15:00 started")
		}
	})
}

// What a server had begun when it died is not there, and the next one does it.
func TestAServerThatDiesInAFiringLeavesNothingAndTheNextOneFires(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.plan(w.ada)
		rename := func(from, to string) {
			t.Helper()
			w.must(d.Write(t.Context(), db.Exclusive, func(tx *db.Tx) error {
				_, err := tx.Exec(`ALTER TABLE ` + from + ` RENAME TO ` + to)
				return err
			}))
		}
		w.setTime("13:00")
		rename("audit_entries", "away") // the last thing that a firing writes to
		if n, err := w.Fire(t.Context()); n != 0 || err == nil {
			t.Errorf("it made %d jobs: %v", n, err)
		}
		rename("away", "audit_entries")
		w.wantStates()
		if n := w.fire() + w.fire(); n != 1 {
			t.Errorf("afterwards %d jobs were made", n)
		}
		w.wantTold(s.ID, "13:00 started")
	})
}

func fireTogether(t *testing.T, all []*world) {
	t.Helper()
	var together sync.WaitGroup
	for _, w := range all {
		together.Go(func() {
			if _, err := w.Fire(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	together.Wait()
}
