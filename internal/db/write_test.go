package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

func TestWriteCommitsOnlyWhenAllWentWell(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		notes(t, d)
		write(t, d, func(tx *db.Tx) error { return insert(tx, "kept", 1) })
		failing := map[string]func(*db.Tx) error{
			"error": func(tx *db.Tx) error { return errors.Join(insert(tx, "error", 1), errBoom) },
			"ignored failure": func(tx *db.Tx) error {
				_ = insert(tx, "kept", 1)
				return nil
			},
			"ignored failure of a query": func(tx *db.Tx) error {
				err := insert(tx, "before", 1)
				_ = tx.QueryRow(`SELECT nothing FROM nowhere`)
				return err
			},
		}
		for name, fn := range failing {
			if err := d.Write(t.Context(), db.Shared, fn); err == nil {
				t.Errorf("%s: committed", name)
			}
		}
		if diff := cmp.Diff([]string{"kept"}, read(t, d, ids)); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
	})
}

func TestWriteReturnsTheErrorOfItsFunction(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		for _, want := range []error{errBoom, db.ErrNoRows, remit.Errorf(remit.Denied, "no")} {
			if err := d.Write(t.Context(), db.Shared, func(*db.Tx) error { return want }); err != want {
				t.Errorf("Write: %v, want %v", err, want)
			}
		}
	})
}

func TestPanicRollsBackAndFreesTheWriter(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		notes(t, d)
		func() {
			defer func() {
				if recover() != errBoom {
					t.Error("the panic did not come through")
				}
			}()
			_ = d.Write(t.Context(), db.Exclusive, func(tx *db.Tx) error {
				_ = insert(tx, "lost", 1)
				panic(errBoom)
			})
		}()
		write(t, d, func(tx *db.Tx) error { return insert(tx, "after", 1) })
		if diff := cmp.Diff([]string{"after"}, read(t, d, ids)); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
	})
}

func TestCancelledWriteRollsBack(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		notes(t, d)
		ctx, cancel := context.WithCancel(t.Context())
		err := d.Write(ctx, db.Shared, func(tx *db.Tx) error {
			defer cancel()
			return insert(tx, "lost", 1)
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Write: %v, want cancelled", err)
		}
		if err := d.Write(ctx, db.Shared, func(*db.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("Write with an ended context: %v, want cancelled", err)
		}
		if got := read(t, d, ids); len(got) != 0 {
			t.Errorf("notes are %v, want none", got)
		}
	})
}

func TestOnCommitRunsAfterTheCommitAndOnlyThen(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		notes(t, d)
		var seen []string
		_ = d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
			tx.OnCommit(func() { t.Error("OnCommit of a rolled back transaction ran") })
			return errBoom
		})
		write(t, d, func(tx *db.Tx) error {
			tx.OnCommit(func() { seen = append(seen, fmt.Sprint("first sees ", read(t, d, ids))) })
			tx.OnCommit(func() {
				seen = append(seen, "second writes")
				write(t, d, func(tx *db.Tx) error { return insert(tx, "b", 1) })
			})
			return insert(tx, "a", 1)
		})
		if diff := cmp.Diff([]string{"first sees [a]", "second writes"}, seen); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// wrapped stands for what other packages make of a Tx.
type wrapped struct{ db.Reader }

func TestAnErrorAfterTheFirstRowFailsTheTransactionThroughAnyWrapper(t *testing.T) {
	t.Parallel()
	// No absolute value of the lowest number fits: the row of 0 fails, after others.
	const late = `SELECT abs(n - 9223372036854775807 - 1) FROM notes ORDER BY id`
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		notes(t, d)
		write(t, d, func(tx *db.Tx) error { return errors.Join(insert(tx, "a", 2), insert(tx, "b", 1), insert(tx, "c", 0)) })
		err := d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
			if err := insert(tx, "gone", 1); err != nil {
				return err
			}
			if _, err := db.Rows(wrapped{tx}, db.Value[int64], late); err == nil {
				t.Error("the query did not fail")
			}
			return nil // ignored, and yet nothing is committed
		})
		if err == nil {
			t.Error("committed after a failed query")
		}
		if got := read(t, d, ids); len(got) != 3 {
			t.Errorf("the notes are %v", got)
		}
	})
}

func TestTransactionInsideAnotherIsRefused(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		var after context.Context
		write(t, d, func(tx *db.Tx) error {
			after = context.WithoutCancel(tx.Context())
			if err := d.Write(tx.Context(), db.Shared, func(*db.Tx) error { return nil }); err == nil {
				t.Error("Write inside Write was let through")
			}
			if err := d.Read(tx.Context(), func(db.Reader) error { return nil }); err == nil {
				t.Error("Read inside Write was let through")
			}
			return nil
		})
		if err := d.Write(after, db.Shared, func(*db.Tx) error { return nil }); err != nil {
			t.Errorf("Write after Write: %v", err)
		}
	})
}

// Two handles stand for two programs on one database.
func TestExclusiveIsAloneAmongAllPrograms(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		programs := []*db.DB{testkit.Open(t, url), testkit.Open(t, url)}
		notes(t, programs[0])
		write(t, programs[0], func(tx *db.Tx) error { return insert(tx, "count", 0) })
		var shared, exclusive atomic.Int32
		var all sync.WaitGroup
		for i := range 40 {
			lock, inside := db.Shared, &shared
			if i%4 == 0 {
				lock, inside = db.Exclusive, &exclusive
			}
			all.Go(func() {
				err := programs[i%2].Write(t.Context(), lock, func(tx *db.Tx) error {
					inside.Add(1)
					defer inside.Add(-1)
					_, err := tx.Exec(`UPDATE notes SET n = n + 1 WHERE id = $1`, "count")
					if e := exclusive.Load(); e > 1 || e == 1 && shared.Load() > 0 {
						t.Errorf("%d exclusive with %d shared", e, shared.Load())
					}
					return err
				})
				if err != nil {
					t.Errorf("Write: %v", err)
				}
			})
		}
		all.Wait()
		got := read(t, programs[1], func(r db.Reader) (int, error) { return db.One(r, db.Value[int], `SELECT n FROM notes`) })
		if got != 40 {
			t.Errorf("count is %d, want 40", got)
		}
	})
}

func TestSharedWritesRunTogetherOnPostgres(t *testing.T) {
	t.Parallel()
	d := testkit.Open(t, testkit.Postgres(t))
	var both, all sync.WaitGroup
	both.Add(2)
	for range 2 {
		all.Go(func() {
			write(t, d, func(*db.Tx) error {
				both.Done()
				both.Wait() // hangs unless the other is inside too
				return nil
			})
		})
	}
	all.Wait()
}

func TestEachRowIsTakenOnce(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		notes(t, d)
		write(t, d, func(tx *db.Tx) (err error) {
			for i := range 20 {
				err = errors.Join(err, insert(tx, fmt.Sprintf("%02d", i), i))
			}
			return err
		})
		var taken sync.Map
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for takeOne(t, d, &taken) {
				}
			})
		}
		all.Wait()
		for i := range 20 {
			if _, ok := taken.Load(fmt.Sprintf("%02d", i)); !ok {
				t.Errorf("note %02d was taken by nobody", i)
			}
		}
	})
}

func takeOne(t *testing.T, d *db.DB, taken *sync.Map) bool {
	var id string
	err := d.Write(t.Context(), db.Shared, func(tx *db.Tx) (err error) {
		id, err = db.One(tx, db.Value[string], `SELECT id FROM notes WHERE NOT done ORDER BY id LIMIT 1`+tx.Dialect().SkipLocked)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE notes SET done = $1 WHERE id = $2`, true, id)
		return err
	})
	if errors.Is(err, db.ErrNoRows) {
		return false
	}
	if _, twice := taken.LoadOrStore(id, true); twice || err != nil {
		t.Errorf("note %q: taken twice is %v, error %v", id, twice, err)
		return false
	}
	return true
}

func TestLostConnectionIsUnavailable(t *testing.T) {
	t.Parallel()
	d := notes(t, testkit.Open(t, testkit.Postgres(t)))
	err := d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
		_, err := tx.Exec(`SELECT pg_terminate_backend(pg_backend_pid())`)
		return err
	})
	if remit.KindOf(err) != remit.Unavailable {
		t.Errorf("Write: %v, want unavailable", err)
	}
	write(t, d, func(tx *db.Tx) error { return insert(tx, "later", 1) })
}
