package schedules

import (
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

const columns = `s.id, s.project_id, s.owner_id, s.title, s.cron, s.zone, s.spec, s.collection_id, s.missed, s.overlap, s.paused, s.next_at, s.created_at`

func scanSchedule(sc db.Scanner, s *row) error {
	return sc.Scan(&s.ID, &s.Project, &s.Owner, &s.Title, &s.Cron, &s.Zone, db.FromJSON(&s.Spec), &s.Collection,
		&s.Missed, &s.Overlap, &s.Paused, db.TimePtr(&s.NextAt), db.Time(&s.CreatedAt))
}

const selectSchedule = `SELECT ` + columns + ` FROM schedules s WHERE s.id = $1`

const insertSchedule = `INSERT INTO schedules (id, project_id, owner_id, title, cron, zone, type_key, file_id, collection_id, spec, missed, overlap, paused, next_at, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`

const updateSchedule = `UPDATE schedules SET title = $2, cron = $3, zone = $4, type_key = $5, file_id = $6, collection_id = $7, spec = $8,
	missed = $9, overlap = $10, paused = $11, next_at = $12 WHERE id = $1`

const usesSet = `SELECT COUNT(*) > 0 FROM schedules WHERE collection_id = $1`

const deleteSchedule = `DELETE FROM schedules WHERE id = $1`

// selectDue is a page of what is due at $1, after $2 and at most $3, in projects where anything may happen.
const selectDue = `SELECT s.id FROM schedules s JOIN projects p ON p.id = s.project_id
	WHERE s.next_at <= $1 AND s.id > $2 AND p.archived_at IS NULL AND p.deleted_at IS NULL ORDER BY s.id LIMIT $3`

const selectDealtWith = `SELECT COUNT(*) > 0 FROM firings WHERE schedule_id = $1 AND due_at = $2 AND by_id = ''`

// advanceDue is conditional on the time that was dealt with.
const advanceDue = `UPDATE schedules SET next_at = $3 WHERE id = $1 AND next_at = $2`

const insertFiring = `INSERT INTO firings (schedule_id, due_at, by_id, at, outcome, reason, job_id) VALUES ($1, $2, $3, $4, $5, $6, $7)`

// selectRepeats says whether the clock's last firing of $1 came to $2 because of $3.
const selectRepeats = `SELECT outcome = $2 AND reason = $3 FROM firings WHERE schedule_id = $1 AND by_id = '' ORDER BY due_at DESC LIMIT 1`

// forgetFirings keeps the latest $2 of a schedule, and those whose job may still
// overlap with another.
const forgetFirings = `DELETE FROM firings WHERE schedule_id = $1 AND due_at < (
	SELECT MIN(f.due_at) FROM (SELECT due_at FROM firings WHERE schedule_id = $1 ORDER BY due_at DESC LIMIT $2) f)
	AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id = firings.job_id AND j.` + hasNotEnded + `)`

const hasNotEnded = `state NOT IN ('cancelled', 'succeeded', 'failed')`

// selectFirings is those of $1 before $2, at most $3, the latest first.
const selectFirings = `SELECT due_at, at, outcome, reason, job_id, by_id FROM firings WHERE schedule_id = $1 AND due_at < $2 ORDER BY due_at DESC, by_id LIMIT $3`

func scanFiring(sc db.Scanner, f *remit.Firing) error {
	return sc.Scan(db.Time(&f.DueAt), db.Time(&f.At), &f.Outcome, &f.Reason, &f.Job, &f.By)
}

// selectLiveJobs are those that the clock made for a schedule and that have not ended.
const selectLiveJobs = `SELECT j.id FROM firings f JOIN jobs j ON j.id = f.job_id
	WHERE f.schedule_id = $1 AND f.by_id = '' AND f.job_id <> '' AND j.` + hasNotEnded + ` ORDER BY j.id`

const (
	handOver = `UPDATE schedules SET owner_id = $2, paused = TRUE, next_at = NULL WHERE owner_id = $1`

	countOwned = `SELECT COUNT(*) FROM schedules WHERE owner_id = $1`

	selectOwned = `SELECT DISTINCT project_id, collection_id FROM schedules WHERE owner_id = $1 ORDER BY 1, 2`
)

// selectSchedules is a page of a project's that the asker may read (R19), oldest first.
func selectSchedules(r *gate.Reader, project remit.ProjectID, after string, limit int) (query string, args []any) {
	visible, args := gate.Where(r.Scope("schedule.list"), gate.Columns{Project: "s.project_id", Owner: "s.owner_id", Collection: "s.collection_id"}, 4)
	return `SELECT ` + columns + ` FROM schedules s WHERE s.project_id = $1 AND s.id > $2 AND ` + visible + ` ORDER BY s.id LIMIT $3`,
		append([]any{project, after, limit}, args...)
}

func (s *row) insert(tx *gate.Tx) error {
	_, err := tx.Exec(insertSchedule, s.ID, s.Project, s.Owner, s.Title, s.Cron, s.Zone, s.Spec.Type, s.Spec.On.File, s.Collection, db.JSON(s.Spec),
		s.Missed, s.Overlap, s.Paused, db.MicrosPtr(s.NextAt), db.Micros(s.CreatedAt))
	if err != nil {
		return fmt.Errorf("storing schedule %s: %w", s.ID, err)
	}
	return nil
}

func (s *row) update(tx *gate.Tx) error {
	_, err := tx.Exec(updateSchedule, s.ID, s.Title, s.Cron, s.Zone, s.Spec.Type, s.Spec.On.File, s.Collection, db.JSON(s.Spec),
		s.Missed, s.Overlap, s.Paused, db.MicrosPtr(s.NextAt))
	if err != nil {
		return fmt.Errorf("changing schedule %s: %w", s.ID, err)
	}
	return nil
}

// advance goes on from due to NextAt, and says whether at was dealt with before:
// the clock may have been put back.
func (s *row) advance(tx *gate.Tx, due, at time.Time) (done bool, err error) {
	n, err := tx.Exec(advanceDue, s.ID, due.UnixMicro(), db.MicrosPtr(s.NextAt))
	if err == nil && n != 1 {
		err = remit.Errorf(remit.Conflict, "another server fired schedule %s at the same moment", s.ID)
	}
	if err == nil {
		done, err = db.One(tx, db.Value[bool], selectDealtWith, s.ID, at.UnixMicro())
	}
	return done, err
}

func (s *row) remember(tx *gate.Tx, f remit.Firing) error {
	_, err := tx.Exec(insertFiring, s.ID, f.DueAt.UnixMicro(), f.By, f.At.UnixMicro(), f.Outcome, f.Reason, f.Job)
	if db.IsUnique(err) {
		return remit.Errorf(remit.Conflict, "Schedule %s was fired at this very moment", s.ID).WithCode("raced").WithHint("Look at what came of it.")
	}
	if err == nil {
		_, err = tx.Exec(forgetFirings, s.ID, keptFirings)
	}
	if err != nil {
		return fmt.Errorf("noting what came of schedule %s: %w", s.ID, err)
	}
	return nil
}
