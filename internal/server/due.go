package server

import (
	"context"
	"time"

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
	for {
		if err := advance(ctx); err != nil && ctx.Err() == nil {
			s.opts.Log.Error("moving on jobs that wait for others", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-told:
		case <-ticker.C:
		}
	}
}

func (s *Server) advance(ctx context.Context) error {
	_, err := s.Jobs.Advance(ctx)
	return err
}
