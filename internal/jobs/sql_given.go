package jobs

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
)

// selectGiven is where the files lie now that a job's attempts were given.
const selectGiven = `SELECT DISTINCT f.collection_id, f.owner_id FROM attempt_inputs i JOIN files f ON f.id = i.file_id WHERE i.job_id = $1`

type given struct {
	collection remit.CollectionID
	owner      remit.UserID
}

func scanGiven(s db.Scanner, g *given) error { return s.Scan(&g.collection, &g.owner) }
