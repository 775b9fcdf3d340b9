package jobs

import (
	"database/sql"
	"fmt"

	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Fair share is start-time fair queueing (Goyal, Vin and Cheng, 1996) within
// one type and priority. Each owner in a project is a flow; a job's turn is its
// start tag: after the owner's job before, by one step, but not before the
// latest turn that was served. So whoever comes new is next, however many jobs
// others have waiting. The step is how many owners wait in the project: these
// share what the project has, and projects share alike.
//
// Turns of different types are not comparable; a claim compares how far behind
// the head of its type each one is.

// maxSharers bounds how many owners of a project a step counts.
const maxSharers = 32

// queue gives a job that is asked to run its turn. A job that goes back to the
// queue keeps the one that it had.
func queue(tx *gate.Tx, j *row) error {
	t, err := db.One(tx, scanTurn, selectTurn, j.Type, j.Priority, j.Project, j.Owner, maxSharers)
	if err != nil {
		return fmt.Errorf("giving job %s its turn: %w", j.ID, err)
	}
	j.Turn = t.served
	if t.last.Valid {
		j.Turn = max(t.served, t.last.V+max(t.sharers, 1))
	}
	return nil
}

// turns are what a job's turn is made of.
type turns struct {
	served  int64           // the latest one of all
	last    sql.Null[int64] // the owner's
	sharers int64
}
