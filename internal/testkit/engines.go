package testkit

import (
	"path/filepath"
	"testing"

	"github.com/remit-server/remit/internal/db"
)

// Engines runs fn as the parallel subtests "sqlite" and "postgres", each with
// a fresh, migrated database that is gone when the subtest ends.
func Engines(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	URLs(t, func(t *testing.T, url string) { fn(t, Open(t, url)) })
}

// URLs is Engines for tests that open the database themselves, or more than
// once, as several servers do.
func URLs(t *testing.T, fn func(t *testing.T, url string)) {
	t.Helper()
	for name, fresh := range map[string]func(testing.TB) string{"sqlite": SQLite, "postgres": Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fn(t, fresh(t))
		})
	}
}

// Benchmark is Engines for benchmarks.
func Benchmark(b *testing.B, fn func(b *testing.B, d *db.DB)) {
	b.Helper()
	b.Run("sqlite", func(b *testing.B) { fn(b, Open(b, SQLite(b))) })
	b.Run("postgres", func(b *testing.B) { fn(b, Open(b, Postgres(b))) })
}

// SQLite returns the URL of a database file that is not there yet; it works
// inside a synctest bubble too.
func SQLite(tb testing.TB) string {
	tb.Helper()
	return "sqlite://" + filepath.Join(tb.TempDir(), "remit.db")
}

// Open opens the database at url and closes it when the test ends.
func Open(tb testing.TB, url string) *db.DB {
	tb.Helper()
	d, err := db.Open(tb.Context(), url)
	if err != nil {
		tb.Fatalf("open test database: %v", err)
	}
	tb.Cleanup(func() {
		if err := d.Close(); err != nil {
			tb.Errorf("close test database: %v", err)
		}
	})
	return d
}
