package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/remit-server/remit/bench/host"
	"github.com/remit-server/remit/bench/jobs"
)

// contender is one way of having jobs done, measured round by round.
type contender struct {
	who      string // "remit", "bare" or "river"
	finished int    // jobs that are in its table before
	batch    jobs.Batch
	workers  int
	turn     func(ctx context.Context, workers int) (jobs.Rates, error)
	rates    []jobs.Rates
}

// name is what -case matches.
func (c *contender) name() string { return fmt.Sprintf("%s/%d/%s", c.who, c.finished, c.batch) }

func (c *contender) median(of func(jobs.Rates) float64) float64 {
	var values []float64
	for _, r := range c.rates {
		values = append(values, of(r))
	}
	return median(values)
}

// race finds how many workers do best for each, then lets all run in turn.
func (b *bench) race(ctx context.Context, all []*contender) error {
	for _, c := range all {
		if like := find(all, fmt.Sprintf("%s/0/%s", c.who, c.batch)); like != nil && c.workers == 0 {
			c.workers = like.workers // measured before, on the empty table
		}
		if err := b.calibrate(ctx, c); err != nil {
			return fmt.Errorf("%s: %w", c.name(), err)
		}
	}
	for range b.rounds {
		host.Settle()
		for _, c := range all {
			r, err := c.turn(ctx, c.workers)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name(), err)
			}
			c.rates = append(c.rates, r)
		}
	}
	return nil
}

// calibrate takes the number of workers that claim and finish most in a turn.
func (b *bench) calibrate(ctx context.Context, c *contender) error {
	if c.workers > 0 {
		return nil
	}
	best := 0.0
	for _, n := range b.Workers {
		r, err := c.turn(ctx, n)
		if err != nil {
			return err
		}
		if r.Work > best {
			best, c.workers = r.Work, n
		}
	}
	fmt.Fprintf(os.Stderr, "%s: %d workers\n", c.name(), c.workers)
	return nil
}

// field is all that is measured on one engine, and what it has open.
type field struct {
	contenders []*contender
	close      []func() error
}

// Close ends it, the last first.
func (f *field) Close() error {
	var errs []error
	for _, end := range slices.Backward(f.close) {
		errs = append(errs, end())
	}
	return errors.Join(errs...)
}

// enter opens everything that is wanted on an engine.
func (b *bench) enter(ctx context.Context, cluster string) (*field, error) {
	f := &field{}
	for _, finished := range []int{0, b.Finished} {
		if err := b.addBare(ctx, f, cluster, finished); err != nil {
			return f, err
		}
		if err := b.addRemit(ctx, f, cluster, finished); err != nil {
			return f, err
		}
	}
	return f, b.addRiver(ctx, f, cluster)
}

// wanted are the cases that are to be measured of a queue.
func (b *bench) wanted(who string, finished int) (cases []*contender) {
	for _, batch := range b.batches {
		c := &contender{who: who, finished: finished, batch: batch}
		if (who == "remit" || batch != jobs.Single) && b.cases.MatchString(c.name()) {
			cases = append(cases, c)
		}
	}
	return cases
}

func (b *bench) addBare(ctx context.Context, f *field, cluster string, finished int) error {
	cases := b.wanted("bare", finished)
	if len(cases) == 0 {
		return nil
	}
	s, err := jobs.NewStore(ctx, cluster)
	if err != nil {
		return err
	}
	f.close = append(f.close, s.Close)
	q, err := jobs.OpenBare(ctx, s, slices.Max(b.Workers), finished)
	if err != nil {
		return fmt.Errorf("making the bare table: %w", err)
	}
	f.close = append(f.close, q.Close)
	b.take(f, cases, q)
	return nil
}

// addRemit leaves the site with the full table to the sections that follow.
func (b *bench) addRemit(ctx context.Context, f *field, cluster string, finished int) error {
	cases := b.wanted("remit", finished)
	if len(cases) == 0 {
		return nil
	}
	open := b.full
	if finished == 0 {
		open = func(ctx context.Context, cluster string) (*site, error) {
			s, err := newSite(ctx, cluster, slices.Max(b.Workers), 0)
			if err == nil {
				f.close = append(f.close, s.Close)
			}
			return s, err
		}
	}
	s, err := open(ctx, cluster)
	if err == nil {
		b.take(f, cases, s.Remit)
	}
	return err
}

// take has the cases measured on a queue.
func (b *bench) take(f *field, cases []*contender, q jobs.Queue) {
	for _, c := range cases {
		c.turn = func(ctx context.Context, workers int) (jobs.Rates, error) {
			return jobs.Measure(ctx, q, jobs.Plan{Batch: c.batch, Workers: workers, Length: b.length, Most: b.most})
		}
		f.contenders = append(f.contenders, c)
	}
}

// riverWorkers is how many River has.
const riverWorkers = 100

func (b *bench) addRiver(ctx context.Context, f *field, cluster string) error {
	c := &contender{who: "river", workers: riverWorkers, batch: 100}
	if cluster == "" || !b.cases.MatchString(c.name()) {
		return nil
	}
	s, err := jobs.NewStore(ctx, cluster)
	if err != nil {
		return err
	}
	f.close = append(f.close, s.Close)
	r, err := jobs.OpenRiver(ctx, s, riverWorkers)
	if err != nil {
		return err
	}
	f.close = append(f.close, r.Close)
	c.turn = func(ctx context.Context, _ int) (jobs.Rates, error) { return r.Measure(ctx, b.River) }
	f.contenders = append(f.contenders, c)
	return nil
}
