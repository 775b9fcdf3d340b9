package jobs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/remit-server/remit/internal/gate"
)

// groupings are what statistics are grouped by; %s is the time that counts.
var groupings = map[string]string{
	"":      "''",
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

	rankWaiting = `WITH s AS (SELECT %s AS k, started_at - queued_at AS v FROM jobs WHERE %s AND started_at IS NOT NULL AND queued_at IS NOT NULL)` + ranks

	rankRunning = `WITH s AS (SELECT %s AS k, finished_at - started_at AS v FROM jobs WHERE %s AND started_at IS NOT NULL)` + ranks

	// ranks takes of the values in order those at the nearest ranks.
	ranks = `, r AS (SELECT k, v, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) AS n, COUNT(*) OVER (PARTITION BY k) AS c FROM s)
	SELECT k, c, MIN(CASE WHEN n >= (c * 50 + 99) / 100 THEN v END), MIN(CASE WHEN n >= (c * 90 + 99) / 100 THEN v END),
		MIN(CASE WHEN n >= (c * 99 + 99) / 100 THEN v END) FROM r GROUP BY k, c`
)

// within completes a query: grouped, in the interval by the column at, and
// among the jobs that the asker may read.
func (c conditions) within(r *gate.Reader, query, by, at string, in Interval) (string, []any) {
	c = conditions{slices.Clone(c.parts), slices.Clone(c.args)}
	c.add(at+" >= $%d", in.From.UnixMicro())
	c.add(at+" < $%d", in.To.UnixMicro())
	visible, args := gate.Where(r.Scope("job.list"), Table.Columns, len(c.args)+1)
	grouping := strings.ReplaceAll(groupings[by], "%s", at)
	return fmt.Sprintf(query, grouping, strings.Join(append(c.parts, visible), " AND ")), append(c.args, args...)
}
