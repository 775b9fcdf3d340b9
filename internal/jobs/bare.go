package jobs

import "github.com/remit-server/remit"

// TakesNothing says whether a job of the type can be made without parameters:
// none is required that has no default.
func (s *Service) TakesNothing(t remit.JobType) bool {
	_, err := s.paramsOf(t, nil)
	return err == nil
}
