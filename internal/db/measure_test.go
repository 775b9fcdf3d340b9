package db_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

// Before it is measured, an index that leads to every row is as good as one
// that leads to one.
func TestAfterMeasuringTheBetterIndexIsTaken(t *testing.T) {
	t.Parallel()
	d := notes(t, testkit.Open(t, testkit.SQLite(t)))
	write(t, d, func(tx *db.Tx) error {
		for i := range 1000 {
			if err := insert(tx, fmt.Sprintf("note %d", i), i); err != nil {
				return err
			}
		}
		return nil
	})
	exec(t, d, `CREATE INDEX notes_by_n ON notes (n)`, `CREATE INDEX notes_by_done ON notes (done)`)
	plan := func() string {
		return read(t, d, func(r db.Reader) (string, error) {
			if _, err := ids(r); err != nil { // a plan alone does not look whether the tables have changed
				return "", err
			}
			return db.One(r, func(s db.Scanner, detail *string) error {
				var skipped int
				return s.Scan(&skipped, &skipped, &skipped, detail)
			}, `EXPLAIN QUERY PLAN SELECT id FROM notes WHERE done = FALSE AND n = $1`, 77)
		})
	}
	for _, index := range []string{"notes_by_done", "notes_by_n"} {
		if got := plan(); !strings.Contains(got, index) {
			t.Errorf("%s, want it by %s", got, index)
		}
		if err := d.Measure(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMeasuringIsNothingToPostgreSQL(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		for range 2 {
			if err := d.Measure(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}
