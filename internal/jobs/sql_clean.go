package jobs

import (
	"fmt"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
)

// over are jobs that have ended, in projects where something may change.
const over = `j.state IN ('succeeded', 'failed', 'cancelled')
	AND j.project_id NOT IN (SELECT id FROM projects WHERE archived_at IS NOT NULL OR deleted_at IS NOT NULL)`

// selectExpired finds jobs with artifacts that are due: somebody has let them
// go or the time that somebody set is over, or that of their type.
func selectExpired(types []remit.JobType, now time.Time, in remit.ProjectID, after remit.JobID) (query string, args []any) {
	args = []any{after, in, now.UnixMicro(), cleanedAtOnce}
	due := []string{`EXISTS (SELECT 1 FROM job_expiry e WHERE e.job_id = j.id AND (e.expired_at <= $3 OR e.keep_until <= $3))`}
	for _, t := range types {
		if t.ArtifactDays > 0 {
			args = append(args, t.Key, now.AddDate(0, 0, -t.ArtifactDays).UnixMicro())
			due = append(due, fmt.Sprintf(`j.type_key = $%d AND j.finished_at <= $%d`, len(args)-1, len(args)))
		}
	}
	return `SELECT j.id FROM jobs j WHERE j.id > $1 AND ($2 = '' OR j.project_id = $2) AND ` + over + ` AND (` + strings.Join(due, ` OR `) + `)
		AND EXISTS (SELECT 1 FROM artifacts a WHERE a.job_id = j.id AND a.removed_at IS NULL) ORDER BY j.id LIMIT $4`, args
}

const selectLogged = `SELECT j.id FROM jobs j WHERE j.id > $1 AND ($2 = '' OR j.project_id = $2) AND ` + over + ` AND j.finished_at <= $3
	AND EXISTS (SELECT 1 FROM log_chunks l WHERE l.job_id = j.id) ORDER BY j.id LIMIT $4`

func scanCleaned(s db.Scanner, c *Cleaned) error { return s.Scan(&c.Items, &c.Bytes) }

const countKept = `SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM artifacts WHERE job_id = $1 AND removed_at IS NULL`

const countLogs = `SELECT COUNT(DISTINCT attempt), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM log_chunks WHERE job_id = $1`

const letGo = `UPDATE artifacts SET removed_at = $2 WHERE job_id = $1 AND removed_at IS NULL`

const deleteLog = `DELETE FROM log_chunks WHERE job_id = $1`

const deleteTails = `DELETE FROM log_tails WHERE job_id = $1`

const markLogRemoved = `UPDATE attempts SET log_removed_at = $2 WHERE job_id = $1 AND (log_bytes > 0 OR log_sent > 0)`

// selectLogRemoved is 0 for a log that is there, and without any attempt.
const selectLogRemoved = `SELECT COALESCE(MAX(log_removed_at), 0) FROM attempts WHERE job_id = $1 AND number = $2`
