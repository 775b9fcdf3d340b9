package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"regexp"
	"strings"
)

// SQLite works out a statement anew each time that its text is executed, which
// takes longer than most of what is asked. So each connection keeps those that it
// has prepared. The program's texts are few, and made of constants and numbers of
// placeholders.

// maxPrepared is how many statements a connection keeps.
const maxPrepared = 250

// openPrepared opens a pool of such connections.
func openPrepared(dsn string) (*sql.DB, error) {
	pool, err := sql.Open("sqlite", dsn) // connects to nothing yet; it knows the driver
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	return sql.OpenDB(preparing{pool.Driver(), dsn}), nil
}

// preparing connects.
type preparing struct {
	driver driver.Driver
	dsn    string
}

// Connect implements driver.Connector.
func (p preparing) Connect(context.Context) (driver.Conn, error) {
	conn, err := p.driver.Open(p.dsn)
	if err != nil {
		return nil, err
	}
	return &preparedConn{sqliteConn: conn.(sqliteConn), kept: map[string]*preparedStmt{}}, nil
}

// Driver implements driver.Connector.
func (p preparing) Driver() driver.Driver { return p.driver }

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// preparedConn is used by one goroutine at a time, like every connection.
type preparedConn struct {
	sqliteConn
	kept map[string]*preparedStmt // by text
}

type preparedStmt struct {
	stmt interface {
		driver.StmtExecContext
		driver.StmtQueryContext
		Close() error
	}
	busy bool // its rows are being read
}

// ExecContext implements driver.ExecerContext.
func (c *preparedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	p, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	return p.stmt.ExecContext(ctx, args)
}

// QueryContext implements driver.QueryerContext.
func (c *preparedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	p, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	rows, err := p.stmt.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	p.busy = true
	return preparedRows{rows, p}, nil
}

// preparedRows give their statement back at their end.
type preparedRows struct {
	driver.Rows
	of *preparedStmt
}

// Close implements driver.Rows.
func (r preparedRows) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}

// prepared is the statement of a text: nil for a script, and while its rows are
// being read.
func (c *preparedConn) prepared(ctx context.Context, query string) (*preparedStmt, error) {
	if p, known := c.kept[query]; known {
		if p.busy {
			return nil, nil
		}
		return p, nil
	}
	if strings.Contains(query, ";") {
		return nil, nil
	}
	stmt, err := c.PrepareContext(ctx, numbered(query))
	if err != nil {
		return nil, err
	}
	c.makeRoom()
	p := &preparedStmt{stmt: stmt.(interface {
		driver.StmtExecContext
		driver.StmtQueryContext
		Close() error
	})}
	c.kept[query] = p
	return p, nil
}

func (c *preparedConn) makeRoom() {
	for query, p := range c.kept {
		if len(c.kept) < maxPrepared {
			return
		}
		if !p.busy {
			_ = p.stmt.Close()
			delete(c.kept, query)
		}
	}
}

// Close implements driver.Conn.
func (c *preparedConn) Close() error {
	for _, p := range c.kept {
		_ = p.stmt.Close()
	}
	return c.sqliteConn.Close()
}

var placeholder = regexp.MustCompile(`\$(\d+)`)

// numbered has the placeholders as SQLite numbers them: $1 is to it a name, which
// it looks for among all others.
func numbered(query string) string { return placeholder.ReplaceAllString(query, "?$1") }
