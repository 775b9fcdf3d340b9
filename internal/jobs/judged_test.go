package jobs_test

import (
	"encoding/json"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/testkit"
)

// allocates is how much memory something takes, in KiB: the least of some times,
// since what else the process does at that moment counts as well.
func allocates(something func()) int {
	least := math.MaxInt
	for range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		something()
		runtime.ReadMemStats(&after)
		least = min(least, int(after.TotalAlloc-before.TotalAlloc)>>10)
	}
	return least
}

// It measures, and so runs alone.
func TestWhoJudgesManyJobsReadsNotWhatTheyWereGiven(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, jobs.Options{})
		w.must(w.DeclareType(t.Context(), setup, remit.JobType{Key: "big", Title: "Big", On: []string{"none"}, Runner: "process", Command: []string{"true"},
			Params: json.RawMessage(`{"type":"object"}`)}))
		params := json.RawMessage(`{"x":"` + strings.Repeat("a", 60<<10) + `"}`)
		specs := make([]remit.JobSpec, 100)
		for i := range specs {
			specs[i] = remit.JobSpec{Type: "big", Params: params, Start: true}
		}
		_, err := w.SubmitAll(t.Context(), w.max, "moths", specs)
		w.must(err)
		other, want := w.node("n1"), everything
		want.Max = 50
		given, err := w.nodes.Claim(t.Context(), w.node("n2"), want)
		w.must(err)
		if len(given) != 50 {
			t.Fatalf("%d were claimed", len(given))
		}
		took := allocates(func() {
			if report := w.bulk(w.max, jobs.Bulk{Action: "cancel", DryRun: true, Filter: remit.JobFilter{Type: "big"}}); report.Jobs != 100 {
				t.Errorf("%d jobs would be cancelled", report.Jobs)
			}
		})
		if took > 3<<10 {
			t.Errorf("looking at 100 jobs with 6 MB of parameters took %d KiB", took)
		}
		took = allocates(func() {
			n, err := w.nodes.Node(t.Context(), setup, remit.NodeID(other.ID))
			w.must(err)
			if len(n.Running) != 0 {
				t.Errorf("n1 runs %v", n.Running)
			}
		})
		if took > 1<<10 {
			t.Errorf("looking at a node that has no jobs took %d KiB", took)
		}
	})
}
