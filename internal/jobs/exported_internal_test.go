package jobs

import (
	"database/sql"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// counting counts what is asked of a snapshot.
type counting struct {
	db.Reader
	asked int
}

func (c *counting) Query(query string, args ...any) (*sql.Rows, error) {
	c.asked++
	return c.Reader.Query(query, args...)
}

func (c *counting) QueryRow(query string, args ...any) *sql.Row {
	c.asked++
	return c.Reader.QueryRow(query, args...)
}

// exportsOf makes the exports few, of one collection, many, of 900, and lost, of
// one that is not there.
var exportsOf = []string{
	`INSERT INTO projects (id, slug, title, description, collection_visibility, created_at) VALUES ('p', 'p', '', '', 'project', 0)`,
	`INSERT INTO job_types (key, declaration, updated_at) VALUES ('export', '{}', 0)`,
	`WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 900) INSERT INTO collections
		(id, project_id, name, kind, visibility, owner_id, created_at, updated_at) SELECT 'c' || i, 'p', 'c' || i, 'folder', 'public', 'o' || i, 0, 0 FROM c`,
	`INSERT INTO jobs (id, project_id, type_key, state, max_attempts, created_at) VALUES ('few', 'p', 'export', 'created', 1, 0),
		('many', 'p', 'export', 'created', 1, 0), ('lost', 'p', 'export', 'created', 1, 0)`,
	`INSERT INTO exported (job_id, attempt, kind, collection_id, owner_id) VALUES ('few', 1, 'collections', 'c1', 'o1'), ('lost', 1, 'files', 'c0', '')`,
	`INSERT INTO exported (job_id, attempt, kind, collection_id, owner_id) SELECT 'many', 1, 'files', id, owner_id FROM collections`,
}

func TestWhoMayReadAnExportIsAskedWithAsFewQueriesForManyCollectionsAsForOne(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
			for _, statement := range exportsOf {
				if _, err := tx.Exec(statement); err != nil {
					return fmt.Errorf("%s: %w", statement, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		g := gate.New(d, projects.PolicySource{}, time.Now, slog.New(slog.DiscardHandler))
		look := func(jobs ...remit.JobID) (asked int, hidden map[remit.JobID]bool) {
			t.Helper()
			_, err := gate.View(t.Context(), g, authz.Subject{Kind: authz.System, ID: "setup"}, gate.Query[struct{}]{Name: "job.list", Read: func(r *gate.Reader) (_ struct{}, err error) {
				c, of := &counting{Reader: r.Reader}, []*row{}
				r.Reader = c
				for _, id := range jobs {
					of = append(of, &row{ID: id, Project: "p"})
				}
				hidden, err = exportHidden(r, of)
				asked = c.asked
				return struct{}{}, err
			}})
			if err != nil {
				t.Fatal(err)
			}
			return asked, hidden
		}
		few, hidden := look("few")
		if few != 2 || hidden["few"] {
			t.Errorf("an export of one collection took %d queries and is hidden: %v; want two, and that it is not", few, hidden)
		}
		if all, hidden := look("few", "many", "lost"); all != few || hidden["few"] || hidden["many"] || !hidden["lost"] {
			t.Errorf("three exports of 901 took %d queries and hide %v; want %d, and lost alone", all, hidden, few)
		}
	})
}
