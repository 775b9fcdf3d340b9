package db

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	// postgresConns bounds the pool of one server. Transactions are short, and
	// several servers share PostgreSQL's default of 100.
	postgresConns = 20
	// connectTimeout bounds one attempt when the URL names no connect_timeout.
	connectTimeout = 10 * time.Second
)

// policyLock is the advisory lock between writers of policy and all others.
var policyLock = advisoryKey("policy")

func isPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

func connectPostgres(ctx context.Context, url string) (*DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, badURL("cannot be read as a PostgreSQL URL") // the cause may hold the password
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "remit"
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(postgresConns)
	pool.SetMaxIdleConns(postgresConns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	d := newDB(postgresDialect, pool, pool)
	d.pg, d.listen = config, newListener(config, d.hub)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s on %s: %w", config.Database, config.Host, err), d.Close())
	}
	return d, nil
}

// dial makes a connection outside the pool.
func (d *DB) dial(ctx context.Context) (*pgx.Conn, error) {
	return pgx.ConnectConfig(ctx, d.pg.Copy())
}

// advisoryKey turns a name into the number that PostgreSQL's advisory locks
// want. They are per database, so only our own names can collide.
func advisoryKey(name string) int64 {
	h := fnv.New64a()
	h.Write([]byte("remit:" + name))
	return int64(h.Sum64())
}
