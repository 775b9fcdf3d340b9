package notify

import (
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
)

// listeners are all tellings that are not paused, and the defaults that are, as a transition looks them up.
type listeners struct {
	of map[remit.UserID][]row    // of one's own jobs, by owner
	in map[remit.ProjectID][]row // of all jobs, by project
	// off are the job types whose default people have paused; "" = all types.
	off map[remit.UserID][]string
}

// listening reads who wants to be told of jobs, once for each change of that.
func (s *Service) listening(r *gate.Reader) (*listeners, error) {
	return s.kept.Of(r, "", func() (*listeners, error) {
		all, err := db.Rows(r, scanTelling, selectListening)
		if err != nil {
			return nil, fmt.Errorf("reading who is told of jobs: %w", err)
		}
		l := &listeners{of: map[remit.UserID][]row{}, in: map[remit.ProjectID][]row{}, off: map[remit.UserID][]string{}}
		for _, t := range all {
			switch {
			case t.Default:
				l.off[t.Owner] = append(l.off[t.Owner], t.Type)
			case t.Mine:
				l.of[t.Owner] = append(l.of[t.Owner], t)
			default:
				l.in[t.Project] = append(l.in[t.Project], t)
			}
		}
		return l, nil
	})
}

// hear writes down what is to be told of a transition. Where nobody listens it
// asks the database nothing.
func (s *Service) hear(tx *gate.Tx, t jobs.Transition) error {
	l, err := s.listening(&tx.Reader)
	if err != nil {
		return err
	}
	told := map[remit.UserID]bool{} // one letter each
	for _, some := range [][]row{l.of[t.Owner], l.in[t.Project]} {
		for _, one := range some {
			if one.Kind == byMail && told[one.Owner] || !one.wants(t) || !one.mayRead(&tx.Reader, t.On) {
				continue
			}
			told[one.Owner] = told[one.Owner] || one.Kind == byMail
			if err := deliver(tx, one.ID, string(t.Job), "job."+string(t.State), t.Attempt); err != nil {
				return err
			}
		}
	}
	if told[t.Owner] {
		return nil
	}
	return s.hearDefault(tx, l, t)
}

func (t *row) wants(of jobs.Transition) bool {
	return (t.Project == "" || t.Project == of.Project) && (t.Type == "" || t.Type == of.Type) && slices.Contains(t.States, of.State)
}

// mayRead asks by the policy alone. It is asked again when it is sent: this
// keeps people from being sent, and the outbox from holding, what they cannot see.
func (t *row) mayRead(r *gate.Reader, on authz.Resource) bool {
	who := authz.Subject{Kind: authz.Person, ID: string(t.Owner)}
	if t.Owner == "" {
		if !r.OpenToAll() {
			return false
		}
		who = authz.Subject{Kind: authz.Local}
	}
	return r.CanAs(who, "job.read", on).Allowed
}
