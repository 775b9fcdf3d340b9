package jobs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

// finishedJobs are many of one owner in one project, one a second, of which
// one in a hundred had a name.
const finishedJobs = `WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 20000)
	INSERT INTO jobs (id, project_id, type_key, name, state, owner_id, max_attempts, attempt, created_at, queued_at, started_at, finished_at)
	SELECT 'job_' || i, 'p', 'ml', CASE WHEN i % 100 = 0 THEN 'name' || i ELSE '' END, 'succeeded', 'ada', 1, 1,
		i * CAST(1000000 AS BIGINT), i * CAST(1000000 AS BIGINT), i * CAST(1000000 AS BIGINT), i * CAST(1000000 AS BIGINT) FROM c`

// planOfQuery is how the engine would answer a query.
func planOfQuery(r db.Reader, query string, args ...any) (string, error) {
	if r.Dialect().Name == "sqlite" {
		lines, err := db.Rows(r, func(s db.Scanner, line *string) error {
			var id, parent, unused int
			return s.Scan(&id, &parent, &unused, line)
		}, `EXPLAIN QUERY PLAN `+query, args...)
		return strings.Join(lines, "\n"), err
	}
	lines, err := db.Rows(r, db.Value[string], `EXPLAIN `+query, args...)
	return strings.Join(lines, "\n"), err
}

func TestIndexesAnswerWhatIsAskedOften(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
			for _, statement := range []string{
				`INSERT INTO projects (id, slug, title, description, collection_visibility, created_at) VALUES ('p', 'p', '', '', 'project', 0)`,
				`INSERT INTO job_types (key, declaration, updated_at) VALUES ('ml', '{}', 0)`, finishedJobs, `ANALYZE`,
			} {
				if _, err := tx.Exec(statement); err != nil {
					return fmt.Errorf("%s: %w", statement, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		from := time.Unix(1000, 0)
		in := Interval{By: "type", From: from, To: from.Add(time.Minute)}
		ended := func(query string) string {
			return fmt.Sprintf(query, groupings["type"], fmt.Sprintf("project_id = 'p' AND finished_at >= %d AND finished_at < %d", in.From.UnixMicro(), in.To.UnixMicro()))
		}
		made := conditions{}
		made.madeIn(in)
		read(t, d, func(r db.Reader) {
			for _, q := range []struct {
				index, query string
				args         []any
			}{
				{"jobs_live_name", selectNameIsFree, []any{"p", "ada", "x"}},
				{"jobs_live_name", selectTakenNames + "($3, $4)", []any{"p", "ada", "x", "y"}},
				{"jobs_live_name", selectNamedNeed, []any{"p", "ada", "x"}},
				{"jobs_served", selectTurn, []any{"ml", 0, "p", "ada", maxSharers}},
				{"jobs_turns", selectTurn, []any{"ml", 0, "p", "ada", maxSharers}},
				{"jobs_waiting", selectTurn, []any{"ml", 0, "p", "ada", maxSharers}},
				{"jobs_by_end", ended(countFinished), nil},
				{"jobs_by_end", ended(selectTimes) + "9", nil},
				{"(id>", fmt.Sprintf(countSubmitted, groupings["type"], strings.Join(made.parts, " AND ")), made.args},
			} {
				if r.Dialect().Name != "sqlite" && q.index == "(id>" {
					q.index = "jobs_pkey"
				}
				how, err := planOfQuery(r, q.query, q.args...)
				if err != nil || !strings.Contains(strings.ReplaceAll(how, " (id>", "(id>"), q.index) {
					t.Errorf("%s\nis answered (%v) by\n%s\nwant %s", q.query, err, how, q.index)
				}
			}
		})
	})
}

func read(t *testing.T, d *db.DB, look func(db.Reader)) {
	t.Helper()
	err := d.Read(t.Context(), func(r db.Reader) error {
		look(r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheLeastIDOfATimeIsBetweenThoseBeforeAndThoseOfIt(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_772_366_400_123)
	least := remit.LeastID[remit.JobID](at)
	before, then := remit.NewID[remit.JobID](at.Add(-time.Microsecond)), remit.NewID[remit.JobID](at)
	if !(before < least && least < then) {
		t.Errorf("%s, %s, %s", before, least, then)
	}
}
