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
// index; it is completed by the numbers of its arguments.
const (
	whereNext = ` FROM jobs WHERE type_key = $%d AND state = 'queued' AND NOT workflow AND (not_before IS NULL OR not_before <= $1)
	AND project_id NOT IN (SELECT id FROM projects WHERE archived_at IS NOT NULL OR deleted_at IS NOT NULL)%s`
	inProject = ` AND project_id = $2`
	byTurn    = ` ORDER BY priority DESC, turn, id LIMIT %d`
)

// selectHead is the next job of a type below a priority, of which there may be
// none, and whether its turn has come: no later one was served.
const (
	selectHead = `SELECT type_key, priority, turn <= COALESCE((SELECT MAX(turn) FROM jobs WHERE type_key = head.type_key AND priority = head.priority AND ` +
		wasServed + `), 0), project_id, owner_id FROM (SELECT type_key, priority, turn, project_id, owner_id` + whereNext + byTurn + `) AS head`
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

// headsAtOnce bounds the looks of one statement; SQLite takes 500.
const headsAtOnce = 100

// heads are the types that have jobs for a node below a priority, each with its
// next one: two short looks into indexes per type. Nothing is locked.
func heads(r db.Reader, node NodeInfo, keys []string, now time.Time, priority int) (all []head, err error) {
	for some := range slices.Chunk(keys, headsAtOnce) {
		args, more := nextArgs(node, now, below, &priority)
		looks := make([]string, len(some))
		for i, key := range some {
			args = append(args, key)
			looks[i] = "SELECT * FROM (" + fmt.Sprintf(selectHead, len(args), more, 1) + ") AS look"
		}
		found, err := db.Rows(r, scanHead, strings.Join(looks, " UNION ALL "), args...)
		if err != nil {
			return nil, fmt.Errorf("looking into the queue: %w", err)
		}
		all = append(all, found...)
	}
	return all, nil
}

func scanHead(s db.Scanner, h *head) error {
	h.level = new(int)
	return s.Scan(&h.key, h.level, &h.due, &h.project, &h.owner)
}

// lockNext locks the next jobs of a type and priority, at most so many, in the
// way of lock.
func lockNext(tx *gate.Tx, node NodeInfo, of head, most int, lock string) ([]row, error) {
	args, more := nextArgs(node, tx.Now(), atPriority, of.level)
	args = append(args, of.key)
	query := "SELECT " + jobColumns + fmt.Sprintf(whereNext+byTurn, len(args), more, most) + lock
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
// who wait are found one by one.
const selectTurn = `WITH RECURSIVE waiting (owner_id, n) AS (
	SELECT MIN(owner_id), 1 FROM jobs WHERE state = 'queued' AND type_key = $1 AND priority = $2 AND project_id = $3
	UNION ALL
	SELECT (SELECT MIN(owner_id) FROM jobs WHERE state = 'queued' AND type_key = $1 AND priority = $2 AND project_id = $3 AND owner_id > w.owner_id), n + 1
	FROM waiting w WHERE w.owner_id IS NOT NULL AND n < $5)
SELECT COALESCE((SELECT MAX(turn) FROM jobs WHERE type_key = $1 AND priority = $2 AND ` + wasServed + `), 0),
	(SELECT MAX(turn) FROM jobs WHERE type_key = $1 AND priority = $2 AND project_id = $3 AND owner_id = $4),
	(SELECT COUNT(owner_id) FROM waiting),
	EXISTS (SELECT 1 FROM jobs WHERE state = 'queued' AND type_key = $1 AND priority = $2 AND project_id = $3 AND owner_id = $4)`

func scanTurn(s db.Scanner, t *turns) error { return s.Scan(&t.served, &t.last, &t.sharers, &t.waits) }

const selectEndedLeases = `SELECT id FROM jobs WHERE lease_id <> '' AND (lease_until <= $1 OR cancel_until <= $2) ORDER BY id LIMIT $3`

// selectHeldJobs reads no more of them than admit asks for.
const selectHeldJobs = `SELECT id, project_id, type_key, state, owner_id, runner_id, runner_key_id, file_id, collection_id, parent_id, workflow, secret_params, file_params
	FROM jobs WHERE state = 'held' AND held_for = 'right' AND id > $1 ORDER BY id LIMIT $2`

func scanHeld(s db.Scanner, j *row) error {
	return s.Scan(&j.ID, &j.Project, &j.Type, &j.State, &j.Owner, &j.Runner, &j.RunnerKey, &j.File, &j.Collection, &j.Parent, &j.Workflow,
		db.FromJSON(&j.Secrets), db.FromJSON(&j.Files))
}
