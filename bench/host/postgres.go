package host

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/url"
	"strings"
)

// Database is one on a PostgreSQL cluster that lives as long as its peer runs.
type Database struct {
	admin *sql.DB
	name  string
	URL   string
}

// NewDatabase makes one; cluster is the URL of a superuser's connection.
func NewDatabase(ctx context.Context, cluster string) (*Database, error) {
	at, err := url.Parse(cluster)
	if err != nil {
		return nil, err
	}
	admin, err := sql.Open("pgx", cluster) // the driver comes with package db
	if err != nil {
		return nil, err
	}
	d := &Database{admin: admin, name: "bench_" + strings.ToLower(rand.Text())}
	at.Path = "/" + d.name
	d.URL = at.String()
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+d.name); err != nil {
		return nil, errors.Join(err, admin.Close())
	}
	return d, nil
}

// Analyze lets the planner know what was loaded, as it would by itself after a
// while. It does nothing on nil.
func (d *Database) Analyze(ctx context.Context) error {
	if d == nil {
		return nil
	}
	inside, err := sql.Open("pgx", d.URL)
	if err != nil {
		return err
	}
	_, err = inside.ExecContext(ctx, "VACUUM ANALYZE")
	return errors.Join(err, inside.Close())
}

// Drop does nothing on nil. It is called when nobody uses the database any more.
func (d *Database) Drop() error {
	if d == nil {
		return nil
	}
	_, err := d.admin.ExecContext(context.Background(), "DROP DATABASE "+d.name+" WITH (FORCE)")
	return errors.Join(err, d.admin.Close())
}
