package schedules

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
)

// dueAtOnce bounds what is looked up at once.
const dueAtOnce = 500

// onTime is how late a firing may be dealt with and still count as on time: a
// server that is started anew has not missed it.
const onTime = time.Minute

// Fire deals with all that is due, and returns how many jobs it made. What
// fails for one schedule is tried again the next time, and keeps no others; run
// it every few seconds, in one process at a time or in several.
func (s *Service) Fire(ctx context.Context) (made int, err error) {
	var failed []error
	for after := remit.ScheduleID(""); ctx.Err() == nil; {
		ids, err := s.due(ctx, after)
		if err != nil || len(ids) == 0 {
			return made, errors.Join(append(failed, err)...)
		}
		for _, id := range ids {
			did, err := s.fireOne(ctx, id)
			if did {
				made++
			}
			if err != nil && !isGone(err) {
				failed = append(failed, fmt.Errorf("schedule %s: %w", id, err))
			}
		}
		after = ids[len(ids)-1]
	}
	return made, errors.Join(append(failed, ctx.Err())...)
}

// isGone says whether a schedule was deleted, or its project closed, in between.
func isGone(err error) bool {
	return remit.KindOf(err) == remit.NotFound || remit.CodeOf(err) == "archived"
}

// due finds what may have to fire, without a lock.
func (s *Service) due(ctx context.Context, after remit.ScheduleID) ([]remit.ScheduleID, error) {
	return gate.View(ctx, s.gate, scheduler, gate.Query[[]remit.ScheduleID]{
		Name: "schedule.list",
		Read: func(r *gate.Reader) ([]remit.ScheduleID, error) {
			ids, err := db.Rows(r, db.Value[remit.ScheduleID], selectDue, r.Now().UnixMicro(), after, dueAtOnce)
			if err != nil {
				return nil, fmt.Errorf("looking for schedules that are due: %w", err)
			}
			return ids, nil
		},
	})
}

// fireOne looks at a schedule again, now locked, and deals with its time when
// nobody else has.
func (s *Service) fireOne(ctx context.Context, id remit.ScheduleID) (made bool, err error) {
	return gate.Do(ctx, s.gate, scheduler, act(s, "schedule.fire", id, func(tx *gate.Tx, now *row) (bool, error) {
		if now.NextAt == nil || now.NextAt.After(tx.Now()) {
			return false, nil
		}
		return s.fire(tx, now)
	}))
}

func (s *Service) fire(tx *gate.Tx, now *row) (made bool, err error) {
	due := *now.NextAt
	f, err := now.firing(tx.Now())
	if err != nil {
		return false, err
	}
	if err := now.ahead(tx.Now()); err != nil {
		return false, err
	}
	if done, err := now.advance(tx, due, f.DueAt); done || err != nil {
		return false, err
	}
	if f.Outcome == "" {
		err = s.start(tx, now, &f)
	}
	if err == nil {
		err = now.keep(tx, f)
	}
	return f.Outcome == remit.FiringStarted, err
}

// keep puts a firing into the schedule's history and, when it is news, into the
// audit log: what comes to nothing again and again, for one reason, is one line there.
func (s *row) keep(tx *gate.Tx, f remit.Firing) error {
	again, err := s.repeats(tx, f)
	if err == nil {
		err = s.remember(tx, f)
	}
	if err != nil || again {
		return err
	}
	return tx.Record("schedule.fire", s.Project, string(s.ID), words(f))
}

// repeats says whether a firing made no job, and the one before none for the same reason.
func (s *row) repeats(tx *gate.Tx, f remit.Firing) (bool, error) {
	if f.Outcome == remit.FiringStarted {
		return false, nil
	}
	same, err := db.One(tx, db.Value[bool], selectRepeats, s.ID, f.Outcome, f.Reason)
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking up what came of schedule %s before: %w", s.ID, err)
	}
	return same, nil
}

// firing is which time is to be dealt with now: the last one that has come. It
// is missed already when the server came too late for it, and the policy makes
// up for none.
func (s *row) firing(now time.Time) (f remit.Firing, err error) {
	t, err := s.plan()
	if err != nil {
		return f, err
	}
	first := *s.NextAt
	f = remit.Firing{DueAt: t.latest(first, now), At: now}
	late := now.Sub(f.DueAt) > onTime
	switch {
	case late && s.Missed == remit.MissedSkip:
		f.Outcome, f.Reason = remit.FiringMissed, "no server was there"
	case s.Missed == remit.MissedOnce && (late || f.DueAt.After(first)):
		f.Reason = "it makes up for what was missed"
	}
	if f.DueAt.After(first) {
		f.Reason = also(f.Reason, "all since "+first.UTC().Format(time.RFC3339)+" were missed")
	}
	return f, nil
}

func also(reason, more string) string {
	if reason == "" || more == "" {
		return reason + more
	}
	return reason + "; " + more
}

// start makes the job, or says in f why there is none.
func (s *Service) start(tx *gate.Tx, now *row, f *remit.Firing) error {
	owner, reason, err := now.owner(&tx.Reader)
	if err != nil {
		return err
	}
	if reason != "" {
		f.Outcome, f.Reason = remit.FiringRefused, also(reason, f.Reason)
		return nil
	}
	err = s.makeWay(tx, now, owner, f)
	if err != nil || f.Outcome != "" {
		return now.refused(f, err)
	}
	job, err := s.submit(tx, now, owner, f.DueAt)
	if err != nil {
		return now.refused(f, err)
	}
	f.Outcome, f.Job = remit.FiringStarted, job.ID
	return nil
}

func (s *Service) submit(tx *gate.Tx, now *row, owner authz.Subject, at time.Time) (remit.Job, error) {
	job, err := s.planned(tx, now, owner, at)
	if err != nil {
		return remit.Job{}, err
	}
	return s.jobs.SubmitFor(tx, job, "by schedule "+string(now.ID))
}

// planned asks for the owner's rights as they are now (R26), and whether the type
// takes secrets by now.
func (s *Service) planned(tx *gate.Tx, now *row, owner authz.Subject, at time.Time) (jobs.Plan, error) {
	slug, err := now.slug(tx)
	if err != nil {
		return jobs.Plan{}, err
	}
	job, err := s.jobs.Plan(&tx.Reader, owner, slug, now.spec(at))
	if err == nil {
		err = tx.RequireAs(owner, "job.submit", job.On)
	}
	if err == nil {
		err = refuseSecrets(job)
	}
	return job, err
}

// makeWay applies the overlap policy to jobs that have not ended. Nothing is
// replaced by a job that could not be made.
func (s *Service) makeWay(tx *gate.Tx, now *row, owner authz.Subject, f *remit.Firing) error {
	if now.Overlap == remit.OverlapAllow {
		return nil
	}
	live, err := db.Rows(tx, db.Value[remit.JobID], selectLiveJobs, now.ID)
	if err != nil {
		return fmt.Errorf("looking for jobs of schedule %s: %w", now.ID, err)
	}
	if len(live) == 0 {
		return nil
	}
	if now.Overlap == remit.OverlapSkip {
		f.Outcome, f.Reason = remit.FiringSkipped, also("the job before has not ended", f.Reason)
		return nil
	}
	return s.replace(tx, now, owner, live, f.DueAt)
}

func (s *Service) replace(tx *gate.Tx, now *row, owner authz.Subject, live []remit.JobID, at time.Time) error {
	job, err := s.couldSubmit(tx, now, owner, at)
	if err != nil {
		return err
	}
	for _, id := range live {
		if err := s.jobs.MayCancel(tx, owner, id); err != nil {
			return err
		}
	}
	for _, id := range live {
		if err := s.jobs.MakeWay(tx, job, id, "replaced by schedule "+string(now.ID)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) couldSubmit(tx *gate.Tx, now *row, owner authz.Subject, at time.Time) (jobs.Plan, error) {
	job, err := s.planned(tx, now, owner, at)
	if err == nil {
		err = s.jobs.Check(tx, job)
	}
	return job, err
}

// refused turns what the owner is refused into the outcome. Faults stay errors,
// and are tried again.
func (s *row) refused(f *remit.Firing, err error) error {
	e, ok := errors.AsType[*remit.Error](err)
	if !ok || e.Kind == remit.Internal || e.Kind == remit.Unavailable || e.Code == "raced" {
		return err
	}
	f.Outcome, f.Reason = remit.FiringRefused, also(reasonOf(e, s.Spec.On), f.Reason)
	return nil
}

// words are what the audit log says of a firing.
func words(f remit.Firing) string {
	text := fmt.Sprintf("due at %s: %s", f.DueAt.UTC().Format(time.RFC3339), f.Outcome)
	if f.Job != "" {
		text += " " + string(f.Job)
	}
	return also(text, f.Reason)
}
