package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/remit-server/remit/bench/authz"
	"github.com/remit-server/remit/bench/authz/rpc"
	"github.com/remit-server/remit/bench/figures"
)

// servers are the peers that are asked over loopback, on PostgreSQL too when
// REMIT_TEST_POSTGRES names a cluster. They are started once and verified.
func (b *bench) servers(ctx context.Context) (*rpc.Field, error) {
	if b.field != nil {
		return b.field, nil
	}
	b.peers = nil
	bin, err := filepath.Abs(b.bin)
	if err != nil {
		return nil, err
	}
	if b.data, err = os.MkdirTemp("", "bench-authz-"); err != nil {
		return nil, err
	}
	site := rpc.NewSite(authz.NewModel(b.full), b.things)
	field, err := rpc.Start(ctx, b.data, rpc.Peers(bin, os.Getenv("REMIT_TEST_POSTGRES")), site)
	b.field = field // to be stopped, whatever happened
	if err != nil {
		return nil, err
	}
	return field, field.Verify(ctx, min(2000, 8*b.questions))
}

// stopServers ends them and removes their data.
func (b *bench) stopServers() error {
	if b.field == nil {
		return nil
	}
	return errors.Join(b.field.Stop(), os.RemoveAll(b.data))
}

// httpCheck measures one check in one request.
func httpCheck(ctx context.Context, b *bench) (figures.Result, error) {
	field, err := b.servers(ctx)
	if err != nil {
		return figures.Result{}, err
	}
	list, err := field.Checks(ctx, b.plan.servers)
	if err != nil {
		return figures.Result{}, err
	}
	r := underLoad(list)
	fresh := slices.DeleteFunc(slices.Clone(list), func(m rpc.Measured) bool { return isStale(field, m.Way) })
	r.Targets = slices.Concat(loadTargets("one check, answers that see every write", fresh, 7), loadTargets("one check, answers of any age", list, 7))
	return r, nil
}

// httpAll measures all permissions of one person on one thing in one request.
func httpAll(ctx context.Context, b *bench) (figures.Result, error) {
	field, err := b.servers(ctx)
	if err != nil {
		return figures.Result{}, err
	}
	list, err := field.Everything(ctx, b.plan.servers)
	if err != nil {
		return figures.Result{}, err
	}
	r := underLoad(list)
	r.Targets = loadTargets("all permissions in one request", list, 20)[:1]
	return r, nil
}

// httpList measures the list of what somebody may see.
func httpList(ctx context.Context, b *bench) (figures.Result, error) {
	field, err := b.servers(ctx)
	if err != nil {
		return figures.Result{}, err
	}
	list, err := field.Lists(ctx, b.plan.servers)
	if err != nil {
		return figures.Result{}, err
	}
	return listedBy(list), nil
}

func isStale(f *rpc.Field, way string) bool {
	return slices.ContainsFunc(f.Ways, func(w rpc.Way) bool { return w.Name == way && w.Stale })
}

func isRemit(way string) bool { return strings.HasPrefix(way, "remit") }

// isJSON says whether a way is JSON over HTTP/1.1, which targets are about.
func isJSON(way string) bool { return !strings.Contains(way, "gRPC") }

// underLoad is a table by concurrency; the first way is what others are compared with.
func underLoad(list []rpc.Measured) figures.Result {
	r := figures.Result{Columns: []string{"server", "at once", "answers/s", "p50", "p99", "× slower than remit", "× its p99"}}
	for _, m := range list {
		ours := fastest(list, m.Workers, isRemit)
		r.Rows = append(r.Rows, []string{m.Way, fmt.Sprint(m.Workers), figures.Thousands(int(m.PerSecond)), figures.Dur(float64(m.P50)), figures.Dur(float64(m.P99)),
			figures.Times(ours.PerSecond / m.PerSecond), figures.Times(float64(m.P99) / float64(ours.P99))})
	}
	return r
}

// fastest answers most at some concurrency.
func fastest(list []rpc.Measured, workers int, among func(way string) bool) (best rpc.Measured) {
	for _, m := range list {
		if m.Workers == workers && among(m.Way) && m.PerSecond > best.PerSecond {
			best = m
		}
	}
	return best
}

// loadTargets compare with the fastest server of the others, by the
// concurrency that is worst for us.
func loadTargets(what string, list []rpc.Measured, least float64) []figures.Target {
	throughput, latency := []float64{}, []float64{}
	for _, m := range list {
		other := fastest(list, m.Workers, func(way string) bool { return !isRemit(way) && isJSON(way) })
		if ours := fastest(list, m.Workers, isRemit); m.Way == other.Way {
			throughput = append(throughput, ours.PerSecond/other.PerSecond)
			latency = append(latency, float64(ours.P99)/float64(other.P99))
		}
	}
	if len(throughput) == 0 {
		return nil
	}
	speed, p99 := slices.Min(throughput), slices.Max(latency)
	return []figures.Target{
		{Text: what + ": throughput, than the fastest other", Want: figures.Limit("≥", figures.Times(least)), Measured: figures.Times(speed), Met: speed >= least},
		{Text: what + ": p99, of the fastest other's", Want: "≤ 0.25", Measured: figures.Digits(p99), Met: p99 <= 0.25},
	}
}

func listedBy(list []rpc.Listed) figures.Result {
	r := figures.Result{Columns: []string{"server", "a list", "× remit", "again", "things"}}
	byTime := func(a, b rpc.Listed) int { return cmp.Compare(a.Took, b.Took) }
	var ours, others []rpc.Listed
	for _, l := range list {
		if isRemit(l.Way) {
			ours = append(ours, l)
		} else {
			others = append(others, l)
		}
	}
	best := slices.MinFunc(ours, byTime)
	for _, l := range list {
		r.Rows = append(r.Rows, []string{l.Way, figures.Dur(float64(l.Took)), figures.Times(float64(l.Took) / float64(best.Took)), figures.Dur(float64(l.Again)), fmt.Sprint(l.Things)})
	}
	other := slices.MinFunc(others, byTime)
	for _, l := range ours {
		if strings.HasSuffix(l.Way, rpc.Whole) {
			continue // more than was asked
		}
		ratio := float64(other.Took) / float64(l.Took)
		r.Targets = append(r.Targets, figures.Target{Text: "a list by " + l.Way + ", than by " + other.Way, Want: "≥ 20 ×", Measured: figures.Times(ratio), Met: ratio >= 20})
	}
	return r
}
