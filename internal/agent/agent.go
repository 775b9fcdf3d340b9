// Package agent is the worker: it claims jobs from a server and works on them.
//
// Its one invariant: it knows the server only through the client, and stops
// working on a job as soon as it cannot be sure to hold the lease. Whatever it
// still says about a lost attempt is clean-up.
//
//	a := agent.New(agent.Options{
//		Client:    c,
//		Want:      client.Want{Slots: 2},
//		Executors: map[string]agent.Executor{"process": &agent.Process{}},
//		Dir:       "/var/lib/remit-node",
//	})
//	err := a.Run(ctx) // until ctx ends; running jobs are then given back
package agent

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// Options say how a node works.
type Options struct {
	Client    *client.Client
	Want      client.Want         // what it offers; Slots jobs at once (0 = 1)
	Executors map[string]Executor // by the job type's runner
	Dir       string              // attempts get directories in it
	Log       *slog.Logger
}

// Agent is one node at work.
type Agent struct {
	opts  Options
	slots chan struct{} // one token per running job
	tasks sync.WaitGroup
}

// Pauses between tries when the server does not answer.
const (
	firstPause = 200 * time.Millisecond
	longPause  = 5 * time.Second
	claimWait  = "30s"
)

// New makes an agent. Nothing is asked of the server before Run.
func New(opts Options) *Agent {
	opts.Want.Slots = max(opts.Want.Slots, 1)
	opts.Want.Runners = slices.Sorted(maps.Keys(opts.Executors))
	opts.Want.Wait = claimWait
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &Agent{opts: opts, slots: make(chan struct{}, opts.Want.Slots)}
}

// Run claims and works until ctx ends. Then the running jobs are stopped and
// given back to the queue. It returns an error only when the node's
// credential is refused or its directory cannot be used.
func (a *Agent) Run(ctx context.Context) error {
	if err := a.prepare(ctx); err != nil {
		return err
	}
	defer a.tasks.Wait()
	pause := firstPause
	for ctx.Err() == nil {
		err := a.claim(ctx)
		switch {
		case err == nil:
			pause = firstPause
		case ctx.Err() != nil:
			return nil
		case remit.KindOf(err) == remit.Unauthenticated:
			return fmt.Errorf("claiming jobs: %w", err)
		default:
			a.opts.Log.Warn("claiming failed; trying again", "error", err, "in", pause)
			sleep(ctx, pause)
			pause = min(2*pause, longPause)
		}
	}
	return nil
}

// prepare makes the directory, ends what an earlier run of this node left
// behind, and gives back the jobs that it still holds.
func (a *Agent) prepare(ctx context.Context) error {
	if err := os.MkdirAll(a.opts.Dir, 0o700); err != nil {
		return fmt.Errorf("making the node's directory: %w", err)
	}
	if err := clearLeftovers(a.opts.Dir, a.opts.Log); err != nil {
		return err
	}
	held, err := a.opts.Client.Held(ctx)
	if remit.KindOf(err) == remit.Unauthenticated {
		return fmt.Errorf("asking for the jobs of an earlier run: %w", err)
	}
	for _, lease := range held {
		if err := a.opts.Client.Release(ctx, lease); err != nil {
			a.opts.Log.Warn("a job of an earlier run could not be given back", "job", lease.Job, "error", err)
		}
	}
	return nil
}

// claim waits for a free slot, asks for jobs and starts them.
func (a *Agent) claim(ctx context.Context) error {
	select {
	case a.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	want := a.opts.Want
	want.Max = 1
	assignments, err := a.opts.Client.Claim(ctx, want)
	if err != nil || len(assignments) == 0 {
		<-a.slots
		return err
	}
	a.tasks.Go(func() {
		defer func() { <-a.slots }()
		a.work(ctx, assignments[0])
	})
	return nil
}

// work runs one assignment to its end.
func (a *Agent) work(ctx context.Context, as remit.Assignment) {
	log := a.opts.Log.With("job", as.Job, "attempt", as.Attempt, "type", as.Type)
	log.Info("claimed")
	t := &task{
		Assignment: as,
		client:     a.opts.Client,
		executor:   a.opts.Executors[as.Runner],
		dir:        filepath.Join(a.opts.Dir, fmt.Sprintf("%s-%d", as.Job, as.Attempt)),
		log:        log,
	}
	if err := t.run(ctx); err != nil {
		log.Warn("attempt ended", "error", err)
		return
	}
	log.Info("attempt ended")
}

// sleep waits for d, or less when ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
