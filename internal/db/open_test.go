package db_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

func policyVersion(r db.Reader) (string, error) {
	return db.One(r, db.Value[string], `SELECT value FROM meta WHERE key = $1`, "policy_version")
}

func TestOpenMigratesAndKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		first := testkit.Open(t, url)
		if got := read(t, first, policyVersion); got != "0" {
			t.Errorf("policy_version is %q, want 0", got)
		}
		exec(t, first, `UPDATE meta SET value = '7' WHERE key = 'policy_version'`)
		if got := read(t, testkit.Open(t, url), policyVersion); got != "7" {
			t.Errorf("after reopening policy_version is %q, want 7", got)
		}
	})
}

func TestProgramsThatStartTogetherMigrateOnce(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		if strings.HasPrefix(url, "postgres") {
			exec(t, testkit.Open(t, url), `DROP SCHEMA public CASCADE`, `CREATE SCHEMA public`)
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				d, err := db.Open(t.Context(), url)
				if err != nil {
					t.Errorf("Open: %v", err)
					return
				}
				if err := d.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
		}
		all.Wait()
		if got := read(t, testkit.Open(t, url), policyVersion); got != "0" {
			t.Errorf("policy_version is %q, want 0", got)
		}
	})
}

func TestDatabaseOfANewerProgramIsRefused(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		exec(t, testkit.Open(t, url), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`)
		if _, err := db.Open(t.Context(), url); remit.KindOf(err) != remit.Conflict {
			t.Errorf("Open: %v, want a conflict", err)
		}
	})
}

func TestSQLiteFileIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "a b?#%41.db")
	notes(t, testkit.Open(t, path))
	want := map[string]fs.FileMode{filepath.Dir(path): 0o700 | fs.ModeDir, path: 0o600, path + "-wal": 0o600}
	for name, mode := range want {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != mode {
			t.Errorf("mode of %s is %v, want %v", name, info.Mode(), mode)
		}
	}
}

func TestSQLiteKeepsWhatItAcknowledged(t *testing.T) {
	t.Parallel()
	d := testkit.Open(t, testkit.SQLite(t))
	ask := func(r db.Reader) ([]string, error) {
		return db.Rows(r, db.Value[string], `SELECT journal_mode FROM pragma_journal_mode
			UNION ALL SELECT synchronous FROM pragma_synchronous UNION ALL SELECT foreign_keys FROM pragma_foreign_keys`)
	}
	want := []string{"wal", "2", "1"} // 2 is full
	if diff := cmp.Diff(want, read(t, d, ask)); diff != "" {
		t.Errorf("reader (-want +got):\n%s", diff)
	}
	write(t, d, func(tx *db.Tx) error {
		got, err := ask(tx)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("writer (-want +got):\n%s", diff)
		}
		return err
	})
}

func TestOneSQLiteFileHasOnePath(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	at := func(names ...string) string { return filepath.Join(dir, filepath.Join(names...)) }
	err = errors.Join(os.Mkdir(at("data"), 0o700), os.WriteFile(at("data", "remit.db"), nil, 0o600), os.Symlink(at("data"), at("to")),
		os.Symlink("data/remit.db", at("there")), os.Symlink(at("to", "later.db"), at("absolute")), os.Symlink("to/../data/later.db", at("relative")))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"data/remit.db": "data/remit.db", "to/remit.db": "data/remit.db", "there": "data/remit.db",
		"to/later.db": "data/later.db", "absolute": "data/later.db", "relative": "data/later.db", "to/new/later.db": "data/new/later.db",
	} {
		if got, ok, err := db.File("sqlite://" + at(name)); got != at(want) || !ok || err != nil {
			t.Errorf("%s is %s (%t, %v), want %s", name, got, ok, err, at(want))
		}
	}
	if err := os.Symlink(at("round"), at("round")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.File(at("round")); err == nil {
		t.Error("a link that leads to itself names a file")
	}
}

func TestOpenRefusesBadAddresses(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "sqlite://relative.db", "mysql://root:secret@localhost/x", "postgres://root:secret@localhost:port/x"} {
		_, err := db.Open(t.Context(), url)
		if remit.KindOf(err) != remit.Invalid {
			t.Errorf("Open(%q): %v, want invalid", url, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("Open(%q) tells the password: %v", url, err)
		}
	}
}

func TestUnreachableDatabaseIsUnavailable(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := db.Open(t.Context(), "postgres://root:secret@127.0.0.1:1/x?sslmode=disable")
	if remit.KindOf(err) != remit.Unavailable || strings.Contains(err.Error(), "secret") {
		t.Errorf("Open of a closed port: %v, want unavailable", err)
	}
	if _, err := db.Open(t.Context(), file); err == nil {
		t.Error("a file that is no database was opened")
	}
}

func TestCloseTwiceIsFine(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		d, err := db.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := d.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		if err := d.Read(t.Context(), func(db.Reader) error { return nil }); err == nil {
			t.Error("Read after Close works")
		}
	})
}
