package main

import (
	"context"
	"fmt"
	"time"

	"github.com/remit-server/remit/bench/authz"
	"github.com/remit-server/remit/bench/figures"
	"github.com/remit-server/remit/bench/host"
)

// loading measures the time from the model to an engine that can answer, and
// what that keeps in memory. Each engine is loaded three times.
func loading(_ context.Context, b *bench) (figures.Result, error) {
	if err := b.load(); err != nil {
		return figures.Result{}, err
	}
	r := figures.Result{Columns: []string{"peer", "version", "time", "heap"}}
	for i, p := range b.peers {
		r.Rows = append(r.Rows, []string{p.Name(), host.Version(p.Module()), figures.Dur(b.loaded[i].ns()), figures.Size(b.loaded[i].heap)})
	}
	return r, nil
}

// load makes and loads the peers, unless that was done.
func (b *bench) load() error {
	if b.peers != nil {
		return nil
	}
	b.model, b.loaded = authz.NewModel(b.full), nil
	for i := range authz.Peers() {
		l, p, err := load(b.model, func() authz.Peer { return authz.Peers()[i] })
		if err != nil {
			return fmt.Errorf("%s: %w", p.Name(), err)
		}
		b.peers, b.loaded = append(b.peers, p), append(b.loaded, l)
	}
	return nil
}

// loaded is what it took to load a peer.
type loaded struct {
	took [3]time.Duration
	heap int64 // bytes that stay in use
}

func (l loaded) ns() float64 {
	return figures.Median([]float64{float64(l.took[0]), float64(l.took[1]), float64(l.took[2])})
}

func load(m authz.Model, make func() authz.Peer) (l loaded, p authz.Peer, err error) {
	before := live()
	for i := range l.took {
		p = make()
		begun := time.Now()
		if err := p.Load(m); err != nil {
			return l, p, err
		}
		l.took[i] = time.Since(begun)
	}
	l.heap = live() - before
	return l, p, nil
}
