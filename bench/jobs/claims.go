package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/remit-server/remit"
)

// Claimed is how long one claim of one job takes now; the job is finished then.
func (q *Remit) Claimed(ctx context.Context, worker int) (time.Duration, error) {
	begun := time.Now()
	held, err := q.Claim(ctx, worker, Single, 1)
	took := time.Since(begun)
	if err == nil && len(held) != 1 {
		err = fmt.Errorf("a claim gave %d jobs, want one", len(held))
	}
	if err != nil {
		return 0, err
	}
	return took, q.Finish(ctx, worker, Single, held)
}

// Queue adds n queued jobs, of so many types, as copies by bare SQL of one of
// each that was submitted to the services.
func (q *Remit) Queue(ctx context.Context, n, types int) error {
	for i := range types {
		j, err := q.Jobs.Submit(ctx, q.people[0], project, noop(i))
		if err != nil {
			return err
		}
		if err := q.copies(ctx, string(j.ID), n/types-1); err != nil {
			return err
		}
	}
	return nil
}

// Types is how many job types there are.
const Types = types

// Unqueue removes what is queued.
func (q *Remit) Unqueue(ctx context.Context) error {
	return q.exec(ctx, deleteIn, string(remit.JobQueued))
}
