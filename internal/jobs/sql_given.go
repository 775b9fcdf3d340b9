package jobs

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
)

// selectGiven is where the files lie now that the attempts of n jobs were
// given, for those of the jobs that are on sets.
func selectGiven(n int) string {
	return `SELECT DISTINCT i.job_id, f.collection_id, f.owner_id FROM attempt_inputs i JOIN files f ON f.id = i.file_id
	WHERE i.job_id IN (SELECT j.id FROM jobs j JOIN collections c ON c.id = j.collection_id
		WHERE c.kind = 'set' AND j.file_id = '' AND j.id IN ` + db.In(1, n) + `)`
}

const usesSet = `SELECT COUNT(*) > 0 FROM jobs WHERE collection_id = $1 AND state NOT IN ('cancelled', 'succeeded', 'failed')`

type given struct {
	job        remit.JobID
	collection remit.CollectionID
	owner      remit.UserID
}

func scanGiven(s db.Scanner, g *given) error { return s.Scan(&g.job, &g.collection, &g.owner) }
