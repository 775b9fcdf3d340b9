package jobs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
)

// AddFinished adds n finished jobs, each with its attempt, as copies of one
// that went through the services. They come with no history of their own.
func (q *Remit) AddFinished(ctx context.Context, n int) error {
	if err := q.Submit(ctx, 0, Single); err != nil {
		return err
	}
	held, err := q.Claim(ctx, 0, Single, 1)
	if err != nil {
		return err
	}
	if err := q.Finish(ctx, 0, Single, held); err != nil {
		return err
	}
	return q.copies(ctx, string(held[0].Job), n)
}

// atOnce is how many rows one statement copies.
const atOnce = 50_000

// copies copies a job and its attempts, with ids that come before those of all
// jobs of today and with turns of their own.
func (q *Remit) copies(ctx context.Context, id string, n int) error {
	series := fmt.Sprintf("%04d", q.series)
	q.series++
	job := map[string]string{"id": copyID(series), "turn": "turn + n.n"}
	attempt := map[string]string{"job_id": copyID(series), "lease_id": "'lease-" + series + "-' || n.n"}
	for from := 1; from <= n; from += atOnce {
		to := min(from+atOnce-1, n)
		err := q.db.Write(ctx, db.Shared, func(tx *db.Tx) error {
			if err := copyRows(tx, "jobs", "id", id, job, from, to); err != nil {
				return err
			}
			return copyRows(tx, "attempts", "job_id", id, attempt, from, to)
		})
		if err != nil {
			return fmt.Errorf("adding jobs: %w", err)
		}
	}
	return nil
}

// copyID is an id in SQL: 26 characters, of the first millisecond of time.
func copyID(series string) string {
	return "'job_' || substr('000000000000" + series + "0000000000', 1, 26 - length(CAST(n.n AS TEXT))) || n.n"
}

// copyRows copies the row of a table whose column key is id, with some columns
// replaced by SQL in which n.n counts.
func copyRows(tx *db.Tx, table, key, id string, replaced map[string]string, from, to int) error {
	columns, err := columnsOf(tx, table)
	if err != nil {
		return err
	}
	values := slices.Clone(columns)
	for i, c := range columns {
		if with, ok := replaced[c]; ok {
			values[i] = with
		} else {
			values[i] = "t." + c
		}
	}
	_, err = tx.Exec(fmt.Sprintf(insertCopies, table, strings.Join(columns, ", "), strings.Join(values, ", "), table, key), from, to, id)
	return err
}

func columnsOf(tx *db.Tx, table string) ([]string, error) {
	rows, err := tx.Query("SELECT * FROM " + table + " LIMIT 0")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return rows.Columns()
}

// mark is where a turn begins.
type mark struct{ job, entry string }

// Mark implements Queue.
func (q *Remit) Mark(ctx context.Context) error {
	time.Sleep(2 * time.Millisecond) // ids are ordered by the millisecond
	return q.db.Read(ctx, func(r db.Reader) (err error) {
		if q.mark.job, err = db.One(r, db.Value[string], selectLastJob); err != nil {
			return err
		}
		q.mark.entry, err = db.One(r, db.Value[string], selectLastEntry)
		return err
	})
}

// Check implements Queue: the history of a job is its entries in the audit log.
func (q *Remit) Check(ctx context.Context, n int) error {
	if err := q.check(ctx, n, told); err != nil {
		return err
	}
	return q.db.Read(ctx, func(r db.Reader) error {
		if got, err := db.One(r, db.Value[int], countSucceeded, q.mark.job); err != nil || got != n {
			return fmt.Errorf("%d jobs succeeded, want %d: %w", got, n, orNone(err))
		}
		return nil
	})
}

// check says whether n different jobs have one entry of each operation since Mark.
func (q *Remit) check(ctx context.Context, n int, operations []string) error {
	return q.db.Read(ctx, func(r db.Reader) error {
		for _, operation := range operations {
			if got, err := db.One(r, db.Value[int], countEntries, q.mark.entry, operation); err != nil || got != n {
				return fmt.Errorf("%d entries %s, want %d: %w", got, operation, n, orNone(err))
			}
			if got, err := db.One(r, db.Value[int], countTold, q.mark.entry, operation); err != nil || got != n {
				return fmt.Errorf("%d different jobs have an entry %s, want %d: %w", got, operation, n, orNone(err))
			}
		}
		return nil
	})
}

var errWrong = remit.Errorf(remit.Internal, "that is wrong")

func orNone(err error) error {
	if err == nil {
		return errWrong
	}
	return err
}

// Clear implements Queue. The audit log only grows.
func (q *Remit) Clear(ctx context.Context) error {
	if q.empty && q.db.Dialect().SkipLocked != "" {
		return q.exec(ctx, truncateJobs)
	}
	if err := q.exec(ctx, deleteAttempts, q.mark.job); err != nil {
		return err
	}
	return q.exec(ctx, deleteJobs, q.mark.job)
}

func (q *Remit) exec(ctx context.Context, query string, args ...any) error {
	return q.db.Write(ctx, db.Shared, func(tx *db.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
}
