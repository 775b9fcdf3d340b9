package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/remit-server/remit"
)

// Plan is how one turn of a queue is measured.
type Plan struct {
	Batch   Batch
	Workers int
	Length  time.Duration // of submitting; the rest is about what was submitted then
	Most    int           // jobs that are submitted
}

// Rates are jobs a second.
type Rates struct {
	Submit, Claim, Finish float64 // one thing alone
	Work                  float64 // each worker claims a batch, finishes it, and so on
}

// turn is one measurement of a queue.
type turn struct {
	Plan
	queue   Queue
	claimed [][]remit.Lease // by worker, all of the turn
	held    [][]remit.Lease // by worker, still to be finished
}

// Measure submits jobs for a while, then works on half of them, then claims the
// other half and finishes it. The queue is left as it was.
func Measure(ctx context.Context, q Queue, p Plan) (Rates, error) {
	t := &turn{Plan: p, queue: q, claimed: make([][]remit.Lease, p.Workers), held: make([][]remit.Lease, p.Workers)}
	if err := q.Mark(ctx); err != nil {
		return Rates{}, err
	}
	rates, n, err := t.run(ctx)
	if err == nil {
		err = errors.Join(distinct(t.claimed, n), q.Check(ctx, n))
	}
	return rates, errors.Join(err, q.Clear(ctx))
}

func (t *turn) run(ctx context.Context) (r Rates, n int, err error) {
	if r.Submit, n, err = t.submit(ctx); err != nil {
		return r, n, fmt.Errorf("submitting: %w", err)
	}
	if r.Work, err = t.drain(ctx, n/2, t.finish); err != nil {
		return r, n, fmt.Errorf("working: %w", err)
	}
	if r.Claim, err = t.drain(ctx, n-n/2, t.keep); err != nil {
		return r, n, fmt.Errorf("claiming: %w", err)
	}
	if r.Finish, err = t.finishKept(ctx, n-n/2); err != nil {
		return r, n, fmt.Errorf("finishing: %w", err)
	}
	return r, n, nil
}

// submit does so until the time is over or there are enough.
func (t *turn) submit(ctx context.Context) (float64, int, error) {
	var n atomic.Int64
	begun := time.Now()
	took, err := t.each(ctx, func(ctx context.Context, w int) error {
		for time.Since(begun) < t.Length && int(n.Load()) < t.Most {
			if err := t.queue.Submit(ctx, w, t.Batch); err != nil {
				return err
			}
			n.Add(int64(t.Batch.Jobs()))
		}
		return nil
	})
	return perSecond(int(n.Load()), took), int(n.Load()), err
}

// drain claims n jobs, and does something with each batch.
func (t *turn) drain(ctx context.Context, n int, with func(context.Context, int, []remit.Lease) error) (float64, error) {
	var left atomic.Int64
	left.Store(int64(n))
	took, err := t.each(ctx, func(ctx context.Context, w int) error {
		for ctx.Err() == nil {
			most := ticket(&left, t.Batch.Jobs())
			if most == 0 {
				return nil
			}
			got, err := t.queue.Claim(ctx, w, t.Batch, most)
			if err != nil {
				return err
			}
			left.Add(int64(most - len(got)))
			t.claimed[w] = append(t.claimed[w], got...)
			if err := with(ctx, w, got); err != nil {
				return err
			}
		}
		return context.Cause(ctx)
	})
	return perSecond(n, took), err
}

// ticket takes up to most of what is left.
func ticket(left *atomic.Int64, most int) int {
	for {
		now := left.Load()
		take := min(now, int64(most))
		if take <= 0 {
			return 0
		}
		if left.CompareAndSwap(now, now-take) {
			return int(take)
		}
	}
}

func (t *turn) finish(ctx context.Context, w int, held []remit.Lease) error {
	if len(held) == 0 {
		return nil
	}
	return t.queue.Finish(ctx, w, t.Batch, held)
}

func (t *turn) keep(_ context.Context, w int, held []remit.Lease) error {
	t.held[w] = append(t.held[w], held...)
	return nil
}

// finishKept finishes n jobs that were claimed before, each by who has it.
func (t *turn) finishKept(ctx context.Context, n int) (float64, error) {
	took, err := t.each(ctx, func(ctx context.Context, w int) error {
		for rest := t.held[w]; len(rest) > 0; {
			some := rest[:min(len(rest), t.Batch.Jobs())]
			rest = rest[len(some):]
			if err := t.finish(ctx, w, some); err != nil {
				return err
			}
		}
		return nil
	})
	return perSecond(n, took), err
}

// each lets all workers do something at once; the first error ends it.
func (t *turn) each(ctx context.Context, do func(ctx context.Context, worker int) error) (time.Duration, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all sync.WaitGroup
	begun := time.Now()
	for w := range t.Workers {
		all.Go(func() {
			if err := do(ctx, w); err != nil {
				stop(err)
			}
		})
	}
	all.Wait()
	return time.Since(begun), context.Cause(ctx)
}

func perSecond(n int, took time.Duration) float64 { return float64(n) / took.Seconds() }

// distinct says whether n jobs were claimed, none of them twice.
func distinct(claimed [][]remit.Lease, n int) error {
	seen := map[remit.JobID]bool{}
	for _, some := range claimed {
		for _, l := range some {
			if seen[l.Job] {
				return fmt.Errorf("job %s was claimed twice", l.Job)
			}
			seen[l.Job] = true
		}
	}
	if len(seen) != n {
		return fmt.Errorf("%d jobs were claimed, want %d", len(seen), n)
	}
	return nil
}
