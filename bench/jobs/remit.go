package jobs

import (
	"context"
	"errors"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
)

// Looped are the calls that have no form for a batch: one is made for each job.
const Looped = "submit, start, finish"

// told are the entries that the history of each job must have.
var told = []string{"job.submit", "job.claim", "job.start", "job.finish"}

// maxClaim is how many jobs one claim gives at most.
const maxClaim = 64

var succeeded = jobs.Outcome{State: remit.JobSucceeded}

// Submit implements Queue: each worker is somebody else.
func (q *Remit) Submit(ctx context.Context, worker int, size Batch) error {
	for range size.Jobs() {
		if _, err := q.Jobs.Submit(ctx, q.people[worker], project, noop(0)); err != nil {
			return err
		}
	}
	return nil
}

// Claim implements Queue: each worker is a node.
func (q *Remit) Claim(ctx context.Context, worker int, _ Batch, most int) ([]remit.Lease, error) {
	var held []remit.Lease
	for len(held) < most {
		want := nodes.Want{Want: q.offer, Max: min(most-len(held), maxClaim)}
		given, err := q.Nodes.Claim(ctx, q.nodes[worker], want)
		if err != nil {
			return nil, err
		}
		for _, a := range given {
			held = append(held, a.Lease)
		}
		if len(given) < want.Max {
			break
		}
	}
	return held, nil
}

// Finish implements Queue: only what was started can succeed.
func (q *Remit) Finish(ctx context.Context, worker int, _ Batch, held []remit.Lease) error {
	var errs []error
	for _, l := range held {
		errs = append(errs, q.Jobs.Start(ctx, q.nodes[worker], l), q.Jobs.Finish(ctx, q.nodes[worker], l, succeeded))
	}
	return errors.Join(errs...)
}
