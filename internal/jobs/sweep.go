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

// Sweep ends the leases that have run out, gives up on cancelled jobs
// whose node does not stop, and frees held jobs whose runner may run them
// again. It returns how many jobs it moved. What fails for one job does not
// keep the others; run it every few seconds, in one process at a time or in
// several.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	ended, free, err := s.due(ctx)
	if err != nil {
		return 0, fmt.Errorf("looking for ended leases and held jobs: %w", err)
	}
	moved := 0
	var failed []error
	each := func(ids []remit.JobID, apply func(*gate.Tx, *row) (bool, error)) {
		for _, id := range ids {
			did, err := s.sweepOne(ctx, id, apply)
			if did {
				moved++
			}
			if err != nil && !isAbsent(err) {
				failed = append(failed, fmt.Errorf("job %s: %w", id, err))
			}
		}
	}
	each(ended, s.endLease)
	each(free, freeHeld)
	return moved, errors.Join(failed...)
}

// due finds the jobs to look at, without a lock.
func (s *Service) due(ctx context.Context) (ended, free []remit.JobID, err error) {
	_, err = gate.View(ctx, s.gate, sweeper, gate.Query[struct{}]{
		Name: "job.sweep",
		Read: func(r *gate.Reader) (struct{}, error) {
			if ended, err = db.Rows(r, db.Value[remit.JobID], selectEndedLeases, s.leaseHorizon(r.Now()).UnixMicro(), r.Now().UnixMicro()); err != nil {
				return struct{}{}, err
			}
			free, err = freeable(r)
			return struct{}{}, err
		},
	})
	return ended, free, err
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

func freeable(r *gate.Reader) ([]remit.JobID, error) {
	rows, err := db.Rows(r, scanJob, selectHeldJobs)
	if err != nil {
		return nil, err
	}
	var ids []remit.JobID
	for _, j := range rows {
		_, reason, err := admit(r, &j)
		if err != nil {
			return nil, err
		}
		if reason == "" {
			ids = append(ids, j.ID)
		}
	}
	return ids, nil
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

func freeHeld(tx *gate.Tx, j *row) (bool, error) {
	if j.State != remit.JobHeld || j.HeldFor != heldForRight {
		return false, nil
	}
	if _, reason, err := admit(&tx.Reader, j); err != nil || reason != "" {
		return false, err
	}
	if err := move(tx, j, Free, func(*row) {}); err != nil {
		return false, err
	}
	return true, tx.Record("job.free", j.Project, string(j.ID), "its runner may run it again")
}
