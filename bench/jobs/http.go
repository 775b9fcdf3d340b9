package jobs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/bench/host"
	"github.com/remit-server/remit/client"
)

// Served is an installation behind `remit serve`, a process of its own, with a
// client for each node and one for somebody who submits.
type Served struct {
	*host.Process
	data  *Remit // its services are closed; what is left is its data
	nodes []*client.Client
	asks  *client.Client
}

// Serve lets the program in the folder bin take the installation over. The
// services here answer no more.
func (q *Remit) Serve(ctx context.Context, at *Store, bin string) (*Served, error) {
	if err := q.Server.Close(); err != nil {
		return nil, err
	}
	addresses, err := host.FreeAddresses(1)
	if err != nil {
		return nil, err
	}
	s := &Served{data: q}
	flags := []string{"serve", "--data=" + at.Dir, "--db=" + at.URL, "--listen=" + addresses[0]}
	if s.Process, err = host.Launch(ctx, at.Dir, filepath.Join(bin, "remit"), flags...); err != nil {
		return nil, err
	}
	address := "http://" + addresses[0]
	if err := s.connect(ctx, address); err != nil {
		return nil, errors.Join(err, s.End())
	}
	return s, nil
}

func (s *Served) connect(ctx context.Context, address string) (err error) {
	kept := &http.Transport{MaxIdleConnsPerHost: 1 + len(s.data.secrets)}
	if s.asks, err = client.NewWithTransport(address, s.data.key, kept); err != nil {
		return err
	}
	for _, secret := range s.data.secrets {
		c, err := client.NewWithTransport(address, secret, kept)
		if err != nil {
			return err
		}
		s.nodes = append(s.nodes, c)
	}
	return s.Ready(ctx, address+"/readyz")
}

// Claims is what nodes got that claimed one job at a time and finished it.
type Claims struct {
	PerSecond float64       // claimed and finished by all together
	P50, P99  time.Duration // of the answer to a claim
}

// Claims queues n jobs by bare SQL, and lets so many nodes work on them.
func (s *Served) Claims(ctx context.Context, nodes, n int) (Claims, error) {
	if err := s.queue(ctx, n); err != nil {
		return Claims{}, err
	}
	host.Settle()
	t := &turn{Plan: Plan{Workers: nodes}, claimed: make([][]remit.Lease, nodes)}
	took := make([][]time.Duration, nodes)
	var left atomic.Int64
	left.Store(int64(n))
	in, err := t.each(ctx, func(ctx context.Context, w int) (err error) {
		took[w], err = s.work(ctx, t, w, &left)
		return err
	})
	all := slices.Concat(took...)
	slices.Sort(all)
	if err = errors.Join(err, distinct(t.claimed, n)); err != nil {
		return Claims{}, err
	}
	return Claims{perSecond(n, in), all[len(all)/2], all[len(all)*99/100]}, s.data.check(ctx, n, told[1:])
}

// queue submits a job and copies it, so that n more are queued.
func (s *Served) queue(ctx context.Context, n int) error {
	if err := s.data.Mark(ctx); err != nil {
		return err
	}
	j, err := s.asks.Submit(ctx, project, noop(0))
	if err != nil {
		return err
	}
	return s.data.copies(ctx, string(j.ID), n-1)
}

// work claims and finishes until nothing is left.
func (s *Served) work(ctx context.Context, t *turn, w int, left *atomic.Int64) (took []time.Duration, err error) {
	for left.Add(-1) >= 0 {
		begun := time.Now()
		given, err := s.nodes[w].Claim(ctx, client.Want{Runners: []string{"process"}})
		if err != nil {
			return took, err
		}
		took = append(took, time.Since(begun))
		if len(given) == 0 {
			left.Add(1) // somebody else has it in hand
			continue
		}
		t.claimed[w] = append(t.claimed[w], given[0].Lease)
		if err := s.finish(ctx, w, given[0].Lease); err != nil {
			return took, err
		}
	}
	return took, nil
}

func (s *Served) finish(ctx context.Context, w int, l remit.Lease) error {
	return s.nodes[w].Finish(ctx, l, client.Finish{State: remit.JobSucceeded})
}

// Latency is how long after a job was queued its node had begun to work, by
// the server's clock: p50 and p99 of n jobs that are submitted one by one while
// so many nodes wait for one.
func (s *Served) Latency(ctx context.Context, nodes, n int) (p50, p99 time.Duration, err error) {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, nodes)
	finished := make(chan remit.JobID, nodes)
	for w := range nodes {
		go func() { done <- s.wait(waiting, w, finished) }()
	}
	time.Sleep(500 * time.Millisecond) // until all wait
	var took []time.Duration
	for range n {
		one, err := s.once(ctx, finished, done)
		if err != nil {
			return 0, 0, err
		}
		took = append(took, one)
		time.Sleep(5 * time.Millisecond) // until whoever was woken in vain waits again
	}
	stop()
	for range nodes {
		err = errors.Join(err, <-done)
	}
	slices.Sort(took)
	return took[n/2], took[n*99/100], err
}

// wait works on what comes until ctx ends.
func (s *Served) wait(ctx context.Context, w int, finished chan<- remit.JobID) error {
	for ctx.Err() == nil {
		given, err := s.nodes[w].Claim(ctx, client.Want{Runners: []string{"process"}, Wait: "50s"})
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		for _, a := range given {
			if err := s.finish(ctx, w, a.Lease); err != nil {
				return err
			}
			finished <- a.Job
		}
	}
	return nil
}

// once submits a job and waits until it is finished.
func (s *Served) once(ctx context.Context, finished <-chan remit.JobID, failed <-chan error) (time.Duration, error) {
	j, err := s.asks.Submit(ctx, project, noop(0))
	if err != nil {
		return 0, err
	}
	select {
	case id := <-finished:
		if id != j.ID {
			return 0, fmt.Errorf("job %s was finished, want %s", id, j.ID)
		}
	case err := <-failed:
		return 0, fmt.Errorf("a node stopped: %w", err)
	case <-time.After(time.Minute):
		return 0, fmt.Errorf("nobody takes job %s", j.ID)
	}
	if j, err = s.asks.Job(ctx, string(j.ID)); err != nil {
		return 0, err
	}
	return j.StartedAt.Sub(*j.QueuedAt), nil
}
