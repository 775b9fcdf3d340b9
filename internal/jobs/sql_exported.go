package jobs

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
)

const insertExported = `INSERT INTO exported (job_id, attempt, kind, collection_id, owner_id) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`

const selectExported = `SELECT DISTINCT kind, collection_id, owner_id FROM exported WHERE job_id = $1`

func scanExported(s db.Scanner, c *exported) error { return s.Scan(&c.kind, &c.collection, &c.owner) }

// exportedJob is a job with what it has in common with others.
type exportedJob struct {
	id remit.JobID
	exported
}

// selectExportedJobs is completed by the ids.
const selectExportedJobs = `SELECT id, 'jobs', collection_id, owner_id FROM jobs WHERE id IN `

func scanExportedJob(s db.Scanner, j *exportedJob) error {
	return s.Scan(&j.id, &j.kind, &j.collection, &j.owner)
}
