package main

import (
	"context"
	"fmt"
	"time"

	"github.com/remit-server/remit/bench/figures"
)

// overHTTP measures nodes that claim one job at a time from a server and finish it.
func overHTTP(ctx context.Context, b *bench) (figures.Result, error) {
	r := figures.Result{Columns: []string{"engine", "nodes", "finished before", "claims/s", "p50", "p99"}}
	for _, e := range b.engines() {
		s, err := b.server(ctx, e.cluster)
		if err != nil {
			return r, err
		}
		var rates, p50s, p99s []float64
		for round := range b.rounds + 1 { // the first warms up
			c, err := s.Claims(ctx, b.Nodes, b.served)
			if err != nil {
				return r, fmt.Errorf("%s: %w", e.name, err)
			}
			if round > 0 {
				rates, p50s, p99s = append(rates, c.PerSecond), append(p50s, float64(c.P50)), append(p99s, float64(c.P99))
			}
		}
		rate, p99 := median(rates), time.Duration(median(p99s))
		r.Rows = append(r.Rows, []string{e.name, fmt.Sprint(b.Nodes), figures.Thousands(b.Finished), figures.Digits(rate), ms(time.Duration(median(p50s))), ms(p99)})
		r.Targets = append(r.Targets,
			figures.Target{Text: fmt.Sprintf("%s: claims a second of %d nodes", e.name, b.Nodes), Want: "≥ 2,000", Measured: figures.Digits(rate), Met: rate >= 2000},
			figures.Target{Text: e.name + ": p99 of such a claim", Want: "≤ 50 ms", Measured: ms(p99), Met: p99 <= 50*time.Millisecond})
	}
	return r, nil
}

// latency measures how long a job waits while nodes wait for one.
func latency(ctx context.Context, b *bench) (figures.Result, error) {
	r := figures.Result{Columns: []string{"engine", "nodes that wait", "queued to started, p50", "p99"}}
	for _, e := range b.engines() {
		s, err := b.server(ctx, e.cluster)
		if err != nil {
			return r, err
		}
		for _, nodes := range b.Waiting {
			p50, p99, err := s.Latency(ctx, nodes, b.Waits)
			if err != nil {
				return r, fmt.Errorf("%s, %d nodes: %w", e.name, nodes, err)
			}
			r.Rows = append(r.Rows, []string{e.name, fmt.Sprint(nodes), ms(p50), ms(p99)})
		}
	}
	return r, nil
}
