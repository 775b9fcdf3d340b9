package db

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// listenCheck is how long a silent connection is trusted before it is
	// asked whether it still lives.
	listenCheck = 30 * time.Second
	// A lost connection is tried again after listenRetryMin, then ever later.
	listenRetryMin = 100 * time.Millisecond
	listenRetryMax = 5 * time.Second
)

// listener feeds a hub from PostgreSQL's notifications, over one connection
// that it makes anew whenever it breaks.
type listener struct {
	config *pgx.ConnConfig
	hub    *hub
	ctx    context.Context // ends with stop
	start  func()          // may be called often; runs once
	stop   func()          // returns when nothing runs any more
}

func newListener(config *pgx.ConnConfig, h *hub) *listener {
	ctx, cancel := context.WithCancel(context.Background())
	l := &listener{config: config, hub: h, ctx: ctx}
	done := make(chan struct{})
	l.start = sync.OnceFunc(func() {
		go func() {
			defer close(done)
			l.run()
		}()
	})
	l.stop = func() {
		cancel()
		l.start() // after it, start has run for sure, and done will be closed
		<-done
	}
	return l
}

func (l *listener) run() {
	wait := listenRetryMin
	for l.ctx.Err() == nil {
		if l.session() {
			wait = listenRetryMin
		}
		select {
		case <-l.ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, listenRetryMax)
	}
}

// session listens until the connection breaks, and says whether it ever
// worked. What was missed before it is covered by "look at everything".
func (l *listener) session() (worked bool) {
	conn, err := pgx.ConnectConfig(l.ctx, l.config.Copy())
	if err != nil {
		return false
	}
	defer closeConn(conn)
	if _, err := conn.Exec(l.ctx, `LISTEN `+channel); err != nil {
		return false
	}
	l.hub.send(Event{})
	for l.next(conn) == nil {
	}
	return true
}

// next delivers what one notification lists, or finds out that a silent connection still lives.
func (l *listener) next(conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(l.ctx, listenCheck)
	defer cancel()
	n, err := conn.WaitForNotification(ctx)
	if err != nil {
		if l.ctx.Err() == nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return ping(l.ctx, conn)
		}
		return err
	}
	var events []Event
	if json.Unmarshal([]byte(n.Payload), &events) != nil {
		events = []Event{{}} // not ours to read: better look once too often
	}
	l.hub.send(events...)
	return nil
}

func ping(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	return conn.Ping(ctx)
}

// closeConn says goodbye, but not for long.
func closeConn(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // it is gone either way
}
