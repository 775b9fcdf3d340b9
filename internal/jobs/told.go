package jobs

import (
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// Transition is that a job came to a state that people may want to hear of: it
// has ended, or is held because its runner lost a right. Steps of a workflow
// make none: the workflow does.
type Transition struct {
	Job     remit.JobID
	Project remit.ProjectID
	Type    string
	State   remit.JobState // succeeded, failed, cancelled or held
	Attempt int
	Owner   remit.UserID // "" = nobody
	On      authz.Resource
	At      time.Time
}

// OnTransition sets who is told of transitions, each within its transaction. It
// is part of wiring the program: call it before the service is used.
func (s *Service) OnTransition(hear func(tx *gate.Tx, t Transition) error) {
	s.gate.OnTell(func(tx *gate.Tx, event any) error {
		if t, ok := event.(Transition); ok {
			return hear(tx, t)
		}
		return nil
	})
}

// TypesThatTell are the job types that tell the owners of their jobs without
// being asked, in the order of their keys. Where nothing has changed it asks the
// database nothing.
func (s *Service) TypesThatTell(r *gate.Reader) ([]remit.JobType, error) {
	all, err := s.known.all(r)
	return slices.DeleteFunc(slices.Clone(all), func(t remit.JobType) bool { return len(t.Notify) == 0 }), err
}

// TellsOwner says whether a type tells the owner of a job that it came to a
// state, without being asked.
func (s *Service) TellsOwner(r *gate.Reader, key string, state remit.JobState) (bool, error) {
	all, err := s.known.all(r)
	i := slices.IndexFunc(all, func(t remit.JobType) bool { return t.Key == key })
	return i >= 0 && slices.Contains(all[i].Notify, state), err
}

// tell makes a Transition of the state that the job has come to. Whatever moves
// jobs calls it for each of them, after the write.
func tell(tx *gate.Tx, j *row) error {
	switch {
	case j.Parent != "", !j.State.Finished() && j.State != remit.JobHeld, j.State == remit.JobHeld && j.HeldFor != heldForRight:
		return nil
	}
	return tx.Tell(Transition{Job: j.ID, Project: j.Project, Type: j.Type, State: j.State, Attempt: j.Attempt, Owner: j.Owner,
		On: j.resource(), At: tx.Now()})
}
