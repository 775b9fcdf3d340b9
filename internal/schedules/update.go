package schedules

import (
	"context"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// Patch is what can be changed about a schedule; nil stays.
type Patch struct {
	Title   *string
	Cron    *string
	Zone    *string
	Job     *remit.JobSpec // all of it
	Missed  *remit.MissedPolicy
	Overlap *remit.OverlapPolicy
	Paused  *bool
}

// onlyPauses says whether the patch is what others may do too.
func (p Patch) onlyPauses() bool { return p.Paused != nil && *p.Paused && p == Patch{Paused: p.Paused} }

// Update changes a schedule. It acts with its owner's rights, so nobody else
// says what it does: others can pause it, and delete it. Another job must be one
// that the owner may submit now. What was due while it was paused was not missed.
func (s *Service) Update(ctx context.Context, who authz.Subject, id remit.ScheduleID, p Patch) (remit.Schedule, error) {
	if p.onlyPauses() {
		return gate.Do(ctx, s.gate, who, act(s, "schedule.pause", id, s.pause))
	}
	return gate.Do(ctx, s.gate, who, act(s, "schedule.update", id, func(tx *gate.Tx, now *row) (remit.Schedule, error) { return s.change(tx, now, p) }))
}

func (s *Service) pause(tx *gate.Tx, now *row) (remit.Schedule, error) {
	now.Paused, now.NextAt = true, nil
	if err := now.update(tx); err != nil {
		return remit.Schedule{}, err
	}
	return s.present(&tx.Reader, *now)
}

func (s *Service) change(tx *gate.Tx, now *row, p Patch) (remit.Schedule, error) {
	if err := now.ownedBy(tx.Who()); err != nil {
		return remit.Schedule{}, err
	}
	if err := identity.Lasting(&tx.Reader); err != nil {
		return remit.Schedule{}, err
	}
	note := now.words()
	p.apply(now)
	if err := now.check(); err != nil {
		return remit.Schedule{}, err
	}
	if p.Job != nil {
		if err := s.plan(tx, now); err != nil {
			return remit.Schedule{}, err
		}
	}
	tx.Note("%s → %s", note, now.words())
	if p.Cron != nil || p.Zone != nil || p.Paused != nil {
		if err := now.ahead(tx.Now()); err != nil {
			return remit.Schedule{}, err
		}
	}
	if err := now.update(tx); err != nil {
		return remit.Schedule{}, err
	}
	return s.present(&tx.Reader, *now)
}

func (p Patch) apply(s *row) {
	replace(&s.Title, p.Title)
	replace(&s.Cron, p.Cron)
	replace(&s.Zone, p.Zone)
	replace(&s.Spec, p.Job)
	replace(&s.Missed, p.Missed)
	replace(&s.Overlap, p.Overlap)
	replace(&s.Paused, p.Paused)
}

func replace[T any](dst, with *T) {
	if with != nil {
		*dst = *with
	}
}

// plan asks for another job as for a new schedule.
func (s *Service) plan(tx *gate.Tx, now *row) error {
	slug, err := now.slug(tx)
	if err != nil {
		return err
	}
	job, err := s.job(&tx.Reader, slug, now)
	if err == nil {
		err = tx.Require("schedule.create", job.On)
	}
	if err == nil {
		err = s.checkJob(tx, job)
	}
	now.Collection = job.Collection()
	return err
}

// ownedBy refuses everybody else.
func (s *row) ownedBy(who authz.Subject) error {
	if string(s.Owner) == gate.SelfOf(who) && (s.Owner != "" || who.Kind == authz.Local) {
		return nil
	}
	return remit.Errorf(remit.Denied, "You can only pause or delete schedules of others").WithCode("denied").
		WithHint("It acts with the rights of its owner, so only the owner says what it does. Make one of your own.")
}

// words are what the audit log says of it.
func (s *row) words() string {
	state := ""
	if s.Paused {
		state = ", paused"
	}
	return fmt.Sprintf("%s at %s %s%s", s.Spec.Type, s.Cron, s.Zone, state)
}

// Delete removes a schedule and what is known of its firings. Its jobs stay.
func (s *Service) Delete(ctx context.Context, who authz.Subject, id remit.ScheduleID) error {
	_, err := gate.Do(ctx, s.gate, who, act(s, "schedule.delete", id, func(tx *gate.Tx, now *row) (struct{}, error) {
		tx.Note("%s", now.words())
		_, err := tx.Exec(deleteSchedule, now.ID)
		return struct{}{}, err
	}))
	return err
}
