package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// Glance asks one question outside of any transaction and scans its one row:
// the cheapest way to a single value, as it was committed last. ErrNoRows for
// no row.
func (d *DB) Glance(ctx context.Context, query string, dest ...any) error {
	return unavailable(d.reader.QueryRowContext(ctx, query).Scan(dest...))
}

// Nothing is a Reader without data, for what can perhaps be answered from
// memory: every question to it fails, and Asked tells that there was one.
type Nothing struct {
	ctx     context.Context
	dialect Dialect
	asked   bool
}

// Nothing makes the Reader that knows nothing of d.
func (d *DB) Nothing(ctx context.Context) *Nothing { return &Nothing{ctx: ctx, dialect: d.dialect} }

// Asked says whether anything was asked: then an answer that was made without
// data is worth nothing.
func (n *Nothing) Asked() bool { return n.asked }

// Query implements Reader.
func (n *Nothing) Query(string, ...any) (*sql.Rows, error) {
	n.asked = true
	return nil, errNothing
}

// QueryRow implements Reader.
func (n *Nothing) QueryRow(query string, _ ...any) *sql.Row {
	n.asked = true
	return nowhere.QueryRowContext(n.ctx, query)
}

// Context implements Reader.
func (n *Nothing) Context() context.Context { return n.ctx }

// Dialect implements Reader.
func (n *Nothing) Dialect() Dialect { return n.dialect }

func (n *Nothing) fail(err error) error { return err }

var errNothing = errors.New("db: asked where there is only memory")

// nowhere is a database that cannot be connected to: only database/sql can
// make a row that holds an error.
var nowhere = sql.OpenDB(unconnected{})

type unconnected struct{}

func (unconnected) Connect(context.Context) (driver.Conn, error) { return nil, errNothing }

func (unconnected) Driver() driver.Driver { return nil }
