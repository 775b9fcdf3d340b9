package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/remit-server/remit/bench/authz"
	"github.com/remit-server/remit/bench/figures"
	"github.com/remit-server/remit/bench/host"
)

// peer is a loaded one with its three kinds of question.
type peer struct {
	authz.Peer
	mixed, allowed, refused *runner
}

// oneCheck measures one question of each peer.
func oneCheck(_ context.Context, b *bench) (figures.Result, error) {
	if err := b.load(); err != nil {
		return figures.Result{}, err
	}
	mixed := b.model.Questions(b.questions)
	allowed, refused := split(mixed)
	var peers []peer
	var runners []*runner
	for _, p := range b.peers {
		one := peer{p, &runner{name: p.Name(), ask: asker(p, mixed)}, &runner{name: p.Name(), ask: asker(p, allowed)}, &runner{name: p.Name(), ask: asker(p, refused)}}
		peers, runners = append(peers, one), append(runners, one.mixed, one.allowed, one.refused)
		if err := warm(p, mixed); err != nil {
			return figures.Result{}, err
		}
	}
	if err := race(b.plan, runners); err != nil {
		return figures.Result{}, err
	}
	return checked(peers), nil
}

func split(all []authz.Question) (allowed, refused []authz.Question) {
	for _, q := range all {
		if q.Allowed {
			allowed = append(allowed, q)
		} else {
			refused = append(refused, q)
		}
	}
	return allowed, refused
}

// warm fills the cache of a peer that has one.
func warm(p authz.Peer, questions []authz.Question) error {
	if c, ok := p.(*authz.Casbin); ok && c.Cached {
		return asker(p, questions)(0, len(questions))
	}
	return nil
}

func checked(peers []peer) figures.Result {
	r := figures.Result{Columns: []string{"peer", "version", "one check", "allowed", "refused", "allocations", "× remit by names", "× remit resolved"}}
	at := map[string]peer{}
	for _, p := range peers {
		at[p.Name()] = p
	}
	names, ids := at["remit"].mixed, at["remit-resolved"].mixed
	for _, p := range peers {
		r.Rows = append(r.Rows, []string{p.Name(), host.Version(p.Module()), figures.Dur(p.mixed.median()), figures.Dur(p.allowed.median()), figures.Dur(p.refused.median()),
			fmt.Sprintf("%.0f", p.mixed.allocs), figures.Times(p.mixed.median() / names.median()), figures.Times(p.mixed.median() / ids.median())})
	}
	fastest := fastestDecider(peers)
	cached := at["casbin-cached"].mixed
	r.Targets = []figures.Target{
		noMore("a check with names", 120, names, figures.Dur), noMore("a check with resolved ids", 40, ids, figures.Dur),
		noMore("allocations of a check with names", 0, names, figures.Count), noMore("allocations of a check with resolved ids", 0, ids, figures.Count),
		faster("with names, than a map and bit sets with names (`floor-names`)", 1, at["floor-names"].mixed, names),
		faster("with resolved ids, than a map and bit sets with integers (`floor-integers`)", 1, at["floor-integers"].mixed, ids),
		faster("with names, than the fastest peer that decides (`"+fastest.name+"`)", 50, fastest, names),
		faster("with resolved ids, than the same", 50, fastest, ids),
		faster("with names, than Casbin from its decision cache", 5, cached, names),
	}
	r.Figures = map[string]string{"fastest": fastest.name, "names": figures.Dur(names.median()), "resolved": figures.Dur(ids.median())}
	return r
}

// fastestDecider is the fastest that is not this engine, no floor and no cache.
func fastestDecider(peers []peer) *runner {
	others := slices.DeleteFunc(slices.Clone(peers), func(p peer) bool { return p.Module() == "" || p.Name() == "casbin-cached" })
	return slices.MinFunc(others, func(a, b peer) int { return int(a.mixed.median() - b.mixed.median()) }).mixed
}

// noMore is a target of at most so many nanoseconds or allocations.
func noMore(text string, most float64, r *runner, show func(float64) string) figures.Target {
	measured := r.median()
	if most == 0 {
		measured = r.allocs
	}
	t := figures.Target{Text: text, Want: figures.Limit("≤", show(most)), Measured: show(measured), Met: measured <= most || most == 0 && measured < 0.005}
	return r.explain(t)
}

// faster is a target of at least so many times another's speed.
func faster(text string, least float64, other, r *runner) figures.Target {
	ratio := other.median() / r.median()
	t := figures.Target{Text: text, Want: figures.Limit("≥", figures.Times(least)), Measured: figures.Times(ratio), Met: ratio >= least}
	return r.explain(t)
}
