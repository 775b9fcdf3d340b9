package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/remit-server/remit/bench/authz"
	"github.com/remit-server/remit/bench/figures"
	"github.com/remit-server/remit/bench/host"
)

// askers is of how many people on how many things everything is asked.
const askers = 128

// allPermissions measures the verdicts of all permissions of one person on one
// thing, by the way that each peer has for it.
func allPermissions(_ context.Context, b *bench) (figures.Result, error) {
	if err := b.load(); err != nil {
		return figures.Result{}, err
	}
	questions := b.model.Questions(askers)
	want := everything(b.model, questions)
	var runners []*runner
	var peers []authz.Peer
	for _, p := range b.peers {
		all, ok := p.(authz.Batcher)
		if r, isRemit := p.(*authz.Remit); !ok || isRemit && r.Resolved {
			continue
		}
		r := &runner{name: p.Name(), ask: allAsker(all, questions, want)}
		if c, ok := p.(*authz.Casbin); ok && c.Cached {
			if err := r.ask(0, len(questions)); err != nil {
				return figures.Result{}, err
			}
		}
		peers, runners = append(peers, p), append(runners, r)
	}
	if err := race(b.plan, runners); err != nil {
		return figures.Result{}, err
	}
	return allAnswered(peers, runners, len(b.model.Permissions)), nil
}

func allAnswered(peers []authz.Peer, runners []*runner, permissions int) figures.Result {
	r := figures.Result{Columns: []string{"peer", "version", fmt.Sprintf("all %d", permissions), "each", "allocations", "× remit"}}
	for i, one := range runners {
		r.Rows = append(r.Rows, []string{one.name, host.Version(peers[i].Module()), figures.Dur(one.median()), figures.Dur(one.median() / float64(permissions)),
			figures.Count(one.allocs), figures.Times(one.median() / runners[0].median())})
	}
	return r
}

// everything are the right verdicts, by question and permission.
func everything(m authz.Model, questions []authz.Question) (want [][]bool) {
	for _, q := range questions {
		verdicts := make([]bool, len(m.Permissions))
		for i := range verdicts {
			at := q.Places
			at.Permission = i
			verdicts[i] = m.Expect(at)
		}
		want = append(want, verdicts)
	}
	return want
}

func allAsker(p authz.Batcher, questions []authz.Question, want [][]bool) func(first, n int) error {
	got := make([]bool, len(want[0]))
	return func(first, n int) error {
		for i := range n {
			at := (first + i) % len(questions)
			if err := p.AllowedAll(questions[at], got); err != nil {
				return err
			}
			if !slices.Equal(got, want[at]) {
				return fmt.Errorf("%+v: %v, want %v", questions[at], got, want[at])
			}
		}
		return nil
	}
}
