package rpc

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Load is what one round under load gave: answers in a second, and how long
// they took.
type Load struct {
	PerSecond float64
	P50, P99  time.Duration
}

// Run asks the calls in turn, by so many workers at once, for a while.
// The first wrong answer ends it.
func (c *Client) Run(ctx context.Context, calls []Call, workers int, length time.Duration) (Load, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	var all sync.WaitGroup
	took := make([][]time.Duration, workers)
	begun := time.Now()
	for w := range workers {
		all.Go(func() {
			var buf bytes.Buffer
			for last := begun; last.Sub(begun) < length; {
				call := calls[int(next.Add(1))%len(calls)]
				if err := c.Do(ctx, call, &buf); err != nil {
					stop(err)
					return
				}
				now := time.Now()
				took[w] = append(took[w], now.Sub(last))
				last = now
			}
		})
	}
	all.Wait()
	return loadOf(slices.Concat(took...), time.Since(begun)), context.Cause(ctx)
}

func loadOf(took []time.Duration, in time.Duration) Load {
	if len(took) == 0 {
		return Load{}
	}
	slices.Sort(took)
	return Load{PerSecond: float64(len(took)) / in.Seconds(), P50: took[len(took)/2], P99: took[len(took)*99/100]}
}

// Plan says how long is measured.
type Plan struct {
	Workers []int         // asking at once
	Rounds  int           // all peers are asked in turn within a round
	Length  time.Duration // of one peer in one round
	Users   int           // whose lists are read
}

// Usual is what the report is made with, Quick what shows that it works.
var (
	Usual = Plan{Workers: []int{1, 16, 64}, Rounds: 5, Length: 3 * time.Second, Users: 24}
	Quick = Plan{Workers: []int{16}, Rounds: 1, Length: 300 * time.Millisecond, Users: 4}
)

// Measured is a way of asking at one concurrency: medians over the rounds.
type Measured struct {
	Way     string
	Workers int
	Load
}

// measure asks all ways in turn, round by round.
func measure(ctx context.Context, p Plan, ways []Way, calls func(Way) []Call) ([]Measured, error) {
	rounds := map[string]map[int][]Load{}
	for _, w := range ways {
		rounds[w.Name] = map[int][]Load{}
	}
	prepared := make([][]Call, len(ways))
	for i, w := range ways {
		prepared[i] = calls(w)
	}
	for round := range p.Rounds + 1 { // the first warms up
		for _, workers := range p.Workers {
			for i, w := range ways {
				l, err := w.client.Run(ctx, prepared[i], workers, p.length(round))
				if err != nil {
					return nil, fault(w.Name, err)
				}
				if round > 0 {
					rounds[w.Name][workers] = append(rounds[w.Name][workers], l)
				}
			}
		}
	}
	return medians(p, ways, rounds), nil
}

func (p Plan) length(round int) time.Duration {
	if round == 0 {
		return min(p.Length, time.Second)
	}
	return p.Length
}

func medians(p Plan, ways []Way, rounds map[string]map[int][]Load) (list []Measured) {
	for _, workers := range p.Workers {
		for _, w := range ways {
			loads := rounds[w.Name][workers]
			list = append(list, Measured{w.Name, workers, Load{
				PerSecond: median(loads, func(l Load) float64 { return l.PerSecond }),
				P50:       median(loads, func(l Load) time.Duration { return l.P50 }),
				P99:       median(loads, func(l Load) time.Duration { return l.P99 })}})
		}
	}
	return list
}

func median[T any, N time.Duration | float64 | int](list []T, of func(T) N) N {
	values := make([]N, len(list))
	for i, one := range list {
		values[i] = of(one)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
