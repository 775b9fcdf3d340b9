package schedules

import (
	"errors"
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
)

// row is a schedule as it is stored.
type row struct {
	ID         remit.ScheduleID
	Project    remit.ProjectID
	Owner      remit.UserID // "" = whoever there is where authentication is off (R32)
	Title      string
	Cron, Zone string
	Spec       remit.JobSpec
	Collection remit.CollectionID // what its jobs are on, or the one that their file is in
	Missed     remit.MissedPolicy
	Overlap    remit.OverlapPolicy
	Paused     bool
	NextAt     *time.Time
	CreatedAt  time.Time
}

// resource is the schedule as the permission engine sees it: like the jobs that it makes.
func (s *row) resource() authz.Resource {
	return authz.Resource{Project: string(s.Project), Owner: string(s.Owner), Collection: string(s.Collection),
		Run: remit.RunRight(s.Spec.Type, s.Spec.On), Thing: string(s.ID)}
}

// find reads a schedule; in a transaction that writes it stays locked until the end.
func find(r db.Reader, id remit.ScheduleID) (row, error) {
	if !remit.IsID[remit.ScheduleID](string(id)) {
		return row{}, gate.NotFound("schedules")
	}
	query := selectSchedule
	if _, writes := r.(*gate.Tx); writes {
		query += r.Dialect().ForUpdate
	}
	s, err := db.One(r, scanSchedule, query, id)
	if errors.Is(err, db.ErrNoRows) {
		return s, gate.NotFound("schedules")
	}
	return s, err
}

// act is a change of an existing schedule.
func act[R any](s *Service, operation string, id remit.ScheduleID, apply func(*gate.Tx, *row) (R, error)) gate.Op[R] {
	var found row
	return gate.Op[R]{
		Name: operation,
		On: func(tx *gate.Tx) (on authz.Resource, err error) {
			found, err = find(tx, id)
			return found.resource(), err
		},
		Apply: func(tx *gate.Tx) (R, error) { return apply(tx, &found) },
	}
}

// owner is who acts for the schedule now, or the reason why nobody does.
func (s *row) owner(r *gate.Reader) (who authz.Subject, reason string, err error) {
	if s.Owner == "" {
		if r.OpenToAll() {
			return authz.Subject{Kind: authz.Local, Name: local}, "", nil
		}
		return who, "it belongs to nobody", nil
	}
	who, err = identity.SubjectOf(r, r.Now(), s.Owner, "")
	if remit.KindOf(err) == remit.Unauthenticated {
		return who, "its owner cannot act: " + err.Error(), nil
	}
	return who, "", err
}

func (s *row) slug(r db.Reader) (string, error) {
	slugs, err := projects.Slugs(r, s.Project)
	if err != nil {
		return "", fmt.Errorf("looking up the project of schedule %s: %w", s.ID, err)
	}
	return slugs[s.Project], nil
}

// plan reads what was checked when it was stored.
func (s *row) plan() (timetable, error) {
	t, err := timetableOf(s.Cron, s.Zone)
	if err != nil {
		return t, remit.Errorf(remit.Internal, "schedule %s: %w", s.ID, err)
	}
	return t, nil
}

// ahead sets when it is due next.
func (s *row) ahead(now time.Time) error {
	s.NextAt = nil
	if s.Paused {
		return nil
	}
	t, err := s.plan()
	if err != nil {
		return err
	}
	if next := t.after(now); !next.IsZero() {
		s.NextAt = &next
	}
	return nil
}
