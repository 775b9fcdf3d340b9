package projects

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
)

// selectLending finds the job types that lend anything.
const selectLending = `SELECT declaration FROM job_types WHERE declaration LIKE '%"lends"%'`

func scanLending(s db.Scanner, t *remit.JobType) error { return s.Scan(db.FromJSON(t)) }
