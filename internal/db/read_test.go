package db_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

func TestReadSeesOneSnapshot(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		notes(t, d)
		write(t, d, func(tx *db.Tx) error { return insert(tx, "old", 1) })
		var first, second []string
		err := d.Read(t.Context(), func(r db.Reader) (err error) {
			if first, err = ids(r); err != nil {
				return err
			}
			write(t, d, func(tx *db.Tx) error { return insert(tx, "new", 1) }) // and it does not wait
			second, err = ids(r)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("the snapshot changed (-first +second):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"new", "old"}, read(t, d, ids)); diff != "" {
			t.Errorf("a later Read (-want +got):\n%s", diff)
		}
	})
}

func TestReadCannotWrite(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		notes(t, d)
		err := d.Read(t.Context(), func(r db.Reader) error {
			_, err := db.Rows(r, db.Value[string], `INSERT INTO notes (id, n) VALUES ('sly', 1) RETURNING id`)
			return err
		})
		if got := read(t, d, ids); err == nil || len(got) != 0 {
			t.Errorf("Read wrote %v, error %v", got, err)
		}
	})
}

func TestTxSeesItsOwnChanges(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		notes(t, d)
		write(t, d, func(tx *db.Tx) error {
			err := insert(tx, "mine", 1)
			got, err2 := ids(tx)
			if diff := cmp.Diff([]string{"mine"}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if others := read(t, d, ids); len(others) != 0 {
				t.Errorf("others see %v before the commit", others)
			}
			return errors.Join(err, err2)
		})
	})
}

func TestRowsAndOneOfNothing(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		notes(t, d)
		if got := read(t, d, ids); got == nil || len(got) != 0 {
			t.Errorf("Rows gives %#v, want an empty slice", got)
		}
		err := d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
			if _, err := db.One(tx, db.Value[string], `SELECT id FROM notes`); !errors.Is(err, db.ErrNoRows) {
				t.Errorf("One: %v, want ErrNoRows", err)
			}
			return nil
		})
		if err != nil {
			t.Errorf("a transaction that found nothing did not commit: %v", err)
		}
	})
}

type cell string // a named type, as ids are

type row struct {
	Word  cell
	At    time.Time
	Maybe *time.Time
	Yes   bool
	Tags  []string
}

func scanRow(s db.Scanner, r *row) error {
	return s.Scan(&r.Word, db.Time(&r.At), db.TimePtr(&r.Maybe), &r.Yes, db.FromJSON(&r.Tags))
}

func TestValuesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	at := time.Date(1969, 7, 20, 20, 17, 40, 123456000, time.UTC)
	want := []row{
		{Word: "a", At: at, Maybe: &at, Yes: true, Tags: []string{`<ü>"`, "\x00"}},
		{Word: "b"},
	}
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `CREATE TABLE v (word TEXT, at BIGINT, maybe BIGINT, yes BOOLEAN, tags TEXT)`)
		write(t, d, func(tx *db.Tx) (err error) {
			for _, r := range want {
				_, e := tx.Exec(`INSERT INTO v (tags, yes, maybe, at, word) VALUES ($5, $4, $3, $2, $1)`,
					r.Word, db.Micros(r.At.In(time.FixedZone("X", 3600))), db.MicrosPtr(r.Maybe), r.Yes, db.JSON(r.Tags))
				err = errors.Join(err, e)
			}
			return err
		})
		got := read(t, d, func(r db.Reader) ([]row, error) {
			return db.Rows(r, scanRow, `SELECT word, at, maybe, yes, tags FROM v WHERE word IN `+db.In(2, 2)+` AND $1 = $1 ORDER BY word`,
				"same", cell("a"), cell("b"))
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestNullLeavesJSONAlone(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		tags := []string{"default"}
		err := d.Read(t.Context(), func(r db.Reader) error {
			return r.QueryRow(`SELECT CAST(NULL AS TEXT)`).Scan(db.FromJSON(&tags))
		})
		if err != nil || len(tags) != 1 {
			t.Errorf("tags are %v, error %v", tags, err)
		}
	})
}

func TestBrokenConstraintsAreTold(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		notes(t, d)
		exec(t, d, `INSERT INTO notes (id, n) VALUES ('a', 1)`, `CREATE TABLE marks (k TEXT UNIQUE, note TEXT REFERENCES notes (id))`,
			`INSERT INTO marks (k, note) VALUES ('k', 'a')`)
		cases := map[string]func(error) bool{
			`INSERT INTO notes (id, n) VALUES ('a', 2)`:          db.IsUnique,
			`INSERT INTO marks (k) VALUES ('k')`:                 db.IsUnique,
			`INSERT INTO notes (id, n) VALUES ('b', -1)`:         db.IsCheck,
			`INSERT INTO marks (k, note) VALUES ('l', 'absent')`: db.IsForeignKey,
			`DELETE FROM notes WHERE id = 'a'`:                   db.IsForeignKey,
		}
		for query, is := range cases {
			err := d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
				_, err := tx.Exec(query)
				return err
			})
			told := 0
			for _, f := range []func(error) bool{db.IsUnique, db.IsCheck, db.IsForeignKey} {
				if f(err) {
					told++
				}
			}
			if !is(err) || told != 1 {
				t.Errorf("%s: %v is not told rightly", query, err)
			}
		}
	})
}

func TestIn(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{"(NULL)": db.In(3, 0), "($1)": db.In(1, 1), "($9,$10,$11)": db.In(9, 3)} {
		if got != want {
			t.Errorf("In gives %s, want %s", got, want)
		}
	}
}
