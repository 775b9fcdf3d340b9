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
//		Dir:       "/var/lib/remit-node", Now: time.Now,
//	})
//	err := a.Run(ctx) // until ctx ends; running jobs are then given back
package agent

import (
	"context"
	"errors"
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
	Dir       string              // attempts get directories in it; nobody else may be able to write there
	// Now tells how long a call took, which is time gone from the lease that
	// it got. Without it calls count as taking no time.
	Now func() time.Time
	Log *slog.Logger
}

// Agent is one node at work.
type Agent struct {
	opts  Options
	slots chan struct{} // one token per running job
	tasks sync.WaitGroup
	// unsure is set while the node may hold leases that it does not know of: an
	// earlier run's, and those whose answer was lost. Only Run's goroutine uses it.
	unsure bool
	mu     sync.Mutex
	known  map[string]bool // leases being worked on
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
	if opts.Now == nil {
		opts.Now = func() time.Time { return time.Time{} }
	}
	return &Agent{opts: opts, slots: make(chan struct{}, opts.Want.Slots), unsure: true, known: map[string]bool{}}
}

// Run claims and works until ctx ends. Then the running jobs are stopped and
// given back to the queue. It returns an error only when the node's
// credential is refused or its directory cannot be used: remit.Invalid when
// others could change what is in it, remit.Conflict while another node has it.
func (a *Agent) Run(ctx context.Context) error {
	lock, err := a.prepare(ctx)
	if err != nil {
		return err
	}
	defer lock.Close()
	defer a.tasks.Wait()
	pause := firstPause
	for ctx.Err() == nil {
		err := a.claim(ctx)
		switch {
		case err == nil:
			pause = firstPause
		case ctx.Err() != nil:
			a.part(ctx)
		case remit.KindOf(err) == remit.Unauthenticated, remit.CodeOf(err) == "not_a_node":
			return fmt.Errorf("claiming jobs: %w", err)
		case remit.CodeOf(err) == "node_busy":
			if pause != longPause {
				a.opts.Log.Warn("another program works with this credential; waiting for its end", "error", err)
			}
			pause = longPause
			sleep(ctx, pause)
		default:
			a.opts.Log.Warn("claiming failed; trying again", "error", err, "in", pause)
			sleep(ctx, pause)
			pause = min(2*pause, longPause)
		}
	}
	return nil
}

// prepare takes the directory and ends what an earlier run of this node left
// behind in it. The directory is the node's until the lock is closed.
func (a *Agent) prepare(ctx context.Context) (lock *os.File, err error) {
	if a.opts.Dir, err = ownDirectory(a.opts.Dir); err != nil {
		return nil, err
	}
	if lock, err = lockDirectory(ctx, a.opts.Dir, a.opts.Log); err != nil {
		return nil, err
	}
	if a.opts.Want.Session, err = sessionOf(a.opts.Dir); err == nil {
		err = clearLeftovers(a.opts.Dir, a.opts.Log)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// claim waits for a free slot, asks for jobs and starts them.
func (a *Agent) claim(ctx context.Context) error {
	select {
	case a.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	as, took, err := a.ask(ctx)
	if err != nil || as == nil {
		<-a.slots
		return err
	}
	a.know(as.Lease, true)
	a.tasks.Go(func() {
		defer func() { <-a.slots }()
		defer a.know(as.Lease, false)
		a.work(ctx, *as, took)
	})
	return nil
}

// ask asks for one job; none is nil. It also tells how long the call took.
func (a *Agent) ask(ctx context.Context) (*remit.Assignment, time.Duration, error) {
	if err := a.settle(ctx); err != nil {
		return nil, 0, err
	}
	want := a.opts.Want
	want.Max = 1
	sent := a.opts.Now()
	got, err := a.opts.Client.Claim(ctx, want)
	if a.unsure = err != nil; err != nil || len(got) == 0 {
		return nil, 0, err
	}
	return &got[0], a.opts.Now().Sub(sent), nil
}

// settle gives back the jobs that the node holds without working on them.
func (a *Agent) settle(ctx context.Context) error {
	if !a.unsure {
		return nil
	}
	a.mu.Lock()
	known := maps.Clone(a.known) // before the question: what ends meanwhile is none to give back
	a.mu.Unlock()
	held, err := a.opts.Client.Held(ctx, a.opts.Want.Session)
	if err != nil {
		return fmt.Errorf("asking for the jobs that this node holds: %w", err)
	}
	for _, lease := range held {
		if known[lease.Lease] {
			continue
		}
		err := a.opts.Client.Release(ctx, lease)
		if ctx.Err() != nil || remit.KindOf(err) == remit.Unavailable {
			return fmt.Errorf("giving back job %s: %w", lease.Job, err)
		}
		a.opts.Log.Info("gave back a job that it held without knowing", "job", lease.Job, "error", err)
	}
	a.unsure = false
	return nil
}

// part settles for the last time, when a claim was under way at the end.
func (a *Agent) part(ctx context.Context) {
	last, done := context.WithTimeout(context.WithoutCancel(ctx), saying)
	defer done()
	if err := a.settle(last); err != nil {
		a.opts.Log.Warn("a job may stay claimed until its lease ends", "error", err)
	}
}

// know notes a lease that is worked on, or that it is so no more.
func (a *Agent) know(l remit.Lease, working bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if delete(a.known, l.Lease); working {
		a.known[l.Lease] = true
	}
}

// work runs one assignment, whose claim took so long, to its end.
func (a *Agent) work(ctx context.Context, as remit.Assignment, took time.Duration) {
	log := a.opts.Log.With("job", as.Job, "attempt", as.Attempt, "type", as.Type)
	log.Info("claimed")
	t := &task{
		Assignment: as,
		client:     a.opts.Client,
		executor:   a.opts.Executors[as.Runner],
		dir:        filepath.Join(a.opts.Dir, fmt.Sprintf("%s-%d", as.Job, as.Attempt)),
		log:        log,
		now:        a.opts.Now,
		took:       took,
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
