package server

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// How often.
const (
	telling = 2 * time.Second  // people are told of jobs
	firing  = 2 * time.Second  // schedules that are due make their jobs
	noting  = 5 * time.Second  // the last uses of API keys are stored
	sealing = 10 * time.Second // the audit log is sealed: an entry waits no longer for its seal
)

// startLoops runs what goes on besides requests, until ctx ends. What loops
// leave when it ends is done by Run, after the last request.
func (s *Server) startLoops(ctx context.Context, handler http.Handler) (*sync.WaitGroup, error) {
	var loops sync.WaitGroup
	loops.Go(func() {
		s.every(ctx, max(s.opts.LeaseTTL/10, 100*time.Millisecond), "sweeping the leases", s.inTurn("sweep", s.sweep))
	})
	loops.Go(func() { s.every(ctx, sealing, "sealing the audit log", s.inTurn("seal", s.seal)) })
	loops.Go(func() { s.every(ctx, firing, "firing schedules", s.inTurn("schedules", s.fire)) })
	loops.Go(func() { s.every(ctx, telling, "telling of jobs", s.inTurn("notifications", s.tell)) })
	loops.Go(func() { s.whenDue(ctx) })
	loops.Go(func() { s.every(ctx, noting, "noting the use of API keys", s.Identity.NoteUses) })
	if err := s.startOwnNode(ctx, handler, &loops); err != nil {
		return nil, err
	}
	return &loops, nil
}

// every does something again and again until ctx ends. What fails is tried
// again the next time.
func (s *Server) every(ctx context.Context, pause time.Duration, doing string, do func(context.Context) error) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := do(ctx); err != nil && ctx.Err() == nil {
			s.opts.Log.Error(doing, "error", err)
		}
	}
}

// inTurn is do on one of several servers on one database at a time.
func (s *Server) inTurn(name string, do func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		release, leader, err := s.Gate.TryLeader(ctx, name)
		if err != nil || !leader {
			return err
		}
		defer release()
		return do(ctx)
	}
}

// sweep ends leases that ran out.
func (s *Server) sweep(ctx context.Context) error {
	n, err := s.Jobs.Sweep(ctx)
	if n > 0 {
		s.opts.Log.Info("leases ended", "jobs", n)
	}
	return err
}

// fire makes the jobs of schedules that are due.
func (s *Server) fire(ctx context.Context) error {
	n, err := s.Schedules.Fire(ctx)
	if n > 0 {
		s.opts.Log.Info("schedules fired", "jobs", n)
	}
	return err
}

func (s *Server) seal(ctx context.Context) error {
	_, err := s.Audit.Seal(ctx)
	return err
}
