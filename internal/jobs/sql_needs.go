package jobs

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

const selectNamedNeed = `SELECT ` + jobColumns + ` FROM jobs WHERE project_id = $1 AND owner_id = $2 AND name = $3 AND ` + liveNamed

const setFollowed = `UPDATE jobs SET followed = TRUE WHERE id = $1`

const insertNeed = `INSERT INTO job_needs (job_id, needed_id, place) VALUES ($1, $2, $3)`

const setNeeds = `UPDATE jobs SET needs = $2 WHERE id = $1`

const setMet = `UPDATE job_needs SET met = TRUE WHERE needed_id = $1`

const selectWaits = `SELECT COUNT(*) > 0 FROM job_needs n LEFT JOIN jobs j ON j.id = n.needed_id
	WHERE n.job_id = $1 AND NOT n.met AND (j.state IS NULL OR j.state <> 'succeeded')`

// selectKeptNeeds leaves out what has succeeded and is gone.
const selectKeptNeeds = `SELECT needed_id FROM job_needs WHERE job_id = $1 AND NOT met ORDER BY place`

// selectWaiting are the jobs that wait for one.
const selectWaiting = `SELECT j.id FROM job_needs n JOIN jobs j ON j.id = n.job_id
	WHERE n.needed_id = $1 AND j.state = 'held' AND j.held_for = 'dependency' ORDER BY j.id`

// selectWaiters counts the jobs that wait for one, or will, as far as the asker
// may read them (R19).
func selectWaiters(r *gate.Reader, id remit.JobID) (query string, args []any) {
	visible, more := gate.Where(r.Scope("job.list"), Table.Columns, 2)
	return `SELECT COUNT(*) FROM job_needs n JOIN jobs ON id = n.job_id WHERE n.needed_id = $1
		AND (state = 'created' OR state = 'held' AND held_for = 'dependency') AND ` + visible, append([]any{id}, more...)
}

// selectSeenNeeds are the jobs that some jobs need and that the asker may read (R19).
func selectSeenNeeds(r *gate.Reader, of []remit.JobID) (query string, args []any) {
	for _, id := range of {
		args = append(args, id)
	}
	visible, more := gate.Where(r.Scope("job.list"), Table.Columns, len(args)+1)
	return `SELECT n.job_id, id, name, state FROM job_needs n JOIN jobs ON id = n.needed_id WHERE n.job_id IN ` + db.In(1, len(of)) +
		` AND ` + visible + ` ORDER BY n.job_id, n.place`, append(args, more...)
}

func scanNeed(s db.Scanner, n *need) error { return s.Scan(&n.of, &n.id, &n.name, &n.state) }

// insertDue marks a job, each time anew.
const insertDue = `INSERT INTO job_due (job_id, mark) VALUES ($1, $2) ON CONFLICT (job_id) DO UPDATE SET mark = excluded.mark`

// selectDue leaves marks alone while their project is archived or deleted.
const selectDue = `SELECT job_id, mark FROM job_due WHERE job_id > $1 AND NOT EXISTS (SELECT 1 FROM jobs j JOIN projects p ON p.id = j.project_id
	WHERE j.id = job_due.job_id AND (p.archived_at IS NOT NULL OR p.deleted_at IS NOT NULL)) ORDER BY job_id LIMIT $2`

func scanDue(s db.Scanner, d *due) error { return s.Scan(&d.id, &d.mark) }

// deleteDue takes away the mark that was dealt with, and no later one.
const deleteDue = `DELETE FROM job_due WHERE job_id = $1 AND mark = $2`

const setReached = `UPDATE jobs SET reached = $2 WHERE id = $1`
