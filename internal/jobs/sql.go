package jobs

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

const jobColumns = `id, project_id, type_key, name, state, held, held_for, owner_id, runner_id, runner_key_id, cancelled_by,
	file_id, collection_id, params, args, priority, attempt, spared, max_attempts, node_id, node_name, lease_id, lease_until,
	cancel_until, not_before, progress, result, error, requeued_from, parent_id, workflow, turn, created_at, queued_at, started_at, finished_at,
	secret_params, file_params, needs, followed, step, reached`

func scanJob(s db.Scanner, j *row) error {
	var params, result string
	err := s.Scan(&j.ID, &j.Project, &j.Type, &j.Name, &j.State, &j.Held, &j.HeldFor, &j.Owner, &j.Runner, &j.RunnerKey, &j.CancelledBy,
		&j.File, &j.Collection, &params, db.FromJSON(&j.Args), &j.Priority, &j.Attempt, &j.Spared, &j.MaxAttempts,
		&j.Node, &j.NodeName, &j.Lease, db.Time(&j.LeaseUntil), db.Time(&j.CancelUntil), db.Time(&j.NotBefore),
		db.FromJSON(&j.Progress), &result, &j.Error, &j.RequeuedFrom, &j.Parent, &j.Workflow, &j.Turn,
		db.Time(&j.CreatedAt), db.TimePtr(&j.QueuedAt), db.TimePtr(&j.StartedAt), db.TimePtr(&j.FinishedAt),
		db.FromJSON(&j.Secrets), db.FromJSON(&j.Files), &j.Needs, &j.Followed, &j.Step, &j.Reached)
	j.Params, j.Result = rawOrNil(params), rawOrNil(result)
	return err
}

func rawOrNil(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}

const selectJob = `SELECT ` + jobColumns + ` FROM jobs WHERE id = $1`

// insertJobs leaves what a new job does not have yet to the defaults.
var insertJobs = db.InsertMany("jobs", `id TEXT, project_id TEXT, type_key TEXT, name TEXT, state TEXT, owner_id TEXT, runner_id TEXT, runner_key_id TEXT,
	file_id TEXT, collection_id TEXT, params TEXT, args TEXT, priority BIGINT, max_attempts BIGINT, requeued_from TEXT, created_at BIGINT,
	queued_at BIGINT, turn BIGINT, secret_params TEXT, file_params TEXT`)

// updateJobs is conditional on the id, state, attempt and lease that were read.
// A turn is written by updateTurned alone: SQLite moves a row in each index that
// has a column which is set, to whatever.
var (
	updateJobs   = db.UpdateMany("jobs", jobAsRead, jobState, "")
	updateTurned = db.UpdateMany("jobs", jobAsRead, jobState+", turn BIGINT", "")
)

const (
	jobAsRead = "id TEXT, state TEXT, attempt BIGINT, lease_id TEXT"
	jobState  = `state TEXT, held TEXT, held_for TEXT, runner_id TEXT, runner_key_id TEXT, cancelled_by TEXT, attempt BIGINT, spared BIGINT,
	node_id TEXT, node_name TEXT, lease_id TEXT, lease_until BIGINT, cancel_until BIGINT, not_before BIGINT, progress TEXT, result TEXT, error TEXT,
	queued_at BIGINT, started_at BIGINT, finished_at BIGINT`
)

const updateDetails = `UPDATE jobs SET name = $2, priority = $3, turn = $4 WHERE id = $1`

const deleteJob = `DELETE FROM jobs WHERE id = $1 AND state = $2`

const selectNameIsFree = `SELECT COUNT(*) = 0 FROM jobs WHERE project_id = $1 AND owner_id = $2 AND name = $3 AND ` + liveNamed

// selectJobs is completed by columns, by conditions, and by the limit as the last argument.
const selectJobs = `SELECT %s FROM jobs WHERE %s ORDER BY id DESC LIMIT $%d`

// The conditions that a list can have besides the asker's scope.
const (
	whereProject    = "project_id = $%d"
	whereOwner      = "owner_id = $%d"
	whereState      = "state = $%d"
	whereType       = "type_key = $%d"
	whereFile       = "file_id = $%d"
	whereCollection = "file_id = '' AND collection_id = $%d"
	whereBefore     = "id < $%d"
)

const selectTypes = `SELECT declaration FROM job_types ORDER BY key`

const selectType = `SELECT declaration FROM job_types WHERE key = $1`

const upsertType = `INSERT INTO job_types (key, declaration, updated_at) VALUES ($1, $2, $3)
	ON CONFLICT (key) DO UPDATE SET declaration = excluded.declaration, updated_at = excluded.updated_at`

// Table is where access/things finds jobs: under the condition of job.list.
var Table = gate.Table{From: "jobs", ID: "id", Columns: gate.Columns{Project: "project_id", Owner: "owner_id", Collection: "collection_id"}}

// conditions collects what a list asks for.
type conditions struct {
	parts []string
	args  []any
}

// add takes a condition with one placeholder to be numbered.
func (c *conditions) add(condition string, value any) {
	c.args = append(c.args, value)
	c.parts = append(c.parts, fmt.Sprintf(condition, len(c.args)))
}

// rows are the newest jobs that meet the conditions and that the asker may read (R19).
func (c *conditions) rows(r *gate.Reader, limit int) ([]row, error) {
	return selected(c, r, jobColumns, scanJob, limit)
}

func selected(c *conditions, r *gate.Reader, columns string, scan func(db.Scanner, *row) error, limit int) ([]row, error) {
	visible, args := gate.Where(r.Scope("job.list"), Table.Columns, len(c.args)+1)
	args = append(append(slices.Clone(c.args), args...), limit)
	where := strings.Join(append(slices.Clone(c.parts), visible), " AND ")
	return db.Rows(r, scan, fmt.Sprintf(selectJobs, columns, where, len(args)), args...)
}

func updateJobDetails(tx *gate.Tx, j *row) error {
	_, err := tx.Exec(updateDetails, j.ID, j.Name, j.Priority, j.Turn)
	if db.IsUnique(err) {
		return nameTaken(j.Name)
	}
	return err
}
