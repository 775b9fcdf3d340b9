package jobs_test

import (
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/testkit"
)

// held makes n jobs of bob's, to be held once he has left.
func (w *world) held(n int) []remit.JobID {
	w.t.Helper()
	ids := make([]remit.JobID, n)
	for i := range ids {
		ids[i] = w.submit(w.bob, w.onFile()).ID
		w.clock.advance(time.Millisecond) // ids go by the millisecond
	}
	return ids
}

func TestJobsThatStayHeldKeepNoOthers(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.held(100) // as many as one sweep looks at
		last := w.submit(w.ada, w.onFile()).ID
		w.leave("bob")
		w.leave("ada")
		w.claimNothing(w.node("n1"))
		w.wantState(last, remit.JobHeld)
		w.join("ada", "basic")
		for range 2 {
			w.sweep()
		}
		w.wantState(last, remit.JobQueued)
		w.join("bob", "batch")
		w.sweep() // from the oldest again
		for _, job := range w.all() {
			if job.State != remit.JobQueued {
				t.Fatalf("job %s is %s", job.ID, job.State)
			}
		}
	})
}

func TestABrokenHeldJobKeepsNeitherLeasesNorOtherHeldJobs(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, jobs.Options{})
		running := w.submit(w.ada, w.onFile())
		w.clock.advance(time.Millisecond)
		w.started(w.node("n1"))
		ids := w.held(2)
		w.leave("bob")
		w.claimNothing(w.node("n2"))
		w.must(d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE jobs SET progress = 'broken' WHERE id = $1`, ids[0])
			return err
		}))
		w.join("bob", "batch")
		w.clock.advance(leaseTTL)
		moved, err := w.Sweep(t.Context())
		if moved != 2 || err == nil {
			t.Errorf("%d jobs were moved with the error %v, want two and an error", moved, err)
		}
		w.wantState(running.ID, remit.JobQueued)
		w.wantState(ids[1], remit.JobQueued)
	})
}

func TestOneSweepFreesMoreHeldJobsThanItLooksAtTogether(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.held(201)
		w.leave("bob")
		w.claimNothing(w.node("n1"))
		w.join("bob", "batch")
		freed, err := w.Sweep(t.Context())
		w.must(err)
		if freed <= 100 { // it has two seconds
			t.Errorf("a sweep freed %d of 201 jobs", freed)
		}
	})
}
