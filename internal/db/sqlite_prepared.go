package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// SQLite works out a statement anew each time that its text is executed, which
// takes longer than most of what is asked. So each connection keeps those that it
// has prepared. The program's texts are few, and made of constants and numbers of
// placeholders.

// maxPrepared is how many statements a connection keeps, and maxText how long they
// may be, in bytes: a long list of placeholders hardly comes again. maxPlaceholders
// is how many SQLite takes in a statement.
const (
	maxPrepared     = 250
	maxText         = 16 << 10
	maxPlaceholders = 32766
)

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
	now  int64                    // counts what was executed
}

type preparedStmt struct {
	stmt interface {
		driver.StmtExecContext
		driver.StmtQueryContext
		Close() error
	}
	order order
	busy  bool  // its rows are being read
	used  int64 // when, by now
}

// order says which argument each placeholder is; nil = the first, the second, …
type order []int

// of are the arguments in the order of the placeholders.
func (o order) of(args []driver.NamedValue) ([]driver.NamedValue, error) {
	if o == nil {
		return args, nil
	}
	ordered := make([]driver.NamedValue, len(o))
	for i, n := range o {
		if n < 1 || n > len(args) {
			return nil, fmt.Errorf("there is no argument $%d", n)
		}
		ordered[i] = driver.NamedValue{Ordinal: i + 1, Value: args[n-1].Value}
	}
	return ordered, nil
}

// ExecContext implements driver.ExecerContext.
func (c *preparedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	p, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	if p == nil {
		if query, args, err = once(query, args); err != nil {
			return nil, err
		}
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	if args, err = p.order.of(args); err != nil {
		return nil, err
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
		if query, args, err = once(query, args); err != nil {
			return nil, err
		}
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	if args, err = p.order.of(args); err != nil {
		return nil, err
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

// prepared is the statement of a text: nil for a script, for one that is not kept,
// and while its rows are being read.
func (c *preparedConn) prepared(ctx context.Context, query string) (*preparedStmt, error) {
	c.now++
	if p, known := c.kept[query]; known {
		if p.busy {
			return nil, nil
		}
		p.used = c.now
		return p, nil
	}
	if len(query) > maxText || strings.Contains(query, ";") {
		return nil, nil
	}
	text, order := inOrder(query)
	stmt, err := c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	c.makeRoom()
	p := &preparedStmt{order: order, used: c.now, stmt: stmt.(interface {
		driver.StmtExecContext
		driver.StmtQueryContext
		Close() error
	})}
	c.kept[query] = p
	return p, nil
}

// once is how a text is executed that is not kept. A script stays as it is: its
// statements share their arguments.
func once(query string, args []driver.NamedValue) (string, []driver.NamedValue, error) {
	if strings.Contains(query, ";") {
		return query, args, nil
	}
	text, order := inOrder(query)
	if len(order) > maxPlaceholders { // a number may stand in many places
		return query, args, nil
	}
	args, err := order.of(args)
	return text, args, err
}

// makeRoom closes the statement that was not used for longest.
func (c *preparedConn) makeRoom() {
	if len(c.kept) < maxPrepared {
		return
	}
	oldest := ""
	for query, p := range c.kept {
		if !p.busy && (oldest == "" || p.used < c.kept[oldest].used) {
			oldest = query
		}
	}
	if p := c.kept[oldest]; p != nil {
		_ = p.stmt.Close()
		delete(c.kept, oldest)
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

// inOrder has plain placeholders, and says which argument each is: SQLite looks a
// numbered one up among the names of all before it, so that many cost the square of
// their number.
func inOrder(query string) (text string, order order) {
	plain := true
	text = placeholder.ReplaceAllStringFunc(query, func(dollar string) string {
		n, _ := strconv.Atoi(dollar[1:])
		order = append(order, n)
		plain = plain && n == len(order)
		return "?"
	})
	if plain {
		return text, nil
	}
	return text, order
}
