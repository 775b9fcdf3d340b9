package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/parameters"
)

// Outcome is how an attempt ended.
type Outcome struct {
	State    remit.JobState // succeeded, failed, or cancelled when it was told to stop
	ExitCode *int
	Error    string
	Result   json.RawMessage // an object for programs; may be absent
}

var outcomes = map[remit.JobState]Event{remit.JobSucceeded: Succeed, remit.JobFailed: Fail, remit.JobCancelled: Stop}

const maxError = 4 << 10 // bytes

func (o Outcome) check() error {
	if _, known := outcomes[o.State]; !known {
		return invalid("state", "An attempt ends succeeded, failed or cancelled, not %.40q", o.State)
	}
	switch err := parameters.Storable(o.Result); {
	case len(o.Result) > parameters.Max:
		return invalid("result", "The result has %d bytes; %d are allowed", len(o.Result), parameters.Max)
	case len(o.Result) > 0 && err != nil:
		return invalid("result", "The result cannot be kept: %v", err)
	}
	return nil
}

// Finish ends the attempt. A failed one is tried again, after the type's
// back-off, while attempts are left. Saying the same again under the same
// lease is harmless, so that an answer may get lost.
func (s *Service) Finish(ctx context.Context, who authz.Subject, l remit.Lease, o Outcome) error {
	if err := o.check(); err != nil {
		return err
	}
	err, left := s.finishing.Call(ctx, endingBy{gate.AskerOf(ctx, who), Ending{l, o}})
	return cmp.Or(left, err)
}

// finishAlone finishes one job in a transaction of its own.
func (s *Service) finishAlone(ctx context.Context, e endingBy) error {
	var j row
	who, l, o := e.by.Who, e.Lease, e.Outcome
	_, err := gate.Do(gate.WithRequestID(ctx, e.by.Request), s.gate, who, gate.Op[struct{}]{
		Name: "job.finish",
		On: func(tx *gate.Tx) (authz.Resource, error) {
			on, err := under(tx, who, l, &j)
			if err == nil && on.Facts&authz.HoldsLock == 0 {
				err = unsaid(tx, who, l, o)
			}
			return on, err
		},
		Apply: func(tx *gate.Tx) (struct{}, error) {
			written, err := s.finish(tx, []*row{&j}, []endingBy{e})
			if err == nil {
				tx.Note("%s", written[0].Note)
			}
			return struct{}{}, err
		},
	})
	if errors.Is(err, errSaid) {
		return nil
	}
	return err
}

// errSaid says that an attempt has ended with this outcome before.
var errSaid = errors.New("said before")

// unsaid is errSaid when this lease has ended with this outcome.
func unsaid(tx *gate.Tx, who authz.Subject, l remit.Lease, o Outcome) error {
	if who.Kind != authz.Node {
		return nil // the gate has the answer
	}
	a, err := attemptOf(tx, who, l)
	if err == nil && a.State == string(o.State) {
		return errSaid
	}
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	return err
}

// finish ends the attempts of jobs that are locked, and says what it did of each.
func (s *Service) finish(tx *gate.Tx, rows []*row, all []endingBy) ([]gate.Written, error) {
	now := stored(tx.Now())
	closings, steps, written := make([]ended, len(rows)), make([]step, len(rows)), make([]gate.Written, len(rows))
	for i, j := range rows {
		o, err := s.masked(tx, j, all[i].Outcome)
		if err != nil {
			return nil, err
		}
		if err := s.flushLog(tx, j, all[i].by.Who, all[i].Lease); err != nil {
			return nil, err
		}
		closings[i] = ended{j, string(o.State), o.ExitCode, o.Error}
		if steps[i], err = s.end(tx, j, o, now); err != nil {
			return nil, err
		}
		written[i] = gate.Written{Of: i, Note: fmt.Sprintf("attempt %d on node %s: %s", j.Attempt, j.NodeName, o.words())}
	}
	if err := closeAttempts(tx, now, closings...); err != nil {
		return nil, err
	}
	if err := moveAll(tx, steps...); err != nil {
		return nil, err
	}
	for _, j := range rows {
		if err := forget(tx, j); err != nil {
			return nil, err
		}
	}
	return written, nil
}

func (o Outcome) words() string {
	if o.Error == "" {
		return string(o.State)
	}
	return string(o.State) + ": " + o.Error
}

// end is the step that an outcome is.
func (s *Service) end(tx *gate.Tx, j *row, o Outcome, now time.Time) (step, error) {
	event := outcomes[o.State]
	again := event == Fail && j.State != remit.JobCancelling && !j.spent()
	if again {
		event = Again
	}
	wait, err := s.backoff(tx, j, again)
	if err != nil {
		return step{}, err
	}
	return j.step(event, func(j *row) {
		j.Error = o.Error
		if again {
			j.StartedAt, j.NotBefore = nil, now.Add(wait)
			return
		}
		j.FinishedAt = &now
		if j.StartedAt == nil && j.State == remit.JobSucceeded { // nobody said when; the node was heard of then
			heard := j.LeaseUntil.Add(-s.opts.LeaseTTL)
			j.StartedAt = &heard
		}
		if j.State != remit.JobCancelled {
			j.Result = o.Result
		}
		if j.State == remit.JobSucceeded {
			j.Progress.Fraction = 1
		}
	})
}

// maxWait bounds how far back-off doubles.
const maxWait = time.Hour

// backoff is how long the next attempt waits: the type's time, doubled with
// each attempt that failed.
func (s *Service) backoff(tx *gate.Tx, j *row, again bool) (time.Duration, error) {
	if !again {
		return 0, nil
	}
	t, err := s.known.typeOf(&tx.Reader, j.Type)
	wait := time.Duration(t.BackoffS) * time.Second
	for range j.Attempt - j.Spared - 1 {
		if wait < maxWait {
			wait = min(2*wait, maxWait)
		}
	}
	return wait, err
}

// Release gives the job back to the queue unfinished, for a node that stops;
// the attempt does not count. A job that was cancelled is then cancelled.
func (s *Service) Release(ctx context.Context, who authz.Subject, l remit.Lease) error {
	_, err := withLease(ctx, s, who, "job.release", l, func(tx *gate.Tx, j *row) (struct{}, error) {
		now := stored(tx.Now())
		if err := s.flushLog(tx, j, who, l); err != nil {
			return struct{}{}, err
		}
		tx.Note("attempt %d by node %s", j.Attempt, j.NodeName)
		if err := closeAttempts(tx, now, ended{j, "released", nil, ""}); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, move(tx, j, Release, func(j *row) {
			j.Spared++
			j.StartedAt = nil
			if j.State.Finished() {
				j.FinishedAt = &now
			}
		})
	})
	return err
}

// maxUnstarted bounds how many attempts of a run may be lost before their node
// began to work without counting as tries: the answer to a claim that got lost
// is no fault of the job, but a job that keeps nodes from starting may be.
const maxUnstarted = 5

// isSpared says whether the loss of the current attempt counts as no try.
func (j *row) isSpared(r db.Reader) (bool, error) {
	if j.State != remit.JobClaimed {
		return false, nil
	}
	n, err := db.One(r, db.Value[int], countUnstarted, j.ID, db.MicrosPtr(j.QueuedAt))
	if err != nil {
		return false, fmt.Errorf("counting the lost attempts of job %s: %w", j.ID, err)
	}
	return n < maxUnstarted, nil
}

// lose ends the lease of a job whose node is gone or was told to go.
func lose(tx *gate.Tx, j *row, why string) error {
	now := stored(tx.Now())
	spared, err := j.isSpared(tx)
	if err != nil {
		return err
	}
	if err := closeAttempts(tx, now, ended{j, "lost", nil, why}); err != nil {
		return err
	}
	event := Lose
	if !spared && j.spent() && j.State != remit.JobCancelling {
		event = Exhaust
	}
	return move(tx, j, event, func(j *row) {
		j.Error = fmt.Sprintf("attempt %d was lost: %s", j.Attempt, why)
		switch j.State {
		case remit.JobQueued:
			j.StartedAt = nil
			if spared {
				j.Spared++
			}
		case remit.JobCancelled:
			j.Error, j.FinishedAt = "", &now
		default:
			j.FinishedAt = &now
		}
	})
}
