package jobs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

// groupings are what statistics are grouped by; %s is the time that counts.
var groupings = map[string]string{
	"type":  "type_key",
	"owner": "owner_id",
	"node":  "COALESCE((SELECT node_name FROM attempts WHERE job_id = jobs.id AND number = jobs.attempt), '')",
	"hour":  "CAST(%s / 3600000000 AS TEXT)",
	"day":   "CAST(%s / 86400000000 AS TEXT)",
}

// What is counted: of the first %s, the group, among the jobs that the second one lets through.
const (
	countSubmitted = `SELECT k, COUNT(*) FROM (SELECT %s AS k FROM jobs WHERE %s) s GROUP BY k`

	countFinished = `SELECT k, state, COUNT(*) FROM (SELECT %s AS k, state FROM jobs WHERE %s) s GROUP BY k, state`

	// selectTimes is completed by how many, the last that ended.
	selectTimes = `SELECT %s, started_at - queued_at, finished_at - started_at FROM jobs WHERE %s AND started_at IS NOT NULL
	ORDER BY finished_at DESC LIMIT `
)

// madeIn adds when jobs were made: in their ids, which begin with that.
func (c *conditions) madeIn(in Interval) {
	c.add("id >= $%d", remit.LeastID[remit.JobID](in.From))
	c.add("id < $%d", remit.LeastID[remit.JobID](in.To.Add(time.Millisecond)))
}

// within completes a query: grouped, in the interval by the column at, and
// among the jobs that the asker may read.
func (c conditions) within(r *gate.Reader, query, by, at string, in Interval) (string, []any) {
	c = conditions{slices.Clone(c.parts), slices.Clone(c.args)}
	c.add(at+" >= $%d", in.From.UnixMicro())
	c.add(at+" < $%d", in.To.UnixMicro())
	if at == "created_at" {
		c.madeIn(in)
	}
	visible, args := gate.Where(r.Scope("job.list"), Table.Columns, len(c.args)+1)
	grouping := strings.ReplaceAll(groupings[by], "%s", at)
	return fmt.Sprintf(query, grouping, strings.Join(append(c.parts, visible), " AND ")), append(c.args, args...)
}
