package jobs

import (
	"context"
	"errors"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
)

// told are the entries that the history of each job must have.
var told = []string{"job.submit", "job.claim", "job.finish"}

var succeeded = jobs.Outcome{State: remit.JobSucceeded}

// Submit implements Queue: each worker is somebody else.
func (q *Remit) Submit(ctx context.Context, worker int, size Batch) error {
	if size == Single {
		_, err := q.Jobs.Submit(ctx, q.people[worker], project, noop(0))
		return err
	}
	specs := make([]remit.JobSpec, size.Jobs())
	for i := range specs {
		specs[i] = noop(0)
	}
	_, err := q.Jobs.SubmitAll(ctx, q.people[worker], project, specs)
	return err
}

// Claim implements Queue: each worker is a node.
func (q *Remit) Claim(ctx context.Context, worker int, _ Batch, most int) ([]remit.Lease, error) {
	given, err := q.Nodes.Claim(ctx, q.nodes[worker], nodes.Want{Want: q.offer, Max: most})
	held := make([]remit.Lease, len(given))
	for i, a := range given {
		held[i] = a.Lease
	}
	return held, err
}

// Finish implements Queue. A job that is done at once needs no start.
func (q *Remit) Finish(ctx context.Context, worker int, size Batch, held []remit.Lease) error {
	if size == Single {
		var errs []error
		for _, l := range held {
			errs = append(errs, q.Jobs.Finish(ctx, q.nodes[worker], l, succeeded))
		}
		return errors.Join(errs...)
	}
	all := make([]jobs.Ending, len(held))
	for i, l := range held {
		all[i] = jobs.Ending{Lease: l, Outcome: succeeded}
	}
	errs, err := q.Jobs.FinishAll(ctx, q.nodes[worker], all)
	return errors.Join(append(errs, err)...)
}
