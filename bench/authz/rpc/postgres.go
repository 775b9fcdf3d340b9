package rpc

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/url"
	"strings"
)

// database is one on a PostgreSQL cluster that lives as long as its peer runs.
type database struct {
	admin *sql.DB
	name  string
	url   string
}

// newDatabase makes one; cluster is the URL of a superuser's connection.
func newDatabase(ctx context.Context, cluster string) (*database, error) {
	at, err := url.Parse(cluster)
	if err != nil {
		return nil, err
	}
	admin, err := sql.Open("pgx", cluster) // the driver comes with package db
	if err != nil {
		return nil, err
	}
	d := &database{admin: admin, name: "bench_" + strings.ToLower(rand.Text())}
	at.Path = "/" + d.name
	d.url = at.String()
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+d.name); err != nil {
		return nil, errors.Join(err, admin.Close())
	}
	return d, nil
}

// analyze lets the planner know what was loaded, as it would by itself after a
// while. It does nothing on nil.
func (d *database) analyze(ctx context.Context) error {
	if d == nil {
		return nil
	}
	inside, err := sql.Open("pgx", d.url)
	if err != nil {
		return err
	}
	_, err = inside.ExecContext(ctx, "VACUUM ANALYZE")
	return errors.Join(err, inside.Close())
}

// drop does nothing on nil. It is called when nobody uses the database any more.
func (d *database) drop() error {
	if d == nil {
		return nil
	}
	_, err := d.admin.ExecContext(context.Background(), "DROP DATABASE "+d.name+" WITH (FORCE)")
	return errors.Join(err, d.admin.Close())
}
