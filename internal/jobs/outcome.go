package jobs

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// What came of a job — its result and error, those of its attempts, the details
// of its history, its log and artifacts — may show what it read. It is for those
// who may read all of that (R31): what the job is on, the files of its
// parameters, the files of a set that it was given, and what it exported; of a
// workflow also what its steps read.

// outcomesSeen says of which jobs the asker may learn what came of them. steps are
// all those of the workflows among them; seen holds the things of both.
func outcomesSeen(r *gate.Reader, rows, steps []row, seen sight) (map[remit.JobID]bool, error) {
	open := map[remit.JobID]bool{}
	var tried []*row
	for _, some := range [][]row{rows, steps} {
		for i := range some {
			j := &some[i]
			open[j.ID] = r.Who().Kind == authz.Node || seen.inputs(j) // a node got them from the lease
			if open[j.ID] && j.Attempt > 0 && r.Who().Kind != authz.Node {
				tried = append(tried, j)
			}
		}
	}
	for _, hidden := range []func(*gate.Reader, []*row) (map[remit.JobID]bool, error){givenHidden, exportHidden} {
		some, err := hidden(r, tried)
		if err != nil {
			return nil, err
		}
		for id, is := range some {
			open[id] = open[id] && !is
		}
	}
	for i := range steps {
		if !open[steps[i].ID] {
			open[steps[i].Parent] = false
		}
	}
	return open, nil
}

// seesOutcome is outcomesSeen for one job.
func seesOutcome(r *gate.Reader, j row) (bool, error) {
	workflows, err := workflowsOf(r, []row{j})
	if err != nil {
		return false, err
	}
	rows, steps := []row{j}, stepsIn(workflows)
	seen, err := sightOf(r, append(rows, steps...))
	if err != nil {
		return false, fmt.Errorf("looking up what job %s reads: %w", j.ID, err)
	}
	open, err := outcomesSeen(r, rows, steps, seen)
	return open[j.ID], err
}
