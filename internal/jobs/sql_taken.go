package jobs

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

const insertStepInput = `INSERT INTO step_inputs (job_id, place, step, source_id, source_attempt, name) VALUES ($1, $2, $3, $4, $5, $6)`

const selectStepInputs = `SELECT step, source_id, source_attempt, name FROM step_inputs WHERE job_id = $1 ORDER BY place`

func scanStepInput(s db.Scanner, in *stepInput) error {
	return s.Scan(&in.Step, &in.Source, &in.Attempt, &in.Name)
}

var insertTaken = db.InsertMany("attempt_artifacts",
	"job_id TEXT, attempt BIGINT, step TEXT, name TEXT, source_id TEXT, source_attempt BIGINT, size BIGINT, sha256 TEXT")

const selectTaken = `SELECT source_id, source_attempt FROM attempt_artifacts WHERE job_id = $1 AND attempt = $2 AND step = $3 AND name = $4`

func scanTaken(s db.Scanner, t *taken) error { return s.Scan(&t.source, &t.attempt) }

// selectJobsByID is completed by the ids.
const selectJobsByID = `SELECT ` + jobColumns + ` FROM jobs WHERE id IN `

// jobsByID are those of the jobs that are there.
func jobsByID(r db.Reader, of []remit.JobID) ([]row, error) {
	if len(of) == 0 {
		return nil, nil
	}
	rows, err := db.Rows(r, scanJob, selectJobsByID+db.In(1, len(of)), ids(of)...)
	if err != nil {
		return nil, fmt.Errorf("reading the jobs of steps: %w", err)
	}
	return rows, nil
}

// storeTaken fixes which artifacts of other steps the attempt may read.
func storeTaken(tx *gate.Tx, j *row, inputs []input) error {
	var args []any
	for _, in := range inputs {
		if t := in.taken; t != nil {
			args = append(args, j.ID, j.Attempt, t.step, t.name, t.source, t.attempt, in.Size, in.SHA256)
		}
	}
	if _, err := tx.ExecMany(insertTaken, args...); err != nil {
		return fmt.Errorf("fixing what job %s takes of other steps: %w", j.ID, err)
	}
	return nil
}
