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

// ahead is how many jobs of a type a claim looks at that wants so many: the first
// ones may be in the hands of other claims.
func ahead(wanted int) int { return 2*wanted + 6 }

// The order of the queue of one type, as an index has it, and of several: how
// far each job is behind the head of its type, then age.
const (
	queueOrder = ` ORDER BY priority DESC, turn, id`
	mixedOrder = ` ORDER BY priority DESC, behind, queued_at, id`
)

// selectQueueOf is the head of one type's queue; it is completed by the
// numbers of its arguments and more conditions.
const selectQueueOf = `SELECT id, priority, turn - MIN(turn) OVER (PARTITION BY priority) AS behind, queued_at FROM
	(SELECT id, priority, turn, queued_at FROM jobs WHERE type_key = $%d AND state = 'queued' AND NOT workflow
	AND (not_before IS NULL OR not_before <= $1)
	AND project_id NOT IN (SELECT id FROM projects WHERE archived_at IS NOT NULL OR deleted_at IS NOT NULL)%s` + queueOrder + ` LIMIT %d) AS head_%d`

// candidates are the next jobs for a node, best first and at most so many: one
// short look into an index per type, merged. They are not locked.
func candidates(r db.Reader, node NodeInfo, keys []string, now time.Time, most int, tried []remit.JobID) ([]remit.JobID, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	args := []any{now.UnixMicro()}
	arg := func(v any) int { args = append(args, v); return len(args) }
	more := ""
	if !node.Site {
		more += fmt.Sprintf(" AND project_id = $%d", arg(string(node.Project)))
	}
	if len(tried) > 0 {
		more += " AND id NOT IN " + db.In(len(args)+1, len(tried))
		for _, id := range tried {
			arg(string(id))
		}
	}
	heads := make([]string, len(keys))
	for i, key := range keys {
		heads[i] = fmt.Sprintf(selectQueueOf, arg(key), more, most, i)
	}
	ids, err := db.Rows(r, func(s db.Scanner, id *remit.JobID) error {
		var priority, behind, queuedAt int64
		return s.Scan(id, &priority, &behind, &queuedAt)
	}, strings.Join(heads, " UNION ALL ")+mixedOrder+fmt.Sprintf(" LIMIT %d", most), args...)
	if err != nil {
		return nil, fmt.Errorf("looking into the queue: %w", err)
	}
	return ids, nil
}

// selectQueuedJobs is completed by the ids, their order, how many of them are
// wanted, and the way of locking.
const selectQueuedJobs = `SELECT ` + jobColumns + ` FROM jobs WHERE state = 'queued' AND id IN %s ORDER BY CASE id %s END LIMIT %d%s`

// lockQueued locks jobs that are still queued, in the way of lock: the first
// ones in the order of ids, at most so many. Those that another transaction has
// may be skipped.
func lockQueued(tx *gate.Tx, ids []remit.JobID, most int, lock string) ([]row, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args, order := make([]any, len(ids)), strings.Builder{}
	for i, id := range ids {
		args[i] = id
		fmt.Fprintf(&order, " WHEN $%d THEN %d", i+1, i)
	}
	rows, err := db.Rows(tx, scanJob, fmt.Sprintf(selectQueuedJobs, db.In(1, len(ids)), &order, most, lock), args...)
	if err != nil {
		return nil, fmt.Errorf("taking jobs from the queue: %w", err)
	}
	return rows, nil
}

// selectJobsLocked locks in the order of ids, so that no two wait for each other.
const selectJobsLocked = `SELECT ` + jobColumns + ` FROM jobs WHERE id IN %s ORDER BY id%s`

// lockAll locks the jobs of leases; they come by id.
func lockAll(tx *gate.Tx, leases []Ending) ([]row, error) {
	args := make([]any, len(leases))
	for i, l := range leases {
		args[i] = l.Job
	}
	rows, err := db.Rows(tx, scanJob, fmt.Sprintf(selectJobsLocked, db.In(1, len(args)), tx.Dialect().ForUpdate), args...)
	if err != nil {
		return nil, fmt.Errorf("looking up the jobs of leases: %w", err)
	}
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return rows, nil
}

// storeInputs fixes what the attempt may read, some hundred files at a time.
func storeInputs(tx *gate.Tx, j *row, inputs []input) error {
	const atOnce = 500
	for len(inputs) > 0 {
		some := inputs[:min(len(inputs), atOnce)]
		inputs = inputs[len(some):]
		var args []any
		for _, in := range some {
			args = append(args, j.ID, j.Attempt, in.File, in.Name, in.Size, in.SHA256)
		}
		if _, err := tx.Exec(insertInputs+db.Values(len(some), len(args)/len(some)), args...); err != nil {
			return err
		}
	}
	return nil
}

// selectTurn reads what turns are made of: each look is one into an index, those
// who wait are found one by one.
const selectTurn = `WITH RECURSIVE waiting (owner_id, n) AS (
	SELECT MIN(owner_id), 1 FROM jobs WHERE state = 'queued' AND type_key = $1 AND priority = $2 AND project_id = $3
	UNION ALL
	SELECT (SELECT MIN(owner_id) FROM jobs WHERE state = 'queued' AND type_key = $1 AND priority = $2 AND project_id = $3 AND owner_id > w.owner_id), n + 1
	FROM waiting w WHERE w.owner_id IS NOT NULL AND n < $5)
SELECT COALESCE((SELECT MAX(turn) FROM jobs WHERE type_key = $1 AND priority = $2 AND attempt > 0 AND state NOT IN ('created', 'queued', 'held')), 0),
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
