package schedules

import (
	"context"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// Run makes and starts the schedule's job now, for the asker: their job, by
// their rights. Its policies and its next firing stay as they are.
func (s *Service) Run(ctx context.Context, who authz.Subject, id remit.ScheduleID) (remit.Job, error) {
	return gate.Do(ctx, s.gate, who, act(s, "schedule.run", id, func(tx *gate.Tx, now *row) (remit.Job, error) {
		job, err := s.submit(tx, now, tx.Who(), tx.Now())
		if err != nil {
			return job, err
		}
		tx.About(string(now.ID))
		tx.Note("as %s", job.ID)
		at := tx.Now().UTC().Truncate(time.Microsecond)
		return job, now.remember(tx, remit.Firing{DueAt: at, At: at, By: by(tx.Who()), Outcome: remit.FiringStarted, Job: job.ID})
	}))
}

// by is how a firing by hand is told from one by the clock.
func by(who authz.Subject) string {
	if who.Kind == authz.Person {
		return who.ID
	}
	return local
}

// local is whoever asks where authentication is off (R32).
const local = "local"
