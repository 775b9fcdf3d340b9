package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite", without cgo

	"github.com/remit-server/remit"
)

// sqlitePragmas hold for every connection. synchronous(full) because an
// acknowledged write must outlive a power cut; busy_timeout (ms) is how long
// one program waits for another's transaction.
var sqlitePragmas = []string{
	"busy_timeout(10000)",
	"journal_mode(wal)",
	"synchronous(full)",
	"foreign_keys(on)",
	"temp_store(memory)",
	"journal_size_limit(67108864)",
}

// sqlitePath returns the absolute path of the file that dburl names, links
// resolved: one file has one path.
func sqlitePath(dburl string) (string, error) {
	path, err := namedPath(dburl)
	if err != nil {
		return "", err
	}
	if path, err = resolved(path); err != nil {
		return "", fmt.Errorf("looking for the database file: %w", err)
	}
	return path, nil
}

// resolved follows links like filepath.EvalSymlinks, also to what is not there
// yet: SQLite would make the file where they lead.
func resolved(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return real, err
	}
	dir, err := resolved(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, filepath.Base(path))
	to, err := os.Readlink(path)
	switch {
	case err != nil: // nothing of that name
		return path, nil
	case filepath.IsAbs(to):
		return resolved(to)
	}
	return resolved(filepath.Join(dir, to))
}

func namedPath(dburl string) (string, error) {
	if rest, ok := strings.CutPrefix(dburl, "sqlite://"); ok {
		if !strings.HasPrefix(rest, "/") {
			return "", badURL("needs an absolute path after sqlite://")
		}
		return filepath.Clean(rest), nil
	}
	if scheme, _, ok := strings.Cut(dburl, "://"); ok {
		return "", badURL("has the unknown scheme " + scheme)
	}
	if dburl == "" {
		return "", badURL("is empty")
	}
	return filepath.Abs(dburl)
}

func badURL(why string) error {
	return remit.Errorf(remit.Invalid, "The database address %s.", why).
		WithHint("Use postgres://user@host/name, sqlite:///absolute/path/remit.db or a path.")
}

func connectSQLite(ctx context.Context, path string) (*DB, error) {
	if err := createPrivate(path); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	writer, err := openSQLite(path, 1, "immediate")
	if err != nil {
		return nil, err
	}
	reader, err := openSQLite(path, max(4, 2*runtime.NumCPU()), "deferred", "query_only(on)")
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	d := newDB(sqliteDialect, writer, reader)
	if err = firstPing(ctx, writer); err == nil {
		err = reader.PingContext(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), d.Close())
	}
	return d, nil
}

// firstPing connects, which turns a new file to WAL. When another program does
// so at the same moment, SQLite says "busy" without waiting for busy_timeout
// (waiting could deadlock), so the waiting is done here, for as long.
func firstPing(ctx context.Context, pool *sql.DB) error {
	const pause, tries = 20 * time.Millisecond, 500
	for range tries {
		if err := pool.PingContext(ctx); !isBusy(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
	return pool.PingContext(ctx)
}

// createPrivate makes the file, and its directory when that is absent, for the
// owner only; SQLite gives its side files the mode of the main one.
func createPrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func openSQLite(path string, conns int, txlock string, pragmas ...string) (*sql.DB, error) {
	query := url.Values{"_txlock": {txlock}, "_pragma": append(sqlitePragmas[:len(sqlitePragmas):len(sqlitePragmas)], pragmas...)}
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: query.Encode()}
	pool, err := openPrepared(dsn.String())
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return pool, nil
}
