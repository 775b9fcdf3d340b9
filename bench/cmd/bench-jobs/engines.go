package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/remit-server/remit/bench/figures"
	"github.com/remit-server/remit/bench/host"
	"github.com/remit-server/remit/bench/jobs"
)

var median = figures.Median

func onPostgres(ctx context.Context, b *bench) (figures.Result, error) {
	if b.cluster == "" {
		return figures.Result{}, errors.New("REMIT_TEST_POSTGRES names no cluster: run scripts/with-postgres.sh")
	}
	list, err := b.through(ctx, b.cluster)
	if err != nil {
		return figures.Result{}, err
	}
	r := table(list)
	ours, river := find(list, "remit/0/10"), find(list, "river/0/100")
	if ours != nil && river != nil {
		ratio := work(ours) / work(river)
		r.Targets = []figures.Target{{Text: "claim and finish in batches of 10, than River with 100 workers", Want: "≥ 1 ×", Measured: figures.Times(ratio), Met: ratio >= 1}}
	}
	r.Figures = map[string]string{"river": host.Version(jobs.RiverModule)}
	r.Figures["settings"], err = jobs.Settings(ctx, b.cluster)
	return r, err
}

func onSQLite(ctx context.Context, b *bench) (figures.Result, error) {
	list, err := b.through(ctx, "")
	if err != nil {
		return figures.Result{}, err
	}
	r := table(list)
	for _, batch := range b.batches {
		ours, bare := find(list, "remit/0/"+batch.String()), find(list, "bare/0/"+fmt.Sprint(batch.Jobs()))
		if ours == nil || bare == nil {
			continue
		}
		ratio := work(ours) / work(bare)
		r.Targets = append(r.Targets, figures.Target{Text: fmt.Sprintf("claim and finish, %s, of the bare SQL", batched(batch)), Want: "≥ 0.5 ×", Measured: figures.Times(ratio), Met: ratio >= 0.5})
	}
	return r, nil
}

func (b *bench) through(ctx context.Context, cluster string) ([]*contender, error) {
	f, err := b.enter(ctx, cluster)
	if err == nil {
		err = b.race(ctx, f.contenders)
	}
	return f.contenders, errors.Join(err, f.Close())
}

func work(c *contender) float64 {
	return c.median(func(r jobs.Rates) float64 { return r.Work })
}

func batched(b jobs.Batch) string {
	if b == jobs.Single {
		return "single"
	}
	return fmt.Sprintf("batches of %d", b)
}

// find is the contender of that name, nil when it was not measured.
func find(list []*contender, name string) *contender {
	for _, c := range list {
		if c.name() == name {
			return c
		}
	}
	return nil
}

// table has a row for each contender, with what it is of its peers.
func table(list []*contender) figures.Result {
	r := figures.Result{Columns: []string{"queue", "finished before", "batch", "workers", "submit/s", "claim/s", "finish/s", "claim + finish/s", "of bare", "of River"}}
	river := find(list, "river/0/100")
	for _, c := range list {
		bare := find(list, fmt.Sprintf("bare/%d/%d", c.finished, c.batch.Jobs()))
		batch := c.batch.String()
		if c == river {
			bare, batch = nil, ""
		}
		r.Rows = append(r.Rows, []string{c.who, figures.Thousands(c.finished), batch, fmt.Sprint(c.workers),
			rate(c, func(r jobs.Rates) float64 { return r.Submit }), rate(c, func(r jobs.Rates) float64 { return r.Claim }),
			rate(c, func(r jobs.Rates) float64 { return r.Finish }), rate(c, func(r jobs.Rates) float64 { return r.Work }),
			of(c, bare), of(c, river)})
	}
	return r
}

func rate(c *contender, of func(jobs.Rates) float64) string {
	value := c.median(of)
	if value == 0 {
		return ""
	}
	return figures.Digits(value)
}

// of is the ratio of what two claim and finish, "" without the other.
func of(c, other *contender) string {
	if other == nil || other == c {
		return ""
	}
	return figures.Times(work(c) / work(other))
}
