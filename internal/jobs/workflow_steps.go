package jobs

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/parameters"
)

// makeStep makes the job of a step, or has the one of a run before done again. It
// is its workflow's owner's and runner's; where the runner may not run it, it is
// held until they may (R26). What its type does not take is written into w.
func (s *Service) makeStep(tx *gate.Tx, parent *row, w *workflow, step remit.Step, jobs map[string]*row) error {
	job := jobs[step.Name]
	if job != nil {
		w.Again = slices.DeleteFunc(w.Again, func(name string) bool { return name == step.Name })
		return s.repeatStep(tx, parent, job)
	}
	j, p, refused, err := s.stepJob(tx, parent, step, jobs)
	if err != nil {
		return err
	}
	var inputs []stepInput
	if refused == "" {
		if inputs, refused, err = takes(&tx.Reader, step, jobs); err != nil {
			return err
		}
	}
	if refused != "" {
		w.Refused[step.Name] = refused
		return tx.Record("job.refuse", parent.Project, string(parent.ID), "step "+step.Name+": "+refused)
	}
	made := []row{j}
	if err := insertAll(tx, made); err != nil {
		return err
	}
	j = made[0]
	j.Parent, j.Step, j.Followed = parent.ID, step.Name, true
	if _, err := tx.Exec(setStep, j.ID, j.Parent, j.Step); err != nil {
		return fmt.Errorf("storing the job of step %s: %w", step.Name, err)
	}
	if err := storeStepInputs(tx, &j, inputs); err != nil {
		return err
	}
	if err := s.passSecrets(tx, parent, step, &j, p.Secrets); err != nil {
		return err
	}
	if err := tx.Record("job.submit", j.Project, string(j.ID), "step "+step.Name+" of "+string(parent.ID)); err != nil {
		return err
	}
	jobs[step.Name] = &j
	return s.startStep(tx, &j, Run)
}

// repeatStep asks to run the job of a step again, for the workflow's runner and as
// high as the workflow goes.
func (s *Service) repeatStep(tx *gate.Tx, parent, job *row) error {
	now, err := find(tx, job.ID)
	if err != nil {
		return err
	}
	*job = now
	if err := job.letExpiredGo(tx); err != nil {
		return err
	}
	if job.Reached = 0; now.Reached > 0 {
		if _, err := tx.Exec(setReached, job.ID, 0.0); err != nil {
			return fmt.Errorf("storing how far step %s came: %w", job.ID, err)
		}
	}
	if err := dropTakenName(tx, job); err != nil {
		return err
	}
	if err := setPriority(tx, job, parent.Priority); err != nil {
		return err
	}
	job.Runner, job.RunnerKey = parent.Runner, parent.RunnerKey
	job.Spared, job.Progress = job.Attempt, remit.Progress{}
	job.Result, job.Error, job.CancelledBy = nil, "", ""
	job.StartedAt, job.FinishedAt, job.NotBefore = nil, nil, noTime
	if err := s.startStep(tx, job, Retry); err != nil {
		return err
	}
	return tx.Record("job.retry", job.Project, string(job.ID), "with its workflow "+string(parent.ID))
}

// dropTakenName leaves out the name of a job that is over when another live one
// of its owner has it now: nobody is there to choose another.
func dropTakenName(tx *gate.Tx, job *row) error {
	if job.Name == "" {
		return nil
	}
	free, err := isNameFree(tx, job.Project, job.Owner, job.Name)
	if err != nil || free {
		return err
	}
	job.Name = ""
	return updateJobDetails(tx, job)
}

// startStep queues the job of a step, and holds it where its runner may not run it.
func (s *Service) startStep(tx *gate.Tx, j *row, event Event) error {
	if err := queue(tx, j); err != nil {
		return err
	}
	now := stored(tx.Now())
	if err := move(tx, j, event, func(j *row) { j.QueuedAt = &now }); err != nil {
		return err
	}
	lent, reason, err := s.admit(&tx.Reader, j)
	if err != nil || reason == "" {
		return err
	}
	return turnAway(tx, j, lent, reason)
}

// stepJob is the job of a step before it is stored, or why there is none.
func (s *Service) stepJob(tx *gate.Tx, parent *row, step remit.Step, jobs map[string]*row) (j row, p parameters.Given, refused string, err error) {
	kind, err := s.known.typeOf(&tx.Reader, step.Type)
	if err != nil {
		return j, p, "", err
	}
	j = row{
		Project: parent.Project, Type: step.Type, State: remit.JobCreated, Owner: parent.Owner, Runner: parent.Runner, RunnerKey: parent.RunnerKey,
		Priority: parent.Priority, MaxAttempts: kind.MaxAttempts, CreatedAt: stored(tx.Now()),
	}
	if step.On != onNothing {
		j.File, j.Collection = parent.File, parent.Collection
	}
	d := draft{JobSpec: remit.JobSpec{Type: step.Type, On: j.on()}, kind: kind}
	if err := d.checkPlace(); err != nil {
		return j, p, err.Error(), nil
	}
	given, refused, err := s.inputsFor(tx, parent, step, kind, jobs)
	if err != nil || refused != "" {
		return j, p, refused, err
	}
	p, err = s.paramsOf(kind, given)
	switch {
	case remit.KindOf(err) == remit.Invalid:
		return j, p, err.Error(), nil
	case err != nil:
		return j, p, "", err
	case len(parameters.IDs(p.Files)) > maxFileParams:
		return j, p, "its parameters name too many files", nil
	}
	j.ID = remit.NewID[remit.JobID](j.CreatedAt)
	j.Params, j.Files, j.Secrets = p.Plain, p.Files, slices.Sorted(maps.Keys(p.Secrets))
	return j, p, "", nil
}

// inputsFor are the parameters that a step's job gets, with those secrets of the
// workflow that it takes, or why they cannot be.
func (s *Service) inputsFor(tx *gate.Tx, parent *row, step remit.Step, kind remit.JobType, jobs map[string]*row) (params json.RawMessage, refused string, err error) {
	if refused, err = s.secretsAside(parent, step, kind); err != nil || refused != "" {
		return nil, refused, err
	}
	secrets, err := s.secrets(tx, parent)
	if err != nil {
		return nil, "", err
	}
	of, err := parameters.Read(parent.Params)
	if err != nil {
		return nil, "", err
	}
	for name, secret := range secrets {
		of[name] = secret
	}
	return valuesFor(of, step, jobs)
}

// valuesFor are the values of a step's parameters, of those of the workflow.
func valuesFor(of map[string]any, step remit.Step, jobs map[string]*row) (params json.RawMessage, refused string, err error) {
	all := map[string]any{}
	for name, value := range sorted(step.Params) {
		from, is, _ := sourceOf(value)
		switch {
		case !is:
			all[name] = value
		case from.param != "":
			if value, given := of[from.param]; given {
				all[name] = value
			}
		default:
			found, ok := resultOf(jobs[from.step], from.path)
			if !ok {
				return nil, fmt.Sprintf("%s comes from %s, and there is none", name, strings.Join(append([]string{"steps", from.step, "result"}, from.path...), ".")), nil
			}
			all[name] = found
		}
	}
	params, err = parameters.Encode(all)
	return params, "", err
}

// resultOf is a place in what a step found.
func resultOf(job *row, path []string) (value any, ok bool) {
	if job == nil || len(job.Result) == 0 {
		return nil, false
	}
	value, err := parameters.Decode(job.Result)
	if err != nil {
		return nil, false
	}
	for _, key := range path {
		object, _ := value.(map[string]any)
		if value, ok = object[key]; !ok {
			return nil, false
		}
	}
	return value, true
}

// stopStep cancels the job of a step; one that is at work only with force.
func (s *Service) stopStep(tx *gate.Tx, step *row, why string, by authz.Subject, force bool) error {
	now, err := find(tx, step.ID)
	if err != nil {
		return err
	}
	*step = now
	if step.State.Finished() || step.State == remit.JobCancelling || step.State.Leased() && !force {
		return nil
	}
	if err := s.cancel(tx, step, by); err != nil {
		return err
	}
	return tx.Record("job.cancel", step.Project, string(step.ID), why)
}

// cancelSteps cancels the jobs of a workflow that is being cancelled, which is
// over with them.
func (s *Service) cancelSteps(tx *gate.Tx, j *row, by authz.Subject) error {
	w, jobs, err := workflowOf(tx, j)
	if err != nil {
		return err
	}
	for _, step := range w.plan(jobs).live {
		if err := s.stopStep(tx, step, "with its workflow "+string(j.ID), by, true); err != nil {
			return err
		}
	}
	return endCancelled(tx, j, w, jobs)
}

// deleteSteps deletes the jobs of a workflow's steps, for which the same holds as
// for the workflow itself.
func deleteSteps(tx *gate.Tx, j *row) error {
	steps, err := stepsOf(tx, j)
	if err != nil {
		return err
	}
	for i := range steps {
		if err := leaveWaiting(tx, &steps[i]); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(deleteStepsOf, j.ID); err != nil {
		return fmt.Errorf("deleting the steps of workflow %s: %w", j.ID, err)
	}
	return nil
}
