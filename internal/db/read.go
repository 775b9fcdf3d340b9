package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
)

// Reader asks questions inside one transaction: that of Read, or a *Tx. It
// belongs to one goroutine, and rows must be closed before the next question.
type Reader interface {
	Query(query string, args ...any) (*sql.Rows, error)
	QueryRow(query string, args ...any) *sql.Row
	Context() context.Context
	Dialect() Dialect
	// fail hears of an error that came after the first row. It is promoted to
	// all that embed a Reader, so that no wrapper can lose it.
	fail(error) error
}

// Read runs fn on one snapshot: all its queries see the database as it was at
// the first of them, whatever is committed meanwhile. It takes no lock, waits
// for no writer, and cannot write.
func (d *DB) Read(ctx context.Context, fn func(Reader) error) error {
	if err := refuseNested(ctx); err != nil {
		return err
	}
	tx, err := d.reader.BeginTx(ctx, d.snapshotOptions())
	if err != nil {
		return unavailable(cmpErr(ctx, fmt.Errorf("begin: %w", err)))
	}
	s := &snapshot{tx: tx, dialect: d.dialect}
	s.ctx = context.WithValue(ctx, nestedKey{}, &s.over)
	defer s.end()
	return unavailable(fn(s))
}

func (d *DB) snapshotOptions() *sql.TxOptions {
	opts := &sql.TxOptions{ReadOnly: true}
	if d.dialect == postgresDialect {
		opts.Isolation = sql.LevelRepeatableRead // SQLite has no lesser level than this
	}
	return opts
}

type snapshot struct {
	tx      *sql.Tx
	ctx     context.Context
	dialect Dialect
	over    atomic.Bool
}

func (s *snapshot) Query(query string, args ...any) (*sql.Rows, error) {
	return s.tx.QueryContext(s.ctx, query, args...)
}

func (s *snapshot) QueryRow(query string, args ...any) *sql.Row {
	return s.tx.QueryRowContext(s.ctx, query, args...)
}

func (s *snapshot) Context() context.Context { return s.ctx }

func (s *snapshot) Dialect() Dialect { return s.dialect }

// fail does nothing more: there is nothing to commit.
func (s *snapshot) fail(err error) error { return err }

func (s *snapshot) end() {
	s.over.Store(true)
	_ = s.tx.Rollback() // nothing was written
}

// nestedKey marks the context of a transaction; its value says whether the
// transaction is over.
type nestedKey struct{}

var errNested = errors.New("db: a transaction was begun with the context of a running one")

func refuseNested(ctx context.Context) error {
	if over, ok := ctx.Value(nestedKey{}).(*atomic.Bool); ok && !over.Load() {
		return errNested
	}
	return nil
}
