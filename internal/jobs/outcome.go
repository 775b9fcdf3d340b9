package jobs

import (
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// What came of a job — its result and error, the stages of its progress, those of
// its attempts, the details of its history, its log and artifacts — may show what
// it read. It is for those
// who may read all of that (R31): what the job is on, the files of its
// parameters, the files of a set that it was given, and what it exported. A
// workflow and its steps hand each other their results: it takes all that its
// steps read to learn what came of one.

// withParents are jobs with the workflows that they are steps of, as much of
// these as workflowsOf asks for.
func withParents(rows []row) []row {
	all := slices.Clone(rows)
	for _, j := range rows {
		if j.Parent != "" {
			all = append(all, row{ID: j.Parent, Workflow: true})
		}
	}
	return all
}

// outcomesSeen says of which jobs the asker may learn what came of them. steps are
// all those of the workflows of withParents; seen holds the things of both.
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
	closed := map[remit.JobID]bool{} // workflows
	for _, j := range slices.Concat(rows, steps) {
		if j.Parent != "" && !open[j.ID] {
			closed[j.Parent] = true
		}
	}
	for _, j := range slices.Concat(rows, steps) {
		open[j.ID] = open[j.ID] && !closed[j.ID] && !closed[j.Parent]
	}
	return open, nil
}

// seesOutcome is outcomesSeen for one job.
func seesOutcome(r *gate.Reader, j row) (bool, error) {
	workflows, err := workflowsOf(r, withParents([]row{j}))
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

// requireFamily lets only those through to a step who may learn what came of it:
// its parameters, and so all that it makes, may be of what other steps read.
func requireFamily(r *gate.Reader, j *row) error {
	if j.Parent == "" || r.Who().Kind == authz.Node {
		return nil
	}
	open, err := seesOutcome(r, *j)
	if err == nil && !open {
		err = gate.NotFound("files")
	}
	return err
}
