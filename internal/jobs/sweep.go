package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// What is looked at together. Of ended leases a sweep looks at no more: the rest
// has its turn in the next ones.
const (
	endedAtOnce = 500
	heldAtOnce  = 100
)

// Sweep ends the leases that have run out, gives up on cancelled jobs
// whose node does not stop, and frees held jobs whose runner may run them
// again. It returns how many jobs it moved. What fails for one job does not
// keep the others; run it every few seconds, in one process at a time or in
// several.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	ended, leaseErr := s.each(ctx, s.endedLeases, s.endLease)
	freed, heldErr := s.sweepHeld(ctx)
	return ended + freed, errors.Join(leaseErr, heldErr, s.forgetKeys(ctx))
}

// each moves those jobs that are due, and returns how many.
func (s *Service) each(ctx context.Context, due func(context.Context) ([]remit.JobID, error), apply func(*gate.Tx, *row) (bool, error)) (int, error) {
	ids, err := due(ctx)
	failed := []error{err}
	moved := 0
	for _, id := range ids {
		did, err := s.sweepOne(ctx, id, apply)
		if did {
			moved++
		}
		if err != nil && !isAbsent(err) {
			failed = append(failed, fmt.Errorf("job %s: %w", id, err))
		}
	}
	return moved, errors.Join(failed...)
}

// endedLeases finds the jobs whose lease may be over, without a lock.
func (s *Service) endedLeases(ctx context.Context) ([]remit.JobID, error) {
	return swept(ctx, s, func(r *gate.Reader) ([]remit.JobID, error) {
		ids, err := db.Rows(r, db.Value[remit.JobID], selectEndedLeases, s.leaseHorizon(r.Now()).UnixMicro(), r.Now().UnixMicro(), endedAtOnce)
		if err != nil {
			return nil, fmt.Errorf("looking for ended leases: %w", err)
		}
		return ids, nil
	})
}

// swept is a look of the sweeper's.
func swept[R any](ctx context.Context, s *Service, read func(*gate.Reader) (R, error)) (R, error) {
	return gate.View(ctx, s.gate, sweeper, gate.Query[R]{Name: "job.sweep", Read: read})
}

// leaseHorizon is the moment that leases must have ended by: now or, during
// the grace after the first sweep, none.
func (s *Service) leaseHorizon(now time.Time) time.Time {
	s.sweeping.Lock()
	defer s.sweeping.Unlock()
	if s.firstSweep.IsZero() {
		s.firstSweep = now
	}
	if now.Before(s.firstSweep.Add(s.opts.Grace)) {
		return noTime
	}
	return now
}

// nextHeld finds the held jobs that may run again. Each is judged in a
// snapshot of its own, without a lock, so that one that cannot be judged keeps
// no others.
func (s *Service) nextHeld(ctx context.Context) ([]remit.JobID, error) {
	held, err := s.heldInTurn(ctx)
	failed := []error{err}
	var free []remit.JobID
	for _, j := range held {
		reason, err := swept(ctx, s, func(r *gate.Reader) (string, error) {
			lent, reason, err := s.admit(r, &j)
			if lent.gone {
				reason = "" // it does not wait any longer
			}
			return reason, err
		})
		if err != nil {
			failed = append(failed, fmt.Errorf("judging held job %s: %w", j.ID, err))
		} else if reason == "" {
			free = append(free, j.ID)
		}
	}
	return free, errors.Join(failed...)
}

// heldInTurn are the oldest held jobs after those that the sweep before looked
// at: jobs that stay held keep no others.
func (s *Service) heldInTurn(ctx context.Context) ([]row, error) {
	s.sweeping.Lock()
	after := s.heldAfter
	s.sweeping.Unlock()
	held, err := swept(ctx, s, func(r *gate.Reader) ([]row, error) { return db.Rows(r, scanHeld, selectHeldJobs, after, heldAtOnce) })
	if err != nil {
		return nil, fmt.Errorf("looking for held jobs: %w", err)
	}
	after = ""
	if len(held) == heldAtOnce {
		after = held[len(held)-1].ID
	}
	s.sweeping.Lock()
	defer s.sweeping.Unlock()
	s.heldAfter = after
	return held, nil
}

// sweepOne looks at one job again, now locked, and moves it when it is still due.
func (s *Service) sweepOne(ctx context.Context, id remit.JobID, apply func(*gate.Tx, *row) (bool, error)) (bool, error) {
	var j row
	return gate.Do(ctx, s.gate, sweeper, gate.Op[bool]{
		Name: "job.sweep",
		On: func(tx *gate.Tx) (on authz.Resource, err error) {
			j, err = find(tx, id)
			return j.resource(), err
		},
		Apply: func(tx *gate.Tx) (bool, error) { return apply(tx, &j) },
	})
}

func (s *Service) endLease(tx *gate.Tx, j *row) (bool, error) {
	now, why := tx.Now(), ""
	switch {
	case !j.State.Leased():
		return false, nil
	case !j.LeaseUntil.After(s.leaseHorizon(now)):
		why = fmt.Sprintf("node %s did not renew its lease", j.NodeName)
	case !j.CancelUntil.IsZero() && !j.CancelUntil.After(now):
		why = fmt.Sprintf("node %s did not say that it has stopped", j.NodeName)
	default:
		return false, nil
	}
	if err := lose(tx, j, why); err != nil {
		return false, err
	}
	return true, tx.Record("job.lose", j.Project, string(j.ID), fmt.Sprintf("attempt %d: %s", j.Attempt, why))
}

func (s *Service) freeHeld(tx *gate.Tx, j *row) (bool, error) {
	if j.State != remit.JobHeld || j.HeldFor != heldForRight {
		return false, nil
	}
	lent, reason, err := s.admit(&tx.Reader, j)
	if err == nil && lent.gone {
		return true, turnAway(tx, j, lent, reason)
	}
	if err != nil || reason != "" {
		return false, err
	}
	if err := move(tx, j, Free, func(*row) {}); err != nil {
		return false, err
	}
	return true, tx.Record("job.free", j.Project, string(j.ID), "its runner may run it again")
}
