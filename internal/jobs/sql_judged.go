package jobs

import (
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// judgedColumns are as much of a job as says who may do what to it, and what its
// state takes: those that it was given and made may be large.
const judgedColumns = `id, project_id, type_key, state, held_for, owner_id, file_id, collection_id, attempt, node_id, parent_id, workflow`

func scanJudged(s db.Scanner, j *row) error {
	return s.Scan(&j.ID, &j.Project, &j.Type, &j.State, &j.HeldFor, &j.Owner, &j.File, &j.Collection, &j.Attempt, &j.Node, &j.Parent, &j.Workflow)
}

// judged are the jobs that rows would be, with no more of them than judgedColumns.
func (c *conditions) judged(r *gate.Reader, limit int) ([]row, error) {
	return selected(c, r, judgedColumns, scanJudged, limit)
}

// selectAgain is as much of jobs as says who may run them again: of parameters,
// those that name things. It is completed by their ids.
const selectAgain = `SELECT id, project_id, type_key, owner_id, file_id, collection_id, attempt, parent_id, step, file_params,
	CASE WHEN type_key = '` + ExportKey + `' THEN params ELSE '' END FROM jobs WHERE id IN `

func scanAgain(s db.Scanner, j *row) error {
	var params string
	err := s.Scan(&j.ID, &j.Project, &j.Type, &j.Owner, &j.File, &j.Collection, &j.Attempt, &j.Parent, &j.Step, db.FromJSON(&j.Files), &params)
	j.Params = rawOrNil(params)
	return err
}

// selectLeasedBy is completed by the ids of nodes.
const selectLeasedBy = `SELECT ` + judgedColumns + ` FROM jobs WHERE lease_id <> '' AND node_id IN %s ORDER BY id`
