package jobs_test

import (
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
			time.Sleep(300 * time.Millisecond) // it comes as far as it can
			return err
		}))
		w.want(<-deleted, "needed")
		w.wantState(step, remit.JobCancelled)
	})
}
