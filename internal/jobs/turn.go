package jobs

import (
	"database/sql"
	"fmt"

	"github.com/remit-server/remit"
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
	t, err := turnsFor(tx, j)
	j.Turn = t.next()
	return err
}

// queueAll is queue for new jobs, in their order.
func queueAll(tx *gate.Tx, rows []row) (err error) {
	flows := map[flow]*turns{}
	for i := range rows {
		j := &rows[i]
		if j.State != remit.JobQueued {
			continue
		}
		f := flow{j.Type, j.Priority, j.Project, j.Owner}
		if flows[f] == nil {
			if flows[f], err = turnsFor(tx, j); err != nil {
				return err
			}
		}
		j.Turn = flows[f].next()
	}
	return nil
}

// flow is an owner in a project, within one type and priority.
type flow struct {
	kind     string
	priority int
	project  remit.ProjectID
	owner    remit.UserID
}

// turns are what a job's turn is made of.
type turns struct {
	served  int64           // the latest one of all
	last    sql.Null[int64] // the owner's
	sharers int64
	waits   bool // the owner is one of them
}

func turnsFor(tx *gate.Tx, j *row) (*turns, error) {
	t, err := db.One(tx, scanTurn, selectTurn, j.Type, j.Priority, j.Project, j.Owner, maxSharers)
	if err != nil {
		err = fmt.Errorf("giving job %s its turn: %w", j.ID, err)
	}
	return &t, err
}

// next is the turn of the owner's next job.
func (t *turns) next() int64 {
	turn := max(t.served, 0) // of jobs that have none it is less
	if t.last.Valid {
		turn = max(t.served, t.last.V+max(t.sharers, 1))
	}
	t.last = sql.Null[int64]{V: turn, Valid: true}
	if !t.waits {
		t.waits, t.sharers = true, min(t.sharers+1, maxSharers)
	}
	return turn
}
