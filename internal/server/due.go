package server

import (
	"context"
	"time"

	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
)

// advancing is how often jobs that wait for others are looked at without being told.
const advancing = 2 * time.Second

// whenDue moves on jobs that wait for others, soon after something happened to
// those, until ctx ends. What fails is tried again the next time.
func (s *Server) whenDue(ctx context.Context) {
	told, end := s.Gate.Subscribe(jobs.TopicDue)
	defer end()
	ticker := time.NewTicker(advancing)
	defer ticker.Stop()
	advance := s.inTurn("workflows", s.advance)
	whenTold(ctx, told, ticker.C, func() {
		if err := advance(ctx); err != nil && ctx.Err() == nil {
			s.opts.Log.Error("moving on jobs that wait for others", "error", err)
		}
	})
}

// whenTold looks once at the beginning, and then whenever it is told to or it is
// time: once for all events that came since it looked, for each look may take a
// connection of its own to ask whose turn it is.
func whenTold(ctx context.Context, told <-chan gate.Event, tick <-chan time.Time, look func()) {
	for {
		look()
		select {
		case <-ctx.Done():
			return
		case _, open := <-told:
			if !open || !gate.Drain(told) {
				told = nil // the database is closing; the clock goes on
			}
		case <-tick:
		}
	}
}

func (s *Server) advance(ctx context.Context) error {
	_, err := s.Jobs.Advance(ctx)
	return err
}
