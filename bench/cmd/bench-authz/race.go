package main

import (
	"fmt"
	"runtime"
	"time"

	"github.com/remit-server/remit/bench/authz"
	"github.com/remit-server/remit/bench/figures"
)

// runner is one peer with one kind of question.
type runner struct {
	name string
	ask  func(first, n int) error // n questions, beginning with the first-th
	n    int                      // in one turn

	first  int
	ns     []float64 // of one question, by round
	allocs float64   // of one question, in the round that had the fewest
	where  string    // the time goes; see explained
}

// least is how many questions a turn has at least: allowed and refused ones.
const least = 2

// race lets all run in turn, round by round. Garbage is collected before each
// peer has its turns, outside of the time that is measured.
func race(p plan, all []*runner) error {
	for _, r := range all {
		if err := r.calibrate(p.length); err != nil {
			return err
		}
	}
	for range p.rounds {
		for i, r := range all {
			if i == 0 || r.name != all[i-1].name {
				runtime.GC()
			}
			if err := r.turn(); err != nil {
				return err
			}
		}
	}
	return nil
}

// calibrate finds how many questions fill a turn, and warms up.
func (r *runner) calibrate(length time.Duration) error {
	for r.n = least; ; r.n *= 2 {
		begun := time.Now()
		if err := r.ask(0, r.n); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		if time.Since(begun) > length/2 {
			return nil
		}
	}
}

// turn measures one; a few questions before bring the peer back into the
// processor's caches.
func (r *runner) turn() error {
	if err := r.ask(r.first, r.n/8); err != nil {
		return err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begun := time.Now()
	err := r.ask(r.first, r.n)
	took := time.Since(begun)
	runtime.ReadMemStats(&after)
	r.first += r.n
	r.ns = append(r.ns, float64(took)/float64(r.n))
	if allocs := float64(after.Mallocs-before.Mallocs) / float64(r.n); len(r.ns) == 1 || allocs < r.allocs {
		r.allocs = allocs
	}
	if err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	return nil
}

// median of the rounds, in nanoseconds.
func (r *runner) median() float64 { return figures.Median(r.ns) }

// explain adds where a runner's time goes to a target that it misses.
func (r *runner) explain(t figures.Target) figures.Target {
	return explained(t, &r.where, func() error { return r.ask(0, r.n) })
}

// asker asks a peer one check after another.
func asker(p authz.Peer, questions []authz.Question) func(first, n int) error {
	loop := looper(p, questions)
	return func(first, n int) error {
		if wrong := loop(first, n); wrong > 0 {
			return fmt.Errorf("%d of %d answers are wrong", wrong, n)
		}
		return nil
	}
}

func looper(p authz.Peer, questions []authz.Question) func(first, n int) (wrong int) {
	if l, ok := p.(authz.Looper); ok {
		return l.Loop(questions)
	}
	return func(first, n int) (wrong int) {
		for i := range n {
			q := &questions[(first+i)%len(questions)]
			if got, err := p.Allowed(*q); err != nil || got != q.Allowed {
				wrong++
			}
		}
		return wrong
	}
}

func since(begun time.Time) float64 { return float64(time.Since(begun)) }
