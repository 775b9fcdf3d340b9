package jobs

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// shownWorkflow is a workflow with its jobs, as lists show it.
type shownWorkflow struct {
	workflow
	of   remit.JobID
	jobs map[string]*row
}

// showSteps adds to workflows what has become of their steps, and how far they
// are: it is worked out when somebody looks, so that no report of a step's node
// writes anything else.
func showSteps(r *gate.Reader, v view, rows []row, shown []remit.Job) {
	for i := range rows {
		j := &rows[i]
		w, is := v.workflows[j.ID]
		if !is {
			continue
		}
		if j.State == remit.JobRunning || j.State == remit.JobCancelling {
			shown[i].Progress = further(j.Progress, w.progress(w.jobs))
		}
		for _, step := range w.Steps {
			shown[i].Steps = append(shown[i].Steps, w.shown(r, j, step, v.open))
		}
	}
}

// workflowsOf looks them up all at once.
func workflowsOf(r *gate.Reader, rows []row) (map[remit.JobID]*shownWorkflow, error) {
	var of []remit.JobID
	for _, j := range rows {
		if j.Workflow {
			of = append(of, j.ID)
		}
	}
	if len(of) == 0 {
		return nil, nil
	}
	all, err := db.Rows(r, scanShownWorkflow, selectWorkflows+db.In(1, len(of)), ids(of)...)
	if err != nil {
		return nil, fmt.Errorf("reading workflows: %w", err)
	}
	steps, err := db.Rows(r, scanShownStep, selectStepsOf+db.In(1, len(of)), ids(of)...)
	if err != nil {
		return nil, fmt.Errorf("reading the steps of workflows: %w", err)
	}
	workflows := map[remit.JobID]*shownWorkflow{}
	for i := range all {
		all[i].jobs = map[string]*row{}
		workflows[all[i].of] = &all[i]
	}
	for i := range steps {
		if w := workflows[steps[i].Parent]; w != nil {
			w.jobs[steps[i].Step] = &steps[i]
		}
	}
	return workflows, nil
}

// stepsIn are the jobs of the steps of all of them.
func stepsIn(workflows map[remit.JobID]*shownWorkflow) (steps []row) {
	for _, w := range workflows {
		for _, j := range w.jobs {
			steps = append(steps, *j)
		}
	}
	return steps
}

// shown is one step, with its job where the asker may read that. What came of it
// in an earlier run, or in an earlier attempt, is that job's to tell. Why a step was
// refused is told of the parameters of the workflow, and of results of others.
func (w *shownWorkflow) shown(r *gate.Reader, j *row, step remit.Step, open map[remit.JobID]bool) remit.JobStep {
	s := remit.JobStep{Name: step.Name, Type: step.Type, State: remit.StepWaiting}
	s.Needs, _ = before(step)
	job, refused := w.jobs[step.Name], w.Refused[step.Name]
	begun := j.State.Leased() || j.State.Finished()
	again := w.isAgain(step.Name) || !begun && job != nil && job.State != remit.JobSucceeded
	switch {
	case refused != "" && begun:
		s.State, s.Error = remit.StepRefused, only(open[j.ID], refused)
	case job != nil && !again:
		s.State = job.State
	case j.State.Finished():
		s.State = remit.StepNotMade
	}
	if job != nil && r.Can("job.read", job.resource()).Allowed {
		if s.Job = job.ID; !again {
			s.Held = job.Held
		}
		if !again && job.State.Finished() {
			s.Error = only(open[job.ID], job.Error)
		}
	}
	return s
}

// only is the text where it may be shown.
func only(open bool, text string) string {
	if !open {
		return ""
	}
	return text
}
