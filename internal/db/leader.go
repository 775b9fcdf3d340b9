package db

import (
	"context"
	"fmt"
	"sync"
)

// TryLeader asks to be the only program that does the work called name. When
// ok, call release after the work; otherwise another program is at it.
//
// Ask for every round of a periodic loop, and make the work safe to run
// twice: a leader whose connection breaks is not told, and another may start.
// On SQLite, whose file belongs to one server, ok is always true.
func (d *DB) TryLeader(ctx context.Context, name string) (release func(), ok bool, err error) {
	if d.dialect == sqliteDialect {
		return func() {}, true, nil
	}
	conn, err := d.dial(ctx)
	if err != nil {
		return nil, false, unavailable(fmt.Errorf("lead %s: %w", name, err))
	}
	err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, advisoryKey("leader:"+name)).Scan(&ok)
	if err != nil || !ok {
		closeConn(conn)
		return func() {}, false, unavailable(err)
	}
	return sync.OnceFunc(func() { closeConn(conn) }), true, nil // closing unlocks
}
