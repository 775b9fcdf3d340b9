package jobs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// whereNext are the jobs of one type that a claim may take, in the order of an
// index; it is completed by the type and a condition, byTurn by how many.
const (
	whereNext = ` FROM jobs WHERE type_key = %s AND state = 'queued' AND NOT workflow AND (not_before IS NULL OR not_before <= $1)
	AND project_id NOT IN (SELECT id FROM projects WHERE archived_at IS NOT NULL OR deleted_at IS NOT NULL)%s`
	inProject = ` AND project_id = $2`
	byTurn    = ` ORDER BY priority DESC, turn, id LIMIT %d`
)

// selectHeads is the next job of each type below a priority, if there is one, and
// whether its turn has come: no later one was served. It is completed by whereNext
// with the condition, and the types.
const (
	selectHeads = `SELECT head.type_key, head.priority, head.turn <= COALESCE((SELECT turn FROM jobs
		WHERE type_key = head.type_key AND priority = head.priority AND ` + wasServed + ` ORDER BY turn DESC LIMIT 1), 0), head.project_id, head.owner_id
	FROM job_types JOIN jobs AS head ON head.id = (SELECT id%s) WHERE job_types.key IN %s`
	wasServed  = `attempt > 0 AND state <> 'created' AND state <> 'queued' AND state <> 'held'` // in the words of an index
	below      = ` AND priority < $%d`
	atPriority = ` AND priority = $%d`
)

// head is a type with the priority of its next job, nil = whatever that has, and
// whose it is.
type head struct {
	key   string
	level *int

	due     bool // its next job's turn has come
	project remit.ProjectID
	owner   remit.UserID
}

// nextArgs are the arguments of whereNext, with a condition on the priority.
func nextArgs(node NodeInfo, now time.Time, condition string, level *int) (args []any, more string) {
	args = []any{now.UnixMicro()}
	if !node.Site {
		args, more = append(args, node.Project), inProject
	}
	if level != nil {
		args = append(args, *level)
		more += fmt.Sprintf(condition, len(args))
	}
	return args, more
}

// heads are the types that have jobs for a node below a priority, each with its
// next one: two short looks into indexes per type. Nothing is locked.
func heads(r db.Reader, node NodeInfo, keys []string, now time.Time, priority int) ([]head, error) {
	args, more := nextArgs(node, now, below, &priority)
	types := db.In(len(args)+1, len(keys))
	for _, key := range keys {
		args = append(args, key)
	}
	first := fmt.Sprintf(whereNext+byTurn, "job_types.key", more, 1)
	found, err := db.Rows(r, scanHead, fmt.Sprintf(selectHeads, first, types), args...)
	if err != nil {
		return nil, fmt.Errorf("looking into the queue: %w", err)
	}
	return found, nil
}

func scanHead(s db.Scanner, h *head) error {
	h.level = new(int)
	return s.Scan(&h.key, h.level, &h.due, &h.project, &h.owner)
}

// lockNext locks the next jobs of a type and priority that nobody else has locked,
// at most so many.
func lockNext(tx *gate.Tx, node NodeInfo, of head, most int) ([]row, error) {
	args, more := nextArgs(node, tx.Now(), atPriority, of.level)
	args = append(args, of.key)
	query := "SELECT " + jobColumns + fmt.Sprintf(whereNext+byTurn, fmt.Sprint("$", len(args)), more, most) + tx.Dialect().SkipLocked
	rows, err := db.Rows(tx, scanJob, query, args...)
	if err != nil {
		return nil, fmt.Errorf("taking jobs from the queue: %w", err)
	}
	return rows, nil
}

// selectJobsLocked locks in the order of ids, so that no two wait for each other.
const selectJobsLocked = `SELECT ` + jobColumns + ` FROM jobs WHERE id IN %s ORDER BY id%s`

// lockAll locks the jobs of leases; they come by id.
func lockAll(tx *gate.Tx, leases []endingBy) ([]row, error) {
	ids := make([]remit.JobID, len(leases))
	for i, l := range leases {
		ids[i] = l.Job
	}
	among, args := db.Among(1, ids)
	rows, err := db.Rows(tx, scanJob, fmt.Sprintf(selectJobsLocked, among, tx.Dialect().ForUpdate), args...)
	if err != nil {
		return nil, fmt.Errorf("looking up the jobs of leases: %w", err)
	}
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return rows, nil
}

// storeInputs fixes what the attempt may read.
func storeInputs(tx *gate.Tx, j *row, inputs []input) error {
	var args []any
	for _, in := range inputs {
		args = append(args, j.ID, j.Attempt, in.File, in.Name, in.Size, in.SHA256)
	}
	_, err := tx.ExecMany(insertInputs, args...)
	return err
}

// selectTurn reads what turns are made of: each look is one into an index, those
// who wait are found one by one. ORDER BY and LIMIT, unlike MIN and MAX, are never
// answered by reading all of them, whatever the engine believes of their number.
const (
	selectTurn = `WITH RECURSIVE waiting (owner_id, n) AS (
	SELECT (SELECT owner_id` + whereWaits + ` ORDER BY owner_id LIMIT 1), 1
	UNION ALL
	SELECT (SELECT owner_id` + whereWaits + ` AND owner_id > w.owner_id ORDER BY owner_id LIMIT 1), n + 1
	FROM waiting w WHERE w.owner_id IS NOT NULL AND n < $5)
SELECT COALESCE((SELECT turn FROM jobs WHERE type_key = $1 AND priority = $2 AND ` + wasServed + ` ORDER BY turn DESC LIMIT 1), 0),
	(SELECT turn FROM jobs WHERE type_key = $1 AND priority = $2 AND project_id = $3 AND owner_id = $4 ORDER BY turn DESC LIMIT 1),
	(SELECT COUNT(owner_id) FROM waiting),
	EXISTS (SELECT 1` + whereWaits + ` AND owner_id = $4)`
	whereWaits = ` FROM jobs WHERE state = 'queued' AND type_key = $1 AND priority = $2 AND project_id = $3`
)

func scanTurn(s db.Scanner, t *turns) error { return s.Scan(&t.served, &t.last, &t.sharers, &t.waits) }

const selectEndedLeases = `SELECT id FROM jobs WHERE lease_id <> '' AND (lease_until <= $1 OR cancel_until <= $2) ORDER BY id LIMIT $3`

// selectHeldJobs reads no more of them than admit asks for.
const selectHeldJobs = `SELECT id, project_id, type_key, state, owner_id, runner_id, runner_key_id, file_id, collection_id, parent_id, workflow, secret_params, file_params
	FROM jobs WHERE state = 'held' AND held_for = 'right' AND id > $1 ORDER BY id LIMIT $2`

func scanHeld(s db.Scanner, j *row) error {
	return s.Scan(&j.ID, &j.Project, &j.Type, &j.State, &j.Owner, &j.Runner, &j.RunnerKey, &j.File, &j.Collection, &j.Parent, &j.Workflow,
		db.FromJSON(&j.Secrets), db.FromJSON(&j.Files))
}
