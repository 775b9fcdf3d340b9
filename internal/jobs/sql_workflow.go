package jobs

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
)

const setWorkflow = `UPDATE jobs SET workflow = TRUE WHERE id = $1`

const insertWorkflow = `INSERT INTO workflows (job_id, steps) VALUES ($1, $2)`

const selectWorkflow = `SELECT steps, again, refused FROM workflows WHERE job_id = $1`

func scanWorkflow(s db.Scanner, w *workflow) error {
	return s.Scan(db.FromJSON(&w.Steps), db.FromJSON(&w.Again), db.FromJSON(&w.Refused))
}

const updateWorkflow = `UPDATE workflows SET again = $2, refused = $3 WHERE job_id = $1`

const selectSteps = `SELECT ` + jobColumns + ` FROM jobs WHERE parent_id = $1 ORDER BY id`

const setStep = `UPDATE jobs SET parent_id = $2, step = $3, followed = TRUE WHERE id = $1`

const deleteStepsOf = `DELETE FROM jobs WHERE parent_id = $1`

// The conditions of a list of the steps of one workflow, and of one without any.
const whereParent = "parent_id = $%d"

// selectWorkflows and selectStepsOf are completed by the ids of some workflows.
const (
	selectWorkflows = `SELECT job_id, steps, again, refused FROM workflows WHERE job_id IN `
	selectStepsOf   = `SELECT id, parent_id, step, project_id, type_key, state, held, error, owner_id, file_id, collection_id, progress, reached,
	file_params, attempt FROM jobs WHERE parent_id IN `
)

func scanShownWorkflow(s db.Scanner, w *shownWorkflow) error {
	return s.Scan(&w.of, db.FromJSON(&w.Steps), db.FromJSON(&w.Again), db.FromJSON(&w.Refused))
}

func scanShownStep(s db.Scanner, j *row) error {
	return s.Scan(&j.ID, &j.Parent, &j.Step, &j.Project, &j.Type, &j.State, &j.Held, &j.Error, &j.Owner, &j.File, &j.Collection,
		db.FromJSON(&j.Progress), &j.Reached, db.FromJSON(&j.Files), &j.Attempt)
}

// ids are arguments of a query.
func ids(of []remit.JobID) (args []any) {
	for _, id := range of {
		args = append(args, id)
	}
	return args
}
