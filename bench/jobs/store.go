package jobs

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/remit-server/remit/bench/host"
)

// Store is a database of its own for one queue.
type Store struct {
	Dir string // of the queue's own, gone when it is closed
	URL string // "sqlite://…" or "postgres://…"

	cluster *host.Database // nil = SQLite
}

// NewStore makes one: on the PostgreSQL cluster, or for "" a SQLite file.
func NewStore(ctx context.Context, cluster string) (*Store, error) {
	dir, err := os.MkdirTemp("", "bench-jobs-")
	if err != nil {
		return nil, err
	}
	s := &Store{Dir: dir, URL: "sqlite://" + filepath.Join(dir, "remit.db")}
	if cluster == "" {
		return s, nil
	}
	if s.cluster, err = host.NewDatabase(ctx, cluster); err != nil {
		return nil, err
	}
	s.URL = s.cluster.URL
	return s, nil
}

// Postgres says whether the store is on PostgreSQL.
func (s *Store) Postgres() bool { return s.cluster != nil }

// Settle lets the engine know what was written past it.
func (s *Store) Settle(ctx context.Context) error { return s.cluster.Analyze(ctx) }

// Close removes it, once nobody uses it any more.
func (s *Store) Close() error {
	err := s.cluster.Drop()
	if gone := os.RemoveAll(s.Dir); err == nil {
		err = gone
	}
	return err
}

// Settings says how the cluster keeps what it commits.
func Settings(ctx context.Context, cluster string) (string, error) {
	c, err := pgx.Connect(ctx, cluster)
	if err != nil {
		return "", err
	}
	defer c.Close(ctx)
	var parts []string
	for _, name := range []string{"server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers"} {
		var value string
		if err := c.QueryRow(ctx, "SELECT current_setting($1)", name).Scan(&value); err != nil {
			return "", err
		}
		parts = append(parts, name+" "+value)
	}
	return strings.Join(parts, ", "), nil
}
