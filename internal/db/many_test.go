package db_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

var (
	insertCards = db.InsertMany("cards", "id TEXT, suit TEXT, n BIGINT, held BOOLEAN")
	updateCards = db.UpdateMany("cards", "id TEXT, suit TEXT", "n BIGINT, held BOOLEAN", "n IS NOT NULL")
)

func cards(t *testing.T, d *db.DB) []string {
	t.Helper()
	return read(t, d, func(r db.Reader) ([]string, error) {
		return db.Rows(r, func(s db.Scanner, text *string) error {
			var id, suit string
			var n *int64
			var held bool
			err := s.Scan(&id, &suit, &n, &held)
			if *text = fmt.Sprint(id, " ", suit, " -", " ", held); n != nil {
				*text = fmt.Sprint(id, " ", suit, " ", *n, " ", held)
			}
			return err
		}, `SELECT id, suit, n, held FROM cards ORDER BY id`)
	})
}

func TestManyRowsAreWrittenAsEachByItself(t *testing.T) {
	t.Parallel()
	for _, rows := range []int{0, 1, 2, 3, 700} {
		testkit.Engines(t, func(t *testing.T, d *db.DB) {
			exec(t, d, `CREATE TABLE cards (id TEXT PRIMARY KEY, suit TEXT NOT NULL, n INTEGER, held BOOLEAN NOT NULL)`)
			var given, changes []any
			before, after := []string{}, []string{}
			for i := range rows {
				id, n := fmt.Sprintf("card-%03d", i), any(i)
				if i%3 == 2 {
					n = (*int)(nil)
				}
				given, changes = append(given, id, "♠'", n, i%2 == 0), append(changes, id, "♠'", i+1000, true)
				if n == any(i) {
					before, after = append(before, fmt.Sprint(id, " ♠' ", i, " ", i%2 == 0)), append(after, fmt.Sprint(id, " ♠' ", i+1000, " true"))
				} else {
					before, after = append(before, fmt.Sprint(id, " ♠' - ", i%2 == 0)), append(after, fmt.Sprint(id, " ♠' - ", i%2 == 0))
				}
			}
			write(t, d, func(tx *db.Tx) error { return touches(tx, insertCards, rows, given...) })
			if diff := cmp.Diff(before, cards(t, d)); diff != "" {
				t.Errorf("%d rows inserted (-want +got):\n%s", rows, diff)
			}
			write(t, d, func(tx *db.Tx) error { return touches(tx, updateCards, rows-rows/3, changes...) })
			if diff := cmp.Diff(after, cards(t, d)); diff != "" {
				t.Errorf("%d rows updated, those without a number excepted (-want +got):\n%s", rows, diff)
			}
		})
	}
}

func touches(tx *db.Tx, m *db.Many, want int, args ...any) error {
	n, err := tx.ExecMany(m, args...)
	if err == nil && n != int64(want) {
		err = fmt.Errorf("%d rows were touched, want %d", n, want)
	}
	return err
}

func TestOfManyRowsAllAreWrittenOrNone(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `CREATE TABLE cards (id TEXT PRIMARY KEY, suit TEXT NOT NULL, n INTEGER, held BOOLEAN NOT NULL)`)
		for what, args := range map[string][]any{
			"a row that is there twice": {"a", "s", 1, true, "b", "s", 2, true, "a", "s", 3, true},
			"half a row":                {"a", "s", 1, true, "b", "s"},
			"a value of another type":   {"a", "s", 1, true, "b", "s", struct{}{}, true},
		} {
			err := d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
				_, _ = tx.ExecMany(insertCards, args...)
				return nil // an error that is not looked at fails the transaction all the same
			})
			if err == nil || len(cards(t, d)) != 0 {
				t.Errorf("%s: %v, and there are %v", what, err, cards(t, d))
			}
		}
	})
}

func TestAmongSaysTheLastOneAgain(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "(NULL)", 1: "($2) [1]", 2: "($2,$3) [1 2]", 3: "($2,$3,$4,$5) [1 2 3 3]"} {
		list, args := db.Among(2, []int{1, 2, 3}[:n])
		if n > 0 {
			list += " " + fmt.Sprint(args)
		}
		if list != want {
			t.Errorf("among %d: %s, want %s", n, list, want)
		}
	}
}
