package db

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Dialect is all that a feature may know of the engine: values to splice into
// its SQL text.
type Dialect struct {
	Name       string // "sqlite" or "postgres"; for messages and tests, not for branching
	SkipLocked string // ends a SELECT that takes rows to work on: " FOR UPDATE SKIP LOCKED" or ""
	ForUpdate  string // ends a SELECT of a row that the transaction will change: " FOR UPDATE" or ""
}

// The two dialects.
var (
	sqliteDialect   = Dialect{Name: "sqlite"}
	postgresDialect = Dialect{Name: "postgres", SkipLocked: " FOR UPDATE SKIP LOCKED", ForUpdate: " FOR UPDATE"}
)

// DB is an open database. It is safe for concurrent use.
type DB struct {
	dialect Dialect
	writer  *sql.DB // SQLite: exactly one connection
	reader  *sql.DB // PostgreSQL: the same pool as writer
	hub     *hub
	pg      *pgx.ConnConfig // for connections outside the pool; nil on SQLite
	listen  *listener       // nil on SQLite
	close   func() error
}

// Open opens the database at url, makes it when it is an absent SQLite file,
// and brings its tables up to date. url is "postgres://…",
// "sqlite:///absolute/path/remit.db" or a plain path to a SQLite file.
//
// Several programs may open one database at once: migrations run once. A
// database that a newer program migrated is refused.
func Open(ctx context.Context, url string) (*DB, error) {
	d, err := connect(ctx, url)
	if err != nil {
		return nil, unavailable(err)
	}
	if err := d.migrate(ctx); err != nil {
		return nil, errors.Join(unavailable(err), d.Close())
	}
	return d, nil
}

func connect(ctx context.Context, url string) (*DB, error) {
	if isPostgres(url) {
		return connectPostgres(ctx, url)
	}
	path, err := sqlitePath(url)
	if err != nil {
		return nil, err
	}
	return connectSQLite(ctx, path)
}

// newDB wires the parts that both engines have. Readers close first, so that
// SQLite's last connection is the writer, which can fold the log into the file.
func newDB(dialect Dialect, writer, reader *sql.DB) *DB {
	d := &DB{dialect: dialect, writer: writer, reader: reader, hub: newHub()}
	d.close = sync.OnceValue(func() error {
		if d.listen != nil {
			d.listen.stop()
		}
		d.hub.close()
		return errors.Join(d.reader.Close(), d.writer.Close())
	})
	return d
}

// File returns the path of the SQLite file that url names, by whatever symbolic
// links; ok is false for PostgreSQL.
func File(url string) (path string, ok bool, err error) {
	if isPostgres(url) {
		return "", false, nil
	}
	path, err = sqlitePath(url)
	return path, err == nil, err
}

// Close ends all subscriptions and connections. A second Close does nothing.
func (d *DB) Close() error { return d.close() }

// Dialect returns the engine's values.
func (d *DB) Dialect() Dialect { return d.dialect }
