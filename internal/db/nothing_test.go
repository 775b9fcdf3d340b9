package db_test

import (
	"errors"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

func TestAGlanceSeesWhatWasCommittedLast(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		notes(t, d)
		var n int
		if err := d.Glance(t.Context(), `SELECT n FROM notes`, &n); !errors.Is(err, db.ErrNoRows) {
			t.Errorf("of an empty table: %v", err)
		}
		for want := range 3 {
			write(t, d, func(tx *db.Tx) error { return insert(tx, strconv.Itoa(want), want) })
			if err := d.Glance(t.Context(), `SELECT MAX(n) FROM notes`, &n); err != nil || n != want {
				t.Errorf("%d, %v; want %d", n, err, want)
			}
		}
	})
}

func TestNothingAnswersNothingAndTellsThatItWasAsked(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		notes(t, d)
		for name, question := range map[string]func(db.Reader) error{
			"Query": func(r db.Reader) error { _, err := ids(r); return err },
			"QueryRow": func(r db.Reader) error {
				_, err := db.One(r, db.Value[string], `SELECT id FROM notes`)
				return err
			},
		} {
			r := d.Nothing(t.Context())
			if r.Asked() || r.Context() != t.Context() || r.Dialect() != d.Dialect() {
				t.Errorf("%s: asked before the question, or not of this database", name)
			}
			if err := question(r); err == nil || errors.Is(err, db.ErrNoRows) || !r.Asked() {
				t.Errorf("%s: %v, asked: %t", name, err, r.Asked())
			}
		}
	})
}

func TestEachKeepsNothingAndStopsAtAnError(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		notes(t, d)
		write(t, d, func(tx *db.Tx) error { return errors.Join(insert(tx, "a", 1), insert(tx, "b", 1), insert(tx, "c", 1)) })
		var seen []string
		err := d.Read(t.Context(), func(r db.Reader) error {
			return db.Each(r, func(s db.Scanner) error {
				var id string
				if err := s.Scan(&id); err != nil {
					return err
				}
				if seen = append(seen, id); id == "b" {
					return errBoom
				}
				return nil
			}, `SELECT id FROM notes ORDER BY id`)
		})
		if diff := cmp.Diff([]string{"a", "b"}, seen); diff != "" || !errors.Is(err, errBoom) {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}
