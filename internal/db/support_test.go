package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/remit-server/remit/internal/db"
)

var errBoom = errors.New("boom")

// patience ends a test that waits for what never comes. It is no measure of speed.
const patience = 30 * time.Second

func write(t testing.TB, d *db.DB, fn func(*db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), db.Shared, fn); err != nil {
		t.Fatalf("Write: %v", err)
	}
}

// exec runs statements without arguments in one transaction.
func exec(t testing.TB, d *db.DB, queries ...string) {
	t.Helper()
	write(t, d, func(tx *db.Tx) error {
		for _, q := range queries {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		return nil
	})
}

// notes makes the table that most tests here write to.
func notes(t testing.TB, d *db.DB) *db.DB {
	t.Helper()
	exec(t, d, `CREATE TABLE notes (id TEXT PRIMARY KEY, n BIGINT NOT NULL CHECK (n >= 0), done BOOLEAN NOT NULL DEFAULT FALSE)`)
	return d
}

func insert(tx *db.Tx, id string, n int) error {
	_, err := tx.Exec(`INSERT INTO notes (id, n) VALUES ($1, $2)`, id, n)
	return err
}

func ids(r db.Reader) ([]string, error) {
	return db.Rows(r, db.Value[string], `SELECT id FROM notes ORDER BY id`)
}

func read[T any](t testing.TB, d *db.DB, ask func(db.Reader) (T, error)) T {
	t.Helper()
	var got T
	err := d.Read(t.Context(), func(r db.Reader) (err error) {
		got, err = ask(r)
		return err
	})
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return got
}

// next waits for an event; ok is false when the channel is closed.
func next(t *testing.T, events <-chan db.Event) (e db.Event, ok bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case e, ok = <-events:
		return e, ok
	case <-ctx.Done():
		t.Fatal("no event came")
		return e, false
	}
}

// subscribe returns when events do arrive, which on PostgreSQL the first
// "look at everything" tells.
func subscribe(t *testing.T, d *db.DB, topics ...string) (<-chan db.Event, func()) {
	t.Helper()
	events, end := d.Subscribe(topics...)
	t.Cleanup(end)
	if d.Dialect().Name == "postgres" {
		if e, ok := next(t, events); !ok || e != (db.Event{}) {
			t.Fatalf("first event is %v, %v", e, ok)
		}
	}
	return events, end
}
