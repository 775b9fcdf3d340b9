package jobs

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

// noTurn is the turn of a job that has none in the queue of its priority: it gets
// one there when it goes back to the queue.
const noTurn = -1

// setPriority gives the job another priority, if it is another.
func setPriority(tx *gate.Tx, j *row, priority int) error {
	if j.Priority == priority {
		return nil
	}
	j.Priority = priority
	if err := changeQueue(tx, j); err != nil {
		return err
	}
	return updateJobDetails(tx, j)
}

// changeQueue takes the job to the queue of another priority. The turn that it
// had counts there for nothing: neither as its place, nor as what was served.
func changeQueue(tx *gate.Tx, j *row) error {
	if j.State == remit.JobQueued {
		return queue(tx, j)
	}
	j.Turn = noTurn
	return nil
}

// queueTurnless gives turns to those jobs that come to a queue without one.
func queueTurnless(tx *gate.Tx, steps []step) error {
	for _, s := range steps {
		if s.after.State != remit.JobQueued || s.after.Turn != noTurn {
			continue
		}
		if err := queue(tx, s.after); err != nil {
			return err
		}
	}
	return nil
}
