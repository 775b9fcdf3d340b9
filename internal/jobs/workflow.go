package jobs

import (
	"crypto/rand"
	"encoding/json"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/parameters"
)

// workflow is what a workflow's job is made of, as its type was when it was made.
type workflow struct {
	Steps   []remit.Step
	Again   []string          // steps that have jobs of a run before, which this run is to do again
	Refused map[string]string // why steps of this run could not be made
}

// storeWorkflow makes a new job a workflow.
func storeWorkflow(tx *gate.Tx, j *row, steps []remit.Step) error {
	j.Workflow = true
	if _, err := tx.Exec(setWorkflow, j.ID); err != nil {
		return fmt.Errorf("making job %s a workflow: %w", j.ID, err)
	}
	if _, err := tx.Exec(insertWorkflow, j.ID, db.JSON(steps)); err != nil {
		return fmt.Errorf("storing the steps of workflow %s: %w", j.ID, err)
	}
	return nil
}

// workflowOf reads it, with the jobs of its steps by name.
func workflowOf(tx *gate.Tx, j *row) (w workflow, jobs map[string]*row, err error) {
	if w, err = db.One(tx, scanWorkflow, selectWorkflow, j.ID); err != nil {
		return w, nil, fmt.Errorf("reading the steps of workflow %s: %w", j.ID, err)
	}
	children, err := db.Rows(tx, scanJob, selectSteps, j.ID)
	if err != nil {
		return w, nil, fmt.Errorf("reading the jobs of workflow %s: %w", j.ID, err)
	}
	jobs = map[string]*row{}
	for i := range children {
		jobs[children[i].Step] = &children[i]
	}
	return w, jobs, nil
}

func (w workflow) store(tx *gate.Tx, j *row) error {
	if _, err := tx.Exec(updateWorkflow, j.ID, db.JSON(append([]string{}, w.Again...)), db.JSON(w.Refused)); err != nil {
		return fmt.Errorf("storing what became of workflow %s: %w", j.ID, err)
	}
	return nil
}

// advanceWorkflow does what can be done now: it begins a workflow that is asked to
// run, makes the jobs of steps whose inputs are there, and ends it when no step is left.
func (s *Service) advanceWorkflow(tx *gate.Tx, j *row) error {
	if !j.Workflow || j.State != remit.JobQueued && j.State != remit.JobRunning && j.State != remit.JobCancelling {
		return nil
	}
	w, jobs, err := workflowOf(tx, j)
	if err != nil {
		return err
	}
	if j.State == remit.JobQueued {
		if err := s.begin(tx, j, &w, jobs); err != nil || j.State != remit.JobRunning {
			return err
		}
	}
	if j.State == remit.JobCancelling {
		return endCancelled(tx, j, w, jobs)
	}
	return s.drive(tx, j, w, jobs)
}

// begin starts a run, when the runner may run the workflow (R26). It holds a lease
// that is nobody's. Steps that have not succeeded are to be done again.
func (s *Service) begin(tx *gate.Tx, j *row, w *workflow, jobs map[string]*row) error {
	_, reason, err := s.admit(&tx.Reader, j)
	if err != nil {
		return err
	}
	if reason != "" {
		return hold(tx, j, reason)
	}
	w.Again, w.Refused = nil, map[string]string{}
	for name, step := range sorted(jobs) {
		if step.State != remit.JobSucceeded {
			w.Again = append(w.Again, name)
		}
	}
	if err := w.store(tx, j); err != nil {
		return err
	}
	now := stored(tx.Now())
	err = move(tx, j, Begin, func(j *row) {
		j.Lease, j.StartedAt, j.NotBefore = rand.Text(), &now, noTime
		j.Progress = w.progress(jobs)
	})
	if err != nil {
		return err
	}
	return tx.Record("job.begin", j.Project, string(j.ID), fmt.Sprintf("%d steps", len(w.Steps)))
}

// drive makes the next steps, or ends the run.
func (s *Service) drive(tx *gate.Tx, j *row, w workflow, jobs map[string]*row) error {
	for {
		p := w.plan(jobs)
		switch {
		case p.failed != "":
			return s.giveUp(tx, j, w, jobs, p)
		case len(p.ready) == 0 && len(p.live) == 0:
			return s.endRun(tx, j, w, jobs, Succeed, "")
		case len(p.ready) == 0:
			return nil
		}
		for _, step := range p.ready {
			if err := s.makeStep(tx, j, &w, step, jobs); err != nil {
				return fmt.Errorf("step %s: %w", step.Name, err)
			}
		}
		if err := w.store(tx, j); err != nil {
			return err
		}
	}
}

// giveUp ends a run that has failed, when no step of it is at work any more.
// Steps that only wait do not begin any more.
func (s *Service) giveUp(tx *gate.Tx, j *row, w workflow, jobs map[string]*row, p plan) error {
	atWork := false
	for _, step := range p.live {
		if err := s.stopStep(tx, step, "its workflow "+string(j.ID)+" has failed", advancer, false); err != nil {
			return err
		}
		atWork = atWork || !step.State.Finished()
	}
	if atWork {
		return nil
	}
	return s.endRun(tx, j, w, jobs, Fail, p.failed)
}

// endRun ends a run, with the results of the steps that succeeded.
func (s *Service) endRun(tx *gate.Tx, j *row, w workflow, jobs map[string]*row, event Event, why string) error {
	now, result := stored(tx.Now()), w.results(jobs)
	err := move(tx, j, event, func(j *row) {
		j.Error, j.FinishedAt, j.Result, j.Progress = why, &now, result, further(j.Progress, w.progress(jobs))
		if j.State == remit.JobSucceeded {
			j.Progress.Fraction = 1
		}
	})
	if err != nil {
		return err
	}
	if err := forgetAll(tx, j, jobs); err != nil {
		return err
	}
	return tx.Record("job.finish", j.Project, string(j.ID), Outcome{State: j.State, Error: why}.words())
}

// endCancelled ends a cancelled workflow when all of its steps are over.
func endCancelled(tx *gate.Tx, j *row, w workflow, jobs map[string]*row) error {
	for _, step := range jobs {
		if !step.State.Finished() {
			return nil
		}
	}
	now := stored(tx.Now())
	err := move(tx, j, Stop, func(j *row) {
		j.FinishedAt, j.Progress = &now, further(j.Progress, w.progress(jobs))
	})
	if err != nil {
		return err
	}
	return tx.Record("job.finish", j.Project, string(j.ID), string(j.State))
}

// maxResults bounds the result of a workflow, in bytes.
const maxResults = 4 * parameters.Max

// results are those of the steps that succeeded, by name, as many as there is
// room for in the order of the steps.
func (w workflow) results(jobs map[string]*row) json.RawMessage {
	all, bytes := map[string]json.RawMessage{}, 0
	for _, step := range w.Steps {
		done := jobs[step.Name]
		if done == nil || done.State != remit.JobSucceeded || bytes+len(done.Result) > maxResults {
			continue
		}
		bytes += len(done.Result)
		if all[step.Name] = done.Result; done.Result == nil {
			all[step.Name] = json.RawMessage("null")
		}
	}
	text, err := parameters.Encode(all)
	if err != nil {
		return nil
	}
	return text
}

// stepsOf are the jobs of a workflow's steps, locked in the order of their ids:
// none of them is needed by others from then on.
func stepsOf(tx *gate.Tx, j *row) ([]row, error) {
	steps, err := db.Rows(tx, scanJob, selectSteps+tx.Dialect().ForUpdate, j.ID)
	if err != nil {
		return nil, fmt.Errorf("reading the jobs of workflow %s: %w", j.ID, err)
	}
	return steps, nil
}
