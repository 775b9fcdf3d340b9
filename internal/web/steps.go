package web

import (
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
)

// stepRow is a step of a workflow with what its job tells who may read it.
type stepRow struct {
	remit.JobStep
	AtWork   bool
	Fraction float64 // 0 to 1
	Took     string
	Why      string // it waits, or did not succeed
}

// stepRows are the steps of a workflow, none of any other job.
func (v *visit) stepRows(job remit.Job) ([]stepRow, error) {
	if len(job.Steps) == 0 {
		return nil, nil
	}
	found, err := v.Jobs.Jobs(v.ctx(), v.who, jobs.Filter{Project: job.Project, Parent: job.ID, Limit: remit.MaxLimit})
	if err != nil && !isHidden(err) {
		return nil, err
	}
	rows := make([]stepRow, len(job.Steps))
	for i, step := range job.Steps {
		rows[i] = stepRow{JobStep: step, Why: whyOf(job, step)}
		at := slices.IndexFunc(found.Items, func(j remit.Job) bool { return j.ID == step.Job })
		if at >= 0 && found.Items[at].State == step.State { // else it is of a run before
			of := found.Items[at]
			rows[i].AtWork, rows[i].Fraction, rows[i].Took = of.State.Leased(), of.Progress.Fraction, lasted(of.StartedAt, of.FinishedAt)
		}
	}
	return rows, nil
}

// whyOf words why a step is not at work: what it is held for, what went wrong,
// or which steps it waits for.
func whyOf(job remit.Job, step remit.JobStep) string {
	switch {
	case step.Error != "":
		return step.Error
	case step.Held != "":
		return step.Held
	case step.State != remit.StepWaiting:
		return ""
	}
	if job.State != remit.JobRunning && job.State != remit.JobCancelling {
		return "its workflow has not begun"
	}
	var open []string
	for _, other := range job.Steps {
		if slices.Contains(step.Needs, other.Name) && !isOver(other.State) {
			open = append(open, other.Name)
		}
	}
	if len(open) == 0 {
		return ""
	}
	return "waits for " + strings.Join(open, ", ")
}

func isOver(s remit.JobState) bool {
	return s.Finished() || s == remit.StepRefused || s == remit.StepNotMade
}

// parentOf leads to the workflow that a job is a step of, nil for who may not
// see that.
func (v *visit) parentOf(job remit.Job, types []remit.JobType) (*crumb, error) {
	if job.Parent == "" {
		return nil, nil
	}
	parent, err := v.Jobs.Job(v.ctx(), v.who, job.Parent)
	if isHidden(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &crumb{headingOf(parent, typed(types, parent.Type)), "/jobs/" + string(parent.ID)}, nil
}
