package jobs_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
)

func TestAPriorityAboveZeroTakesARight(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.role("hasty", basic+" job:priority@own job:update")
		hasty := w.person("hasty", "hasty")
		spec := func(priority int) remit.JobSpec {
			s := w.onFile()
			s.Priority = priority
			return s
		}
		before := len(w.all())
		_, err := w.Submit(t.Context(), w.ada, "moths", spec(1))
		w.want(err, "denied")
		if e, ok := err.(*remit.Error); !ok || e.Decision == nil || e.Decision.Permission != "job:priority" || len(w.all()) != before {
			t.Errorf("it is refused with %+v, and made something", err)
		}
		theirs := w.submit(w.ada, spec(-3))
		mine := w.submit(hasty, spec(50))
		_, err = w.Update(t.Context(), hasty, theirs.ID, jobs.Patch{Priority: new(1)})
		w.want(err, "denied")
		for _, priority := range []int{0, -100} {
			_, err = w.Update(t.Context(), hasty, theirs.ID, jobs.Patch{Priority: &priority})
			w.must(err)
		}
		again, err := w.Requeue(t.Context(), w.ada, mine.ID, jobs.Requeue{})
		w.must(err)
		if again.Priority != 0 {
			t.Errorf("a requeued job of ada's goes with priority %d", again.Priority)
		}
		if again, err = w.Requeue(t.Context(), hasty, mine.ID, jobs.Requeue{}); err != nil || again.Priority != 50 {
			t.Errorf("a requeued job of hasty's goes with priority %d, %v", again.Priority, err)
		}
	})
}

func TestWhoMayNotPrioritizeMayLowerAndRename(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.role("clerk", basic+" job:update")
		clerk := w.person("clerk", "clerk")
		job := w.submit(w.max, remit.JobSpec{Type: "once", Priority: 50})
		for _, p := range []jobs.Patch{{Name: new("other")}, {Priority: new(50), Name: new("more")}, {Priority: new(20)}} {
			_, err := w.Update(t.Context(), clerk, job.ID, p)
			w.must(err)
		}
		_, err := w.Update(t.Context(), clerk, job.ID, jobs.Patch{Priority: new(21)})
		w.want(err, "denied")
	})
}
