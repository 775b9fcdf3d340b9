package jobs

import (
	"context"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// act is an operation on an existing job: found and locked, checked, changed
// by apply, and shown as it now is.
func (s *Service) act(ctx context.Context, who authz.Subject, operation string, id remit.JobID, apply func(*gate.Tx, *row) error) (remit.Job, error) {
	var j row
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Job]{
		Name: operation,
		On: func(tx *gate.Tx) (on authz.Resource, err error) {
			j, err = find(tx, id)
			return j.resource(), err
		},
		Apply: func(tx *gate.Tx) (remit.Job, error) {
			if err := apply(tx, &j); err != nil {
				return remit.Job{}, err
			}
			return s.present(&tx.Reader, j)
		},
	})
}

// Run asks to run a job that was only created, or one that is held because
// its runner may not run it: the asker becomes the runner (R26).
func (s *Service) Run(ctx context.Context, who authz.Subject, id remit.JobID) (remit.Job, error) {
	return s.act(ctx, who, "job.run", id, s.toRun)
}

func (s *Service) toRun(tx *gate.Tx, j *row) error {
	if j.State == remit.JobHeld && j.HeldFor != heldForRight {
		return stillWaits(&tx.Reader, j)
	}
	return s.askToRun(tx, j, Run)
}

// Retry runs a failed or cancelled job again: the same job, its next attempt,
// with as many tries as a new one. The asker becomes the runner.
func (s *Service) Retry(ctx context.Context, who authz.Subject, id remit.JobID) (remit.Job, error) {
	return s.act(ctx, who, "job.retry", id, s.toRetry)
}

func (s *Service) toRetry(tx *gate.Tx, j *row) error { return s.askToRun(tx, j, Retry) }

// askToRun queues the job with the asker as its runner, who must be able to
// read what it is on. It goes as high as they may ask for at most.
func (s *Service) askToRun(tx *gate.Tx, j *row, event Event) error {
	t, err := locate(tx, j.on())
	if err != nil {
		return err
	}
	if err := t.requireRead(&tx.Reader, tx.Who()); err != nil {
		return err
	}
	if err := requireParams(&tx.Reader, j.Type, j.Params, j.Files); err != nil {
		return err
	}
	if err := requireFamily(&tx.Reader, j); err != nil {
		return err
	}
	if err := s.requireOn(&tx.Reader, j.Project, j.Type); err != nil {
		return err
	}
	if err := s.requireSecrets(&tx.Reader, j); err != nil {
		return err
	}
	if _, err := Next(j.State, event); err != nil {
		return wrongMove(&tx.Reader, j, event, err)
	}
	if err := j.letExpiredGo(tx); err != nil {
		return err
	}
	if err := boundPriority(tx, j); err != nil {
		return err
	}
	now := stored(tx.Now())
	return toQueue(tx, j, event, func(j *row) {
		j.Runner, j.RunnerKey = actor(tx.Who()), remit.KeyID(tx.Who().Key)
		j.Spared = j.Attempt
		j.Result, j.Error, j.CancelledBy = nil, "", ""
		j.QueuedAt, j.StartedAt, j.FinishedAt = &now, nil, nil
		j.NotBefore = noTime
	})
}

// Cancel stops a job: at once when no node has it, else the node is told with
// its next heartbeat and has Options.CancelTimeout to stop. Cancelling what
// is over changes nothing and is no error.
func (s *Service) Cancel(ctx context.Context, who authz.Subject, id remit.JobID) (remit.Job, error) {
	return s.act(ctx, who, "job.cancel", id, s.toCancel)
}

func (s *Service) toCancel(tx *gate.Tx, j *row) error {
	if j.State.Finished() || j.State == remit.JobCancelling {
		tx.Unchanged()
		return nil
	}
	return s.cancel(tx, j, tx.Who())
}

// cancel is Cancel of a job that has not ended.
func (s *Service) cancel(tx *gate.Tx, j *row, by authz.Subject) error {
	now := stored(tx.Now())
	err := move(tx, j, Cancel, func(j *row) {
		j.CancelledBy = actor(by)
		if j.State == remit.JobCancelling && j.Workflow {
			return // it is over with its steps
		}
		if j.State == remit.JobCancelling {
			j.CancelUntil = now.Add(s.opts.CancelTimeout)
		} else {
			j.FinishedAt, j.Turn = &now, 0 // it had none
		}
	})
	if err != nil || !j.Workflow || j.State.Finished() {
		return err
	}
	return s.cancelSteps(tx, j, by)
}

// Wrest takes the job away from its node: the attempt is lost, and the job
// goes back to the queue while it has attempts left.
func (s *Service) Wrest(ctx context.Context, who authz.Subject, id remit.JobID) (remit.Job, error) {
	return s.act(ctx, who, "job.wrest", id, func(tx *gate.Tx, j *row) error {
		tx.Note("attempt %d from node %s", j.Attempt, j.NodeName)
		return lose(tx, j, "it was taken from node "+j.NodeName)
	})
}

// Patch is what can be changed about a job besides its state; nil stays.
type Patch struct {
	Name     *string
	Priority *int
}

// Update changes a job's name or priority. remit.Conflict when a live job of
// its owner has the name.
func (s *Service) Update(ctx context.Context, who authz.Subject, id remit.JobID, p Patch) (remit.Job, error) {
	if p.Name != nil {
		if err := checkName(*p.Name); err != nil {
			return remit.Job{}, err
		}
	}
	if p.Priority != nil {
		if err := checkPriority(*p.Priority); err != nil {
			return remit.Job{}, err
		}
	}
	return s.act(ctx, who, "job.update", id, func(tx *gate.Tx, j *row) error { return p.apply(tx, j) })
}

func (p Patch) apply(tx *gate.Tx, j *row) error {
	name, priority := j.Name, j.Priority
	if p.Priority != nil && *p.Priority > max(priority, 0) {
		if err := requirePriority(&tx.Reader, tx.Who(), j.resource(), *p.Priority); err != nil {
			return err
		}
	}
	replace(&j.Name, p.Name)
	replace(&j.Priority, p.Priority)
	tx.Note("name %q → %q, priority %d → %d", name, j.Name, priority, j.Priority)
	if j.Priority != priority {
		if err := changeQueue(tx, j); err != nil {
			return err
		}
	}
	if err := updateJobDetails(tx, j); err != nil {
		return err
	}
	announce(tx, j)
	return nil
}

func replace[T any](dst, with *T) {
	if with != nil {
		*dst = *with
	}
}

// Delete removes a job that is over and that no job waits for that the asker may see, with its attempts, logs and the list of
// its artifacts, which nobody can fetch then. The bytes of artifacts stay on
// the server's disk until a cleanup of the site: they are stored by content, so
// that other jobs and previews may share them.
func (s *Service) Delete(ctx context.Context, who authz.Subject, id remit.JobID) error {
	var j row
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name: "job.delete",
		On: func(tx *gate.Tx) (on authz.Resource, err error) {
			j, err = find(tx, id)
			return j.resource(), err
		},
		Apply: func(tx *gate.Tx) (struct{}, error) { return struct{}{}, s.toDelete(tx, &j) },
	})
	return err
}

func (s *Service) toDelete(tx *gate.Tx, j *row) error {
	tx.Note("%s, %s", j.Type, j.State)
	if err := leaveWaiting(tx, j); err != nil {
		return err
	}
	if j.Workflow {
		if err := deleteSteps(tx, j); err != nil {
			return err
		}
	}
	n, err := tx.Exec(deleteJob, j.ID, j.State)
	switch {
	case err != nil:
		return fmt.Errorf("deleting job %s: %w", j.ID, err)
	case n != 1:
		return raced(j.ID)
	}
	announce(tx, j)
	return nil
}
