package db_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

// The index that finds fewer rows is taken; which one that is changes with what
// the table holds, and connections that were there before learn of it.
func TestAfterMeasuringTheBetterIndexIsTaken(t *testing.T) {
	t.Parallel()
	d := notes(t, testkit.Open(t, testkit.SQLite(t)))
	exec(t, d, `CREATE INDEX notes_by_n ON notes (n)`, `CREATE INDEX notes_by_done ON notes (done)`)
	for _, phase := range []struct {
		from, to int
		note     func(i int) (n int, done bool)
		better   string
	}{
		{0, 100, func(i int) (int, bool) { return 77, i%2 == 0 }, "notes_by_done"},
		{100, 3000, func(i int) (int, bool) { return i, false }, "notes_by_n"},
	} {
		write(t, d, func(tx *db.Tx) error {
			for i := phase.from; i < phase.to; i++ {
				n, done := phase.note(i)
				if _, err := tx.Exec(`INSERT INTO notes (id, n, done) VALUES ($1, $2, $3)`, fmt.Sprint(i), n, done); err != nil {
					return err
				}
			}
			return nil
		})
		if err := d.Measure(t.Context()); err != nil {
			t.Fatal(err)
		}
		plan := read(t, d, func(r db.Reader) (string, error) {
			return db.One(r, func(s db.Scanner, detail *string) error {
				var skipped int
				return s.Scan(&skipped, &skipped, &skipped, detail)
			}, `EXPLAIN QUERY PLAN SELECT id FROM notes WHERE done = FALSE AND n = $1`, 77)
		})
		if !strings.Contains(plan, phase.better) {
			t.Errorf("%s, want it by %s", plan, phase.better)
		}
	}
}

func TestEitherEngineCanBeMeasured(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		for range 2 {
			if err := d.Measure(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}
