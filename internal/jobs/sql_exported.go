package jobs

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
)

const insertExported = `INSERT INTO exported (job_id, attempt, kind, collection_id, owner_id) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`

// selectExported is completed by the ids of the jobs that exported.
const selectExported = `SELECT DISTINCT job_id, kind, collection_id, owner_id FROM exported WHERE job_id IN `

// exportedJob is a job with what it has in common with others, or with something that it exported.
type exportedJob struct {
	id remit.JobID
	exported
}

// selectExportedJobs is completed by the ids.
const selectExportedJobs = `SELECT id, 'jobs', collection_id, owner_id FROM jobs WHERE id IN `

func scanExported(s db.Scanner, j *exportedJob) error {
	return s.Scan(&j.id, &j.kind, &j.collection, &j.owner)
}
