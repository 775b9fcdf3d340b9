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
// it read. It is for those who may read all of that (R31): what the job is on, the
// files of its parameters, the files of a set that it was given, and what it
// exported or scanned. A workflow and its steps hand each other their results: it
// takes all that its steps read, and the steps, to learn what came of one or to run
// it again.

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
	open, err := readable(r, seen, rows, steps)
	if err != nil {
		return nil, err
	}
	closed := map[remit.JobID]bool{} // workflows
	for _, j := range steps {
		if !open[j.ID] || !r.Can("job.read", j.resource()).Allowed {
			closed[j.Parent] = true
		}
	}
	for _, j := range slices.Concat(rows, steps) {
		open[j.ID] = open[j.ID] && !closed[j.ID] && !closed[j.Parent]
	}
	return open, nil
}

// readable says of which jobs the asker may read all that they read themselves.
func readable(r *gate.Reader, seen sight, all ...[]row) (map[remit.JobID]bool, error) {
	open := map[remit.JobID]bool{}
	var tried []*row
	for _, some := range all {
		for i := range some {
			j := &some[i]
			open[j.ID] = r.Who().Kind == authz.Node || seen.inputs(j) // a node got them from the lease
			if open[j.ID] && j.Attempt > 0 && r.Who().Kind != authz.Node {
				tried = append(tried, j)
			}
		}
	}
	for _, hidden := range []func(*gate.Reader, []*row) (map[remit.JobID]bool, error){givenHidden, exportHidden, scanHidden} {
		some, err := hidden(r, tried)
		if err != nil {
			return nil, err
		}
		for id, is := range some {
			open[id] = open[id] && !is
		}
	}
	return open, nil
}

// view is what the asker sees of some jobs.
type view struct {
	workflows map[remit.JobID]*shownWorkflow // with those that jobs are steps of
	seen      sight
	open      map[remit.JobID]bool // whose outcome they may know
}

func viewOf(r *gate.Reader, rows []row) (v view, err error) {
	if v.workflows, err = workflowsOf(r, withParents(rows)); err != nil {
		return v, err
	}
	steps := stepsIn(v.workflows)
	if v.seen, err = sightOf(r, slices.Concat(rows, steps)); err != nil {
		return v, fmt.Errorf("looking up what jobs are on: %w", err)
	}
	v.open, err = outcomesSeen(r, rows, steps, v.seen)
	return v, err
}

// keepsFrom is why the asker cannot do something with a job because of what it
// reads; "" = that keeps them from nothing.
func (v view) keepsFrom(verb string, j *row) (reason string) {
	switch {
	case !readsInputs(verb):
		return ""
	case !v.seen.inputs(j):
		return "You cannot read what the job is on"
	case !v.seen.again(j):
		return "Its parameters name what you may not see, or what is not there any more"
	case j.Parent == "":
		return ""
	case !v.open[j.ID]:
		return "You cannot read what the steps of its workflow read"
	}
	if w := v.workflows[j.Parent]; verb == "requeue" && w != nil && len(w.sources(j.Step)) > 0 {
		return "It takes what other steps made: requeue its workflow"
	}
	return ""
}

// readsInputs says whether a verb makes the job run, which takes that the
// asker may read what it is on (R26).
func readsInputs(verb string) bool { return verb == "run" || verb == "retry" || verb == "requeue" }

// seesOutcome is view.open for one job.
func seesOutcome(r *gate.Reader, j row) (bool, error) {
	v, err := viewOf(r, []row{j})
	return v.open[j.ID], err
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
