package jobs_test

import (
	"errors"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
)

// Somebody names a step of a workflow at the moment at which it is deleted.
func TestAStepThatAJobIsAboutToNeedIsNotDeletedWithItsWorkflow(t *testing.T) {
	withDB(t, func(t *testing.T, w *world, d *db.DB) {
		w.surveys()
		flow := w.survey(w.max)
		_, err := w.Cancel(t.Context(), w.max, flow.ID)
		w.must(err)
		w.advance()
		w.wantState(flow.ID, remit.JobCancelled)
		step, needs := w.step(flow.ID, "find").ID, w.submit(w.max, remit.JobSpec{Type: "once"})
		deleted := make(chan error, 1)
		w.must(d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
			if _, err := tx.Exec(`UPDATE jobs SET followed = TRUE WHERE id = $1`, step); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO job_needs (job_id, needed_id, place) VALUES ($1, $2, 0)`, needs.ID, step)
			go func() { deleted <- w.Delete(t.Context(), w.max, flow.ID) }()
			return errors.Join(err, waitedFor(t, d, tx, deleted))
		}))
		w.want(<-deleted, "needed")
		w.wantState(step, remit.JobCancelled)
	})
}

// waitedFor returns when somebody waits for what tx has locked, or is done without.
// SQLite has one writer: who comes waits for all of tx, whenever they come.
func waitedFor(t *testing.T, d *db.DB, tx *db.Tx, done chan error) error {
	if d.Dialect().Name != "postgres" {
		return nil
	}
	locker, err := db.One(tx, db.Value[int], `SELECT pg_backend_pid()`)
	for blocked := false; err == nil && !blocked; {
		select {
		case was := <-done:
			done <- was
			return nil
		case <-time.After(time.Millisecond):
		}
		err = d.Read(t.Context(), func(r db.Reader) (err error) {
			blocked, err = db.One(r, db.Value[bool], `SELECT COUNT(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND $1 = ANY (pg_blocking_pids(pid))`, locker)
			return err
		})
	}
	return err
}
