package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/remit-server/remit"
)

// migrations are forward only, one text for both engines, in the order of
// their numbers. A released one never changes.
//
//go:embed migrations/*.sql
var migrations embed.FS

// Schema returns a fingerprint of the migrations built into this program: two
// programs with the same one make the same tables.
func Schema() string {
	sum := sha256.New()
	files, _ := fs.Glob(migrations, "migrations/*.sql") // the pattern is well-formed
	for _, name := range files {
		text, _ := migrations.ReadFile(name) // embedded, so it can be read
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

func (d *DB) migrate(ctx context.Context) error {
	p, err := d.provider()
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	// PostgreSQL holds a lock around this. On SQLite another program may apply
	// a migration between our look and our try; the next look finds it done.
	tries := 1
	if d.dialect == sqliteDialect {
		tries += len(p.ListSources())
	}
	for range tries {
		if _, err = p.Up(ctx); err == nil {
			return d.refuseNewer(ctx, p)
		}
	}
	return fmt.Errorf("migrate database: %w", err)
}

// refuseNewer keeps an old program from working on tables that it does not know.
func (d *DB) refuseNewer(ctx context.Context, p *goose.Provider) error {
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read database version: %w", err)
	}
	sources := p.ListSources()
	if want := sources[len(sources)-1].Version; have > want {
		return remit.Errorf(remit.Conflict, "The database is at version %d, newer than this program's %d.", have, want).
			WithHint("Start a newer remit, or restore the backup made before the upgrade.")
	}
	return nil
}

func (d *DB) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if d.dialect == sqliteDialect {
		return newProvider(goose.DialectSQLite3, d.writer, files)
	}
	// One second between tries, five minutes in all.
	session, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300), lock.WithUnlockTimeout(1, 10))
	if err != nil {
		return nil, err
	}
	return newProvider(goose.DialectPostgres, d.writer, files, goose.WithSessionLocker(session))
}

func newProvider(dialect goose.Dialect, pool *sql.DB, files fs.FS, more ...goose.ProviderOption) (*goose.Provider, error) {
	return goose.NewProvider(dialect, pool, files,
		append(more, goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))...)
}
