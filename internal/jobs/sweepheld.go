package jobs

import (
	"context"
	"errors"
	"time"
)

// sweepHeld frees held jobs, some after the other until all were looked at, or
// until it is half of the time to the next sweep: that one goes on from there.
func (s *Service) sweepHeld(ctx context.Context) (freed int, err error) {
	timer := time.NewTimer(s.opts.LeaseTTL / 20)
	defer timer.Stop()
	var failed []error
	for {
		n, err := s.each(ctx, s.nextHeld, s.freeHeld)
		freed, failed = freed+n, append(failed, err)
		if !s.moreHeld() || err != nil && n == 0 {
			return freed, errors.Join(failed...)
		}
		select {
		case <-timer.C:
			return freed, errors.Join(failed...)
		default:
		}
	}
}

// moreHeld says whether there may be held jobs after those looked at last.
func (s *Service) moreHeld() bool {
	s.sweeping.Lock()
	defer s.sweeping.Unlock()
	return s.heldAfter != ""
}
