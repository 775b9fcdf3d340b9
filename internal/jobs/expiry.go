package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// mostKept is how long from now artifacts can be kept by extending.
const mostKept = 100 * 366 * 24 * time.Hour

// expiry is what was said of how long a job's artifacts are kept.
type expiry struct {
	job                remit.JobID
	keepUntil, expired time.Time // zero = nothing was said
}

// of is when the artifacts of the finished job j end, the zero time for never.
// It is a time that is compared with the clock at each look, so that nothing
// has to happen when it comes.
func (e expiry) of(j *row, t remit.JobType) time.Time {
	switch {
	case j.FinishedAt == nil || !j.State.Finished():
		return noTime
	case !e.expired.IsZero() && !e.expired.Before(*j.FinishedAt):
		return e.expired
	case e.keepUntil.After(*j.FinishedAt):
		return e.keepUntil
	case t.ArtifactDays > 0:
		return j.FinishedAt.AddDate(0, 0, t.ArtifactDays)
	}
	return noTime
}

// ends is when the artifacts of one job end.
func (j *row) ends(r db.Reader) (time.Time, error) {
	if !j.State.Finished() {
		return noTime, nil
	}
	said, err := db.One(r, scanExpiry, selectExpiry, j.ID)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return noTime, fmt.Errorf("reading how long job %s is kept: %w", j.ID, err)
	}
	t, err := typeOf(r, j.Type)
	return said.of(j, t), err
}

// requireUnexpired refuses what has expired.
func (j *row) requireUnexpired(r *gate.Reader) error {
	ends, err := j.ends(r)
	if err == nil && !ends.IsZero() && !ends.After(r.Now()) {
		err = gone(ends)
	}
	return err
}

// letExpiredGo lets go for good what has expired of a job that is about to run
// again: nothing that was said of it counts from then on.
func (j *row) letExpiredGo(tx *gate.Tx) error {
	if expired, err := hasExpired(&tx.Reader, j); err != nil || !expired {
		return err
	}
	return letArtifactsGo(tx, j)
}

func gone(at time.Time) *remit.Error {
	return remit.Errorf(remit.Gone, "The artifacts of this job expired at %s", at.Format(time.RFC3339)).WithCode("expired").
		WithHint("Requeue the job to make them again.")
}

// Expire lets the artifacts of a finished job go, now. That of what is gone
// already changes nothing.
func (s *Service) Expire(ctx context.Context, who authz.Subject, id remit.JobID) (remit.Job, error) {
	return s.act(ctx, who, "job.expire", id, s.toExpire)
}

func (s *Service) toExpire(tx *gate.Tx, j *row) error {
	ends, err := j.ends(tx)
	if err != nil {
		return err
	}
	if !ends.IsZero() && !ends.After(tx.Now()) {
		tx.Note("they had expired already; nothing changed")
		return nil
	}
	if _, err := tx.Exec(upsertExpired, j.ID, tx.Now().UnixMicro()); err != nil {
		return fmt.Errorf("expiring job %s: %w", j.ID, err)
	}
	announce(tx, j)
	return nil
}

// Extend keeps the artifacts of a finished job until a moment, earlier or
// later than its type says. What has expired stays so: remit.Gone.
func (s *Service) Extend(ctx context.Context, who authz.Subject, id remit.JobID, until time.Time) (remit.Job, error) {
	if until.IsZero() {
		return remit.Job{}, invalid("until", "Until when the artifacts are kept is missing")
	}
	return s.act(ctx, who, "job.extend", id, func(tx *gate.Tx, j *row) error {
		if !until.After(tx.Now()) || until.After(tx.Now().Add(mostKept)) {
			return invalid("until", "The artifacts can be kept until a moment of the next hundred years").WithHint("Use expire to let them go now.")
		}
		if err := j.requireUnexpired(&tx.Reader); err != nil {
			return err
		}
		tx.Note("until %s", stored(until).Format(time.RFC3339))
		if _, err := tx.Exec(upsertKept, j.ID, stored(until).UnixMicro()); err != nil {
			return fmt.Errorf("extending job %s: %w", j.ID, err)
		}
		announce(tx, j)
		return nil
	})
}

// showExpiry adds to finished jobs when their artifacts end.
func showExpiry(r *gate.Reader, rows []row, shown []remit.Job) error {
	said, kinds := map[remit.JobID]expiry{}, map[string]remit.JobType{}
	var ids []any
	for _, j := range rows {
		if j.State.Finished() {
			ids = append(ids, j.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	all, err := db.Rows(r, scanExpiry, selectExpiries+db.In(1, len(ids)), ids...)
	if err != nil {
		return fmt.Errorf("reading how long jobs are kept: %w", err)
	}
	for _, e := range all {
		said[e.job] = e
	}
	for i := range rows {
		j := &rows[i]
		if _, known := kinds[j.Type]; !known && j.State.Finished() {
			if kinds[j.Type], err = typeOf(r, j.Type); err != nil {
				return err
			}
		}
		if ends := said[j.ID].of(j, kinds[j.Type]); ends.IsZero() {
			continue
		} else if ends.After(r.Now()) {
			shown[i].ExpiresAt = &ends
		} else {
			shown[i].ExpiredAt = &ends
		}
	}
	return nil
}
