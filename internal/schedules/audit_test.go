package schedules_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

// fired are the lines about a schedule's times in the audit log, with times
// like 13:00 and without ids of jobs.
func (w *world) fired(id remit.ScheduleID) (lines []string) {
	w.t.Helper()
	entries, err := gate.View(w.t.Context(), w.gate, setup, gate.Query[[]gate.Entry]{
		Name: "me.read",
		Read: func(r *gate.Reader) ([]gate.Entry, error) { return r.History(string(id)) },
	})
	w.must(err)
	for _, e := range entries {
		if e.Operation != "schedule.fire" {
			continue
		}
		line := strings.TrimPrefix(e.Detail, "due at 2026-03-01T")
		line = strings.Replace(line, ":00Z:", "", 1)
		if before, after, is := strings.Cut(line, " job_"); is {
			_, rest, _ := strings.Cut(after, ";")
			line = before + rest
		}
		lines = append(lines, line)
	}
	return lines
}

func (w *world) wantFired(id remit.ScheduleID, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.fired(id)); diff != "" {
		w.t.Errorf("audit lines (-want +got):\n%s", diff)
	}
}

func TestARefusalThatRepeatsIsOneLineOfTheAuditLogUntilItChanges(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s, other := w.plan(w.ada), w.plan(w.bob)
		w.fireAt("13:00")
		w.disable("ada", true)
		for _, at := range []string{"14:00", "15:00", "16:00"} {
			w.fireAt(at)
		}
		w.disable("ada", false)
		denied := w.entry("ada", "job:run.tidy", "deny")
		w.fireAt("17:00")
		w.fireAt("18:00")
		w.must(w.projects.RemoveEntry(t.Context(), setup, "moths", denied))
		w.fireAt("19:00")
		w.entry("ada", "job:run.tidy", "deny")
		w.fireAt("20:00")
		w.fireAt("21:00")
		const cannot, lacks = "its owner cannot act: The account ada is disabled", "its owner lacks job:run.tidy"
		w.wantTold(s.ID, "13:00 started", "14:00 refused: "+cannot, "15:00 refused: "+cannot, "16:00 refused: "+cannot,
			"17:00 refused: "+lacks, "18:00 refused: "+lacks, "19:00 started", "20:00 refused: "+lacks, "21:00 refused: "+lacks)
		w.wantFired(s.ID, "13:00 started", "14:00 refused; "+cannot, "17:00 refused; "+lacks, "19:00 started", "20:00 refused; "+lacks)
		if n := len(w.fired(other.ID)); n != 9 {
			t.Errorf("of the other schedule, which made a job each time, there are %d lines", n)
		}
	})
}

// What somebody starts by hand changes nothing about what the clock meets.
func TestARefusalThatRepeatsIsOneLineThoughItsJobIsRunByHand(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada)
		w.disable("ada", true)
		w.fireAt("13:00")
		_, err := w.Run(t.Context(), w.bob, s.ID)
		w.must(err)
		w.fireAt("14:00")
		w.wantFired(s.ID, "13:00 refused; its owner cannot act: The account ada is disabled")
	})
}

func TestATimeThatIsSkippedAgainAndAgainIsOneLineOfTheAuditLog(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada, overlap("skip"))
		for _, at := range []string{"13:00", "14:00", "15:00"} {
			w.fireAt(at)
		}
		w.cancel(w.all()[0].ID)
		w.fireAt("16:00")
		w.fireAt("17:00")
		const waits = "skipped; the job before has not ended"
		w.wantTold(s.ID, "13:00 started", "14:00 "+strings.Replace(waits, ";", ":", 1), "15:00 "+strings.Replace(waits, ";", ":", 1), "16:00 started", "17:00 "+strings.Replace(waits, ";", ":", 1))
		w.wantFired(s.ID, "13:00 started", "14:00 "+waits, "16:00 started", "17:00 "+waits)
	})
}
