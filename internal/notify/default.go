package notify

import (
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
)

// defaultOf is what a type tells a person of its own, as it is while the person
// has said nothing. The one of no type stands for all of them.
func defaultOf(owner remit.UserID, key string) row {
	return row{ID: string(remit.DerivedID[remit.NotificationID]("default", string(owner), key)), Kind: byMail, Owner: owner, Type: key,
		Mine: true, Default: true, States: []remit.JobState{}}
}

// hearDefault writes down what the job's type tells its owner of its own,
// unless they said otherwise. Where the type tells nothing it asks the database
// nothing, and once for each owner without an address.
func (s *Service) hearDefault(tx *gate.Tx, l *listeners, t jobs.Transition) error {
	if s.opts.Mail == nil || t.Owner == "" {
		return nil
	}
	tells, err := s.opts.Jobs.TellsOwner(&tx.Reader, t.Type, t.State)
	if err != nil || !tells || l.isOff(t.Owner, t.Type) {
		return err
	}
	one := defaultOf(t.Owner, t.Type)
	if !one.mayRead(&tx.Reader, t.On) {
		return nil
	}
	reached, err := s.reaches(&tx.Reader, t.Owner)
	if err != nil || !reached {
		return err
	}
	return writeUnsorted(tx, unsorted{owner: t.Owner, kind: t.Type,
		delivery: delivery{Delivery: remit.Delivery{Job: t.Job, Event: "job." + string(t.State)}, attempt: t.Attempt}})
}

func (l *listeners) isOff(owner remit.UserID, key string) bool {
	off := l.off[owner]
	return slices.Contains(off, key) || slices.Contains(off, "")
}

// reaches says whether letters reach an account: it can sign in and has an address.
func (s *Service) reaches(r *gate.Reader, user remit.UserID) (bool, error) {
	return s.reachable.Of(r, string(user), func() (bool, error) {
		address, err := emailOf(r, user)
		return address != "", err
	})
}

// unsorted is what is to be told by default, before it has a telling.
type unsorted struct {
	delivery
	owner remit.UserID
	kind  string // key of the job type
}

// sort gives what is to be told by default to the tellings of its people. That
// is not done with the transition: two that tell the same people would wait
// for each other.
func sort(tx *gate.Tx) error {
	all, err := db.Rows(tx, scanUnsorted, selectUnsorted, sortedAtOnce)
	if err != nil {
		return fmt.Errorf("reading what is told by default: %w", err)
	}
	there := map[string]bool{}
	for _, u := range all {
		one := defaultOf(u.owner, u.kind)
		if !there[one.ID] {
			if err := one.keep(tx); err != nil {
				return err
			}
			there[one.ID] = true
		}
		if err := u.sorted(tx, one.ID); err != nil {
			return err
		}
	}
	return nil
}
