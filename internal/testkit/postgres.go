package testkit

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/remit-server/remit/internal/db"
)

// postgresEnv holds the URL of a superuser of a PostgreSQL cluster where
// databases may come and go.
const postgresEnv = "REMIT_TEST_POSTGRES"

// Postgres returns the URL of a fresh database, a copy of the migrated
// template; it is dropped when the test ends. Copying files is the quicker
// strategy where fsync is off.
func Postgres(tb testing.TB) string {
	tb.Helper()
	if os.Getenv(postgresEnv) == "" {
		tb.Fatalf("this test needs PostgreSQL: run `make test`, or set %s=postgres://SUPERUSER@HOST:PORT/postgres", postgresEnv)
	}
	c, err := openCluster()
	if err != nil {
		tb.Fatalf("prepare PostgreSQL at $%s: %v", postgresEnv, err)
	}
	name := "remit_test_" + strings.ToLower(rand.Text())
	if err := c.exec(`CREATE DATABASE ` + name + ` TEMPLATE ` + c.template + ` STRATEGY FILE_COPY`); err != nil {
		tb.Fatalf("create test database: %v", err)
	}
	tb.Cleanup(func() {
		if err := c.exec(`DROP DATABASE ` + name + ` WITH (FORCE)`); err != nil {
			tb.Errorf("drop test database: %v", err)
		}
	})
	return c.url(name)
}

// cluster is the PostgreSQL that the tests of this process share with those
// of others.
type cluster struct {
	admin    *sql.DB
	base     *url.URL
	template string // the database that all test databases are copies of
}

// openCluster connects once per process. Nobody closes it: the process ends.
var openCluster = sync.OnceValues(func() (*cluster, error) {
	base, err := url.Parse(os.Getenv(postgresEnv))
	if err != nil {
		return nil, err
	}
	admin, err := sql.Open("pgx", base.String()) // the driver comes with package db
	if err != nil {
		return nil, err
	}
	admin.SetMaxOpenConns(4)
	c := &cluster{admin: admin, base: base, template: "remit_template_" + db.Schema()}
	return c, c.ensureTemplate(context.Background())
})

func (c *cluster) url(database string) string {
	u := *c.base
	u.Path = "/" + database
	return u.String()
}

func (c *cluster) exec(query string) error {
	_, err := c.admin.ExecContext(context.Background(), query)
	return err
}

// ensureTemplate makes the template unless another process did. The lock is
// that of one session, so it goes when the connection does.
func (c *cluster) ensureTemplate(ctx context.Context) error {
	conn, err := c.admin.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock(7236)`); err != nil {
		return err
	}
	defer conn.ExecContext(ctx, `SELECT pg_advisory_unlock(7236)`)

	var there bool
	query := `SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)`
	if err := conn.QueryRowContext(ctx, query, c.template).Scan(&there); err != nil || there {
		return err
	}
	return c.makeTemplate(ctx)
}

// makeTemplate gives the template its name last, so that one with that name
// is whole.
func (c *cluster) makeTemplate(ctx context.Context) error {
	draft := c.template + "_draft"
	for _, query := range []string{`DROP DATABASE IF EXISTS ` + draft + ` WITH (FORCE)`, `CREATE DATABASE ` + draft} {
		if err := c.exec(query); err != nil {
			return err
		}
	}
	d, err := db.Open(ctx, c.url(draft))
	if err != nil {
		return fmt.Errorf("migrate template: %w", err)
	}
	if err := d.Close(); err != nil {
		return err
	}
	return c.exec(`ALTER DATABASE ` + draft + ` RENAME TO ` + c.template)
}
