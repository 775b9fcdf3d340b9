package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

var noTime time.Time

// leaseLost is the answer to everything but clean-up that an attempt says
// after its lease.
func leaseLost() *remit.Error {
	return remit.Errorf(remit.Conflict, "The lease on this job is not yours any more").WithCode("lease_lost").
		WithHint("Stop working on it; only clean-up is accepted.")
}

// shownTo is the job's resource for an asker who looks at it: a node sees it
// while it holds it.
func (j *row) shownTo(_ db.Reader, who authz.Subject) (authz.Resource, error) {
	on := j.resource()
	on.Facts |= factIf(authz.HeldLock, who.Kind == authz.Node && string(j.Node) == who.ID)
	return on, nil
}

// openTo is shownTo for what attempts left behind: a node whose attempt was
// lost sees that one until it has cleaned up.
func (j *row) openTo(r db.Reader, who authz.Subject) (authz.Resource, error) {
	on, err := j.shownTo(r, who)
	if err != nil || who.Kind != authz.Node || on.Facts&authz.HeldLock != 0 {
		return on, err
	}
	cleaning, err := db.One(r, db.Value[bool], selectIsToCleanUp, j.ID, who.ID)
	if err != nil {
		return on, fmt.Errorf("looking for lost attempts of node %s: %w", who.ID, err)
	}
	on.Facts |= factIf(authz.HeldLock, cleaning)
	return on, nil
}

// workedOnBy is the job's resource for a node that says something about its
// lease: one that had it is told that it is lost.
func (j *row) workedOnBy(r db.Reader, who authz.Subject) (authz.Resource, error) {
	on := j.resource()
	if who.Kind != authz.Node {
		return on, nil
	}
	held, err := db.One(r, db.Value[bool], selectHasHeld, j.ID, who.ID)
	if err != nil {
		return on, fmt.Errorf("looking for attempts of node %s: %w", who.ID, err)
	}
	on.Facts |= factIf(authz.HeldLock, held)
	return on, nil
}

// under finds the job of a lease and says whether it holds the lock (R16).
// Whatever Apply does then, the row is locked until it is committed.
func under(r db.Reader, who authz.Subject, l remit.Lease, j *row) (on authz.Resource, err error) {
	if *j, err = find(r, l.Job); err != nil {
		return on, err
	}
	if who.Kind == authz.Node && j.holds(who.ID, l) {
		on = j.resource()
		on.Facts |= authz.HeldLock | authz.HoldsLock
		return on, nil
	}
	return j.workedOnBy(r, who)
}

// withLease is an operation of the node that holds a lease.
func withLease[R any](ctx context.Context, s *Service, who authz.Subject, operation string, l remit.Lease, apply func(*gate.Tx, *row) (R, error)) (R, error) {
	var j row
	return gate.Do(ctx, s.gate, who, gate.Op[R]{
		Name:  operation,
		On:    func(tx *gate.Tx) (authz.Resource, error) { return under(tx, who, l, &j) },
		Apply: func(tx *gate.Tx) (R, error) { return apply(tx, &j) },
	})
}

// Renewal answers a node that is still entitled to its job.
type Renewal struct {
	TTL    time.Duration // of the lease, from now
	Cancel bool          // the job is to stop: finish it as cancelled
}

// Start says that the node begins to work, and renews the lease. Saying it
// again is harmless.
// remit.Conflict with the code "lease_lost" when the lease is over, as for
// everything that a node says.
func (s *Service) Start(ctx context.Context, who authz.Subject, l remit.Lease) error {
	_, err := withLease(ctx, s, who, "job.start", l, func(tx *gate.Tx, j *row) (struct{}, error) {
		now := stored(tx.Now())
		tx.Note("attempt %d on node %s", j.Attempt, j.NodeName)
		if j.State == remit.JobClaimed {
			if err := setAttemptRunning(tx, j, now); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, move(tx, j, Start, func(j *row) {
			j.LeaseUntil = now.Add(s.opts.LeaseTTL)
			if j.StartedAt == nil {
				j.StartedAt = &now
			}
		})
	})
	return err
}

// Heartbeat renews the lease for another Options.LeaseTTL.
func (s *Service) Heartbeat(ctx context.Context, who authz.Subject, l remit.Lease) (Renewal, error) {
	return withLease(ctx, s, who, "job.heartbeat", l, func(tx *gate.Tx, j *row) (Renewal, error) {
		if err := s.seen(tx, j.Node); err != nil {
			return Renewal{}, fmt.Errorf("noting that node %s lives: %w", j.Node, err)
		}
		n, err := tx.Exec(renewLease, j.ID, j.Attempt, j.Lease, tx.Now().Add(s.opts.LeaseTTL).UnixMicro())
		switch {
		case err != nil:
			return Renewal{}, fmt.Errorf("renewing the lease of job %s: %w", j.ID, err)
		case n != 1:
			return Renewal{}, leaseLost()
		}
		return Renewal{TTL: s.opts.LeaseTTL, Cancel: j.State == remit.JobCancelling}, nil
	})
}

// Held lists the leases that the asking node has, oldest job first, so that
// one that was restarted finds them.
func (s *Service) Held(r *gate.Reader, node remit.NodeID) ([]remit.Lease, error) {
	leases, err := db.Rows(r, func(s db.Scanner, l *remit.Lease) error {
		return s.Scan(&l.Job, &l.Attempt, &l.Lease)
	}, selectLeases, node)
	if err != nil {
		return nil, fmt.Errorf("reading the leases of node %s: %w", node, err)
	}
	return leases, nil
}

// RunningOn lists the jobs that each of some nodes has, those that the asker may read.
func (s *Service) RunningOn(r *gate.Reader, nodes ...remit.NodeID) (map[remit.NodeID][]remit.JobID, error) {
	var args []any
	for _, id := range nodes {
		args = append(args, id)
	}
	rows, err := db.Rows(r, scanJudged, fmt.Sprintf(selectLeasedBy, db.In(1, len(args))), args...)
	if err != nil {
		return nil, fmt.Errorf("reading what runs: %w", err)
	}
	running := map[remit.NodeID][]remit.JobID{}
	for _, j := range rows {
		on, err := j.shownTo(r, r.Who())
		if err != nil {
			return nil, err
		}
		if r.Can("job.read", on).Allowed {
			running[j.Node] = append(running[j.Node], j.ID)
		}
	}
	return running, nil
}
