package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
)

// Lock is the side of the policy lock that a transaction holds until its end.
type Lock int

const (
	// Shared is for changes that are permitted by the policy as it is: many at
	// once on PostgreSQL.
	Shared Lock = iota
	// Exclusive is for changes of the policy: alone among all transactions, so
	// that no check and its write have a policy change between them.
	Exclusive
)

// Tx is a transaction that writes. It belongs to the goroutine that runs the
// function given to Write, and is over when that function returns.
type Tx struct {
	tx       *sql.Tx
	ctx      context.Context
	dialect  Dialect
	failed   error // the first statement that failed; then there is no commit
	events   []Event
	onCommit []func()
	over     atomic.Bool
}

// Write runs fn in a transaction that holds lock, and commits when fn returns
// nil. When fn fails or panics, when a statement failed (even if fn ignored
// it), or when ctx ended before, everything is rolled back. Nothing is tried
// twice.
//
// fn's own error comes back as it is. Write inside Write or Read is refused:
// on SQLite it would wait for itself.
func (d *DB) Write(ctx context.Context, lock Lock, fn func(*Tx) error) error {
	if err := refuseNested(ctx); err != nil {
		return err
	}
	// The transaction has a context of its own, which ends with ctx but not
	// any more once the commit has begun: a commit is never cut in half.
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	untie := context.AfterFunc(ctx, cancel)
	defer untie()

	tx, err := d.begin(ctx, own, lock)
	if err != nil {
		return unavailable(cmpErr(ctx, err))
	}
	defer tx.rollback()
	if err := fn(tx); err != nil {
		return unavailable(err)
	}
	if !untie() {
		return context.Cause(ctx)
	}
	if err := tx.commit(d.hub); err != nil {
		return unavailable(err)
	}
	for _, f := range tx.onCommit {
		f()
	}
	return nil
}

// cmpErr prefers the reason why ctx ended to what that broke.
func cmpErr(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func (d *DB) begin(ctx, own context.Context, lock Lock) (*Tx, error) {
	tx := &Tx{dialect: d.dialect}
	tx.ctx = context.WithValue(own, nestedKey{}, &tx.over)
	var err error
	if tx.tx, err = d.writer.BeginTx(own, nil); err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	if d.dialect == sqliteDialect {
		return tx, nil // BEGIN IMMEDIATE on the only writer is the lock
	}
	take := `SELECT pg_advisory_xact_lock_shared($1)` + generic
	if lock == Exclusive {
		take = `SELECT pg_advisory_xact_lock($1)` + generic
	}
	if _, err := tx.Exec(take, policyLock); err != nil {
		tx.rollback()
		return nil, fmt.Errorf("take policy lock: %w", err)
	}
	return tx, nil
}

// generic keeps PostgreSQL from planning anew what a transaction that writes asks
// for: it looks things up by their keys, and a plan may take longer than that. A
// plan that is kept was made while tables were small, and does not read them whole.
const generic = `, set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)`

func (t *Tx) commit(h *hub) error {
	if t.failed != nil {
		return fmt.Errorf("not committed, because a statement failed: %w", t.failed)
	}
	if err := t.sendEvents(); err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	t.over.Store(true)
	if err := t.tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if t.dialect == sqliteDialect {
		h.send(t.events...)
	}
	return nil
}

// rollback does nothing after a commit. Its error is not reported: a
// connection that cannot roll back is closed, which rolls back.
func (t *Tx) rollback() {
	t.over.Store(true)
	_ = t.tx.Rollback()
}

// Exec runs a statement and returns how many rows it touched.
func (t *Tx) Exec(query string, args ...any) (int64, error) {
	res, err := t.tx.ExecContext(t.ctx, query, args...)
	if err != nil {
		return 0, t.fail(err)
	}
	return res.RowsAffected()
}

// Query implements Reader.
func (t *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	rows, err := t.tx.QueryContext(t.ctx, query, args...)
	return rows, t.fail(err)
}

// QueryRow implements Reader.
func (t *Tx) QueryRow(query string, args ...any) *sql.Row {
	row := t.tx.QueryRowContext(t.ctx, query, args...)
	_ = t.fail(row.Err()) // the caller gets it from Scan
	return row
}

// fail remembers the first error, so that the transaction cannot commit.
func (t *Tx) fail(err error) error {
	if err != nil && t.failed == nil && !errors.Is(err, ErrNoRows) {
		t.failed = err
	}
	return err
}

// Context returns the transaction's context; it ends with the transaction.
func (t *Tx) Context() context.Context { return t.ctx }

// Dialect returns the engine's values.
func (t *Tx) Dialect() Dialect { return t.dialect }

// OnCommit runs f after the commit, in the order of the calls, before Write
// returns; never when the transaction rolls back.
func (t *Tx) OnCommit(f func()) { t.onCommit = append(t.onCommit, f) }
