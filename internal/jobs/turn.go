package jobs

import (
	"cmp"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"

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
// Turns of different types are not comparable: how fast they go by depends on the
// nodes that take the type. So a claim that could take several types begins with
// those whose next job's turn has come, which are those of whoever comes new; of
// the others it takes any, with the same chance for each project, and in that for
// each owner, whose jobs are next.

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

// inTurn orders types of one priority for a claim.
func inTurn(heads []head) {
	rand.Shuffle(len(heads), func(i, j int) { heads[i], heads[j] = heads[j], heads[i] })
	alternate(heads, func(h head) any { return [2]string{string(h.project), string(h.owner)} })
	alternate(heads, func(h head) any { return h.project })
	slices.SortStableFunc(heads, func(a, b head) int {
		switch {
		case a.due == b.due:
			return 0
		case a.due:
			return -1
		}
		return 1
	})
}

// alternate puts the first ones of all groups before the second ones, and so on.
func alternate(heads []head, group func(head) any) {
	type placed struct {
		head
		place int
	}
	size, all := map[any]int{}, make([]placed, len(heads))
	for i, h := range heads {
		all[i] = placed{h, size[group(h)]}
		size[group(h)]++
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(a.place, b.place) })
	for i, p := range all {
		heads[i] = p.head
	}
}
