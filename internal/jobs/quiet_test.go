package jobs_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
)

func TestACancelThatChangesNothingIsNoLineOfTheHistory(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, node := w.submit(w.ada, w.onFile()), w.node("n1")
		l := w.started(node).Lease
		lines := func() (n int) {
			events, err := w.History(t.Context(), w.ada, job.ID)
			w.must(err)
			for _, e := range events {
				if e.What == "cancelled" {
					n++
				}
			}
			return n
		}
		for range 3 {
			_, err := w.Cancel(t.Context(), w.ada, job.ID)
			w.must(err)
		}
		w.wantState(job.ID, remit.JobCancelling)
		if n := lines(); n != 1 {
			t.Errorf("a cancelling job has %d lines of it", n)
		}
		w.finish(node, l, remit.JobCancelled)
		_, err := w.Cancel(t.Context(), w.ada, job.ID)
		w.must(err)
		if n := lines(); n != 1 {
			t.Errorf("a cancelled job has %d lines of it", n)
		}
	})
}

func TestWhatIsRefusedSaysWhatThereIs(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		_, err := w.Jobs(t.Context(), w.max, jobs.Filter{State: "runing"})
		w.wantAt(err, remit.Invalid, "state")
		if hint := err.(*remit.Error).Hint; !strings.Contains(hint, "queued, running, succeeded") {
			t.Errorf("the hint is %q", hint)
		}
		_, err = w.Submit(t.Context(), w.max, "moths", remit.JobSpec{Type: "once", Name: "job_00000000000000000000000001"})
		w.wantAt(err, remit.Invalid, "name")
		if !strings.Contains(err.Error(), "is the id of a job") {
			t.Errorf("a name that is an id: %v", err)
		}
	})
}
