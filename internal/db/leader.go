package db

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// TryLeader asks to be the only program that does the work called name. When
// ok, call release after the work; otherwise another program is at it.
//
// Ask for every round of a periodic loop, and make the work safe to run
// twice: a leader whose connection breaks is not told, and another may start.
// On SQLite, whose file belongs to one server (which sees to that itself), ok
// is always true.
func (d *DB) TryLeader(ctx context.Context, name string) (release func(), ok bool, err error) {
	if d.dialect == sqliteDialect {
		return func() {}, true, nil
	}
	conn, err := d.dial(ctx)
	if err != nil {
		return nil, false, unavailable(fmt.Errorf("lead %s: %w", name, err))
	}
	key := advisoryKey("leader:" + name)
	err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, key).Scan(&ok)
	if err != nil || !ok {
		closeConn(conn)
		return func() {}, false, unavailable(err)
	}
	return sync.OnceFunc(func() { unlock(conn, key) }), true, nil
}

// unlock gives the lock back before it returns. Closing alone would too, but
// only once the server has noticed: whoever asks next could still be refused.
func unlock(conn *pgx.Conn, key int64) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, _ = conn.Exec(ctx, `SELECT pg_advisory_unlock($1)`, key) // closing makes up for a failure
	closeConn(conn)
}
