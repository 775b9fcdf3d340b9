package jobs

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/remit-server/remit"
)

// Bare is the least that a queue can be: one table, an UPDATE that leases and
// one that finishes. It knows no rights, no owners, no attempts, no history.
type Bare struct {
	pool *pgxpool.Pool // nil on SQLite
	file *sql.DB       // nil on PostgreSQL
	mark int64
}

// OpenBare makes one for so many workers, in which so many jobs are finished.
func OpenBare(ctx context.Context, at *Store, workers, finished int) (*Bare, error) {
	b := &Bare{}
	var err error
	if at.Postgres() {
		config, err := pgxpool.ParseConfig(at.URL)
		if err != nil {
			return nil, err
		}
		config.MaxConns = int32(max(workers, 4))
		if b.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
			return nil, err
		}
	} else if b.file, err = openFile(strings.TrimPrefix(at.URL, "sqlite://")); err != nil {
		return nil, err
	}
	if err = b.populate(ctx, finished); err == nil {
		err = at.Settle(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *Bare) populate(ctx context.Context, finished int) error {
	table := bareTableSQLite
	if b.pool != nil {
		table = bareTablePostgres
	}
	for _, do := range []string{table, bareQueue} {
		if err := b.exec(ctx, do); err != nil {
			return err
		}
	}
	if finished == 0 {
		return nil
	}
	return b.exec(ctx, bareFill, finished)
}

// openFile opens SQLite as Remit does, with its one writer.
func openFile(path string) (*sql.DB, error) {
	pragmas := []string{"busy_timeout(10000)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(on)", "temp_store(memory)", "journal_size_limit(67108864)"}
	file, err := sql.Open("sqlite", "file:"+path+"?"+url.Values{"_txlock": {"immediate"}, "_pragma": pragmas}.Encode())
	if err == nil {
		file.SetMaxOpenConns(1)
	}
	return file, err
}

// Close ends it.
func (b *Bare) Close() error {
	if b.pool != nil {
		b.pool.Close()
		return nil
	}
	return b.file.Close()
}

func (b *Bare) exec(ctx context.Context, query string, args ...any) (err error) {
	if b.pool != nil {
		_, err = b.pool.Exec(ctx, query, args...)
	} else {
		_, err = b.file.ExecContext(ctx, query, args...)
	}
	return err
}

// Submit implements Queue.
func (b *Bare) Submit(ctx context.Context, _ int, size Batch) error {
	return b.exec(ctx, bareInsert, size.Jobs())
}

// Claim implements Queue.
func (b *Bare) Claim(ctx context.Context, _ int, _ Batch, most int) (held []remit.Lease, err error) {
	lease, until := rand.Text(), time.Now().Add(time.Minute).UnixMicro()
	var ids []int64
	if b.pool != nil {
		ids, err = b.claimPostgres(ctx, lease, until, most)
	} else {
		ids, err = b.claimSQLite(ctx, lease, until, most)
	}
	for _, id := range ids {
		held = append(held, remit.Lease{Job: remit.JobID(fmt.Sprint(id)), Lease: lease})
	}
	return held, err
}

func (b *Bare) claimPostgres(ctx context.Context, lease string, until int64, most int) ([]int64, error) {
	rows, err := b.pool.Query(ctx, bareClaimSkipping, lease, until, most)
	if err != nil {
		return nil, err
	}
	return scanned(rows, rows.Close)
}

func (b *Bare) claimSQLite(ctx context.Context, lease string, until int64, most int) ([]int64, error) {
	rows, err := b.file.QueryContext(ctx, bareClaim, lease, until, most)
	if err != nil {
		return nil, err
	}
	return scanned(rows, func() { rows.Close() })
}

// scanned reads ids from the rows of either driver.
func scanned(rows interface {
	Next() bool
	Scan(...any) error
	Err() error
}, done func()) (ids []int64, err error) {
	defer done()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// Finish implements Queue. What is not all of the batch is an error.
func (b *Bare) Finish(ctx context.Context, _ int, _ Batch, held []remit.Lease) error {
	marks, args := make([]string, len(held)), []any{time.Now().UnixMicro()}
	for i, l := range held {
		args = append(args, string(l.Job), l.Lease)
		marks[i] = fmt.Sprintf("(CAST($%d AS BIGINT), $%d)", 2*i+2, 2*i+3)
	}
	query := fmt.Sprintf(bareFinish, strings.Join(marks, ", "))
	var n int64
	if b.pool != nil {
		tag, err := b.pool.Exec(ctx, query, args...)
		if err != nil {
			return err
		}
		n = tag.RowsAffected()
	} else {
		res, err := b.file.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		n, _ = res.RowsAffected()
	}
	if int(n) != len(held) {
		return fmt.Errorf("%d of %d leases were good", n, len(held))
	}
	return nil
}
