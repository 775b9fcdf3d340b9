package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/remit-server/remit/bench/figures"
	"github.com/remit-server/remit/bench/jobs"
)

// pile is a site with something queued, and how long claims took there.
type pile struct {
	*site
	what string
	took []float64 // ns, each of one claim
}

// queued measures one claim at a time, by turns on sites where more and less
// is queued and was finished before.
func queued(ctx context.Context, b *bench) (figures.Result, error) {
	r := figures.Result{Columns: []string{"engine", "in the table", "one claim, median", "p99", "× the first"}}
	for _, e := range b.engines() {
		piles, err := b.piles(ctx, e.cluster)
		if err == nil {
			err = b.claimByTurns(ctx, piles)
		}
		for _, p := range piles {
			if p.site != b.sites[e.cluster] {
				err = errors.Join(err, p.Close())
			}
		}
		if err != nil {
			return r, fmt.Errorf("%s: %w", e.name, err)
		}
		addPiles(&r, e.name, piles)
	}
	return r, nil
}

// piles makes the sites; the last one is the full one.
func (b *bench) piles(ctx context.Context, cluster string) (list []*pile, err error) {
	add := func(s *site, what string, n, types int) error {
		list = append(list, &pile{site: s, what: what})
		return s.Queue(ctx, n, types)
	}
	few, err := newSite(ctx, cluster, 1, 0)
	if err != nil {
		return list, err
	}
	if err := add(few, "queued: "+figures.Thousands(b.Few)+" of one type", b.Few, 1); err != nil {
		return list, err
	}
	many, err := newSite(ctx, cluster, 1, 0)
	if err != nil {
		return list, err
	}
	if err := add(many, fmt.Sprintf("queued: %s of %d types", figures.Thousands(b.Many), jobs.Types), b.Many, jobs.Types); err != nil {
		return list, err
	}
	full, err := b.full(ctx, cluster)
	if err != nil {
		return list, err
	}
	if err := add(full, "queued: "+figures.Thousands(b.Few)+" of one type; finished: "+figures.Thousands(b.Finished), b.Few, 1); err != nil {
		return list, err
	}
	for _, p := range list {
		if err := p.store.Settle(ctx); err != nil {
			return list, err
		}
	}
	return list, nil
}

// claimByTurns warms up with a tenth of the claims. What is then still queued
// is removed from all sites.
func (b *bench) claimByTurns(ctx context.Context, piles []*pile) error {
	warm := b.Claims / 10
	for i := range warm + b.Claims {
		for _, p := range piles {
			took, err := p.Claimed(ctx, 0)
			if err != nil {
				return fmt.Errorf("%s: %w", p.what, err)
			}
			if i >= warm {
				p.took = append(p.took, float64(took))
			}
		}
	}
	for _, p := range piles {
		if err := p.Unqueue(ctx); err != nil {
			return err
		}
	}
	return nil
}

// most is how many times longer a claim may take.
const most = 1.5

func addPiles(r *figures.Result, engine string, piles []*pile) {
	first := median(piles[0].took)
	for i, p := range piles {
		ratio := median(p.took) / first
		r.Rows = append(r.Rows, []string{engine, p.what, figures.Dur(median(p.took)), figures.Dur(figures.Quantile(p.took, 0.99)), figures.Times(ratio)})
		if i > 0 {
			r.Targets = append(r.Targets, figures.Target{Text: engine + ": a claim with " + p.what + ", than with " + piles[0].what,
				Want: "≤ 1.5 ×", Measured: figures.Times(ratio), Met: ratio <= most})
		}
	}
}

func ms(d time.Duration) string { return figures.Digits(float64(d)/1e6) + " ms" }
