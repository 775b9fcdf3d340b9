package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/remit-server/remit"
)

// IsUnique says whether err is a broken UNIQUE or PRIMARY KEY constraint.
func IsUnique(err error) bool {
	return isPostgresCode(err, "23505") ||
		isSQLiteCode(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// IsCheck says whether err is a broken CHECK constraint.
func IsCheck(err error) bool {
	return isPostgresCode(err, "23514") || isSQLiteCode(err, sqlite3.SQLITE_CONSTRAINT_CHECK)
}

// IsForeignKey says whether err is a reference to a row that is not there, or
// the deletion of one that is referred to.
func IsForeignKey(err error) bool {
	return isPostgresCode(err, "23503") || isSQLiteCode(err, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY)
}

// unavailable gives err the kind that says "try again later" when that may
// help. An error that already has a kind, and one of ctx, stay as they are.
func unavailable(err error) error {
	if err == nil || hasKind(err) || errors.Is(err, context.Canceled) || !passing(err) {
		return err
	}
	e := remit.Errorf(remit.Unavailable, "The database cannot be used now: %w", err)
	return e.WithHint("Try again in a moment. If it stays so, see that the database runs, can be reached and has space.")
}

func hasKind(err error) bool {
	_, ok := errors.AsType[*remit.Error](err)
	return ok
}

// passing says whether err comes from the state of the database and not from
// what it was asked.
func passing(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return passingPostgres(e.Code)
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return passingSQLite(e.Code() & 0xff)
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	_, network := errors.AsType[*net.OpError](err)
	return network || errors.Is(err, driver.ErrBadConn)
}

// passingPostgres knows the classes 08 (connection), 53 (out of space, memory,
// connections), 57P (shutdown), 58 (system) and 40 (rolled back by a deadlock
// or a serialization failure).
func passingPostgres(code string) bool {
	return len(code) == 5 && (slices.Contains([]string{"08", "53", "58", "40"}, code[:2]) || code[:3] == "57P")
}

func passingSQLite(code int) bool {
	return slices.Contains([]int{sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL,
		sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}, code)
}

func isPostgresCode(err error, code string) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == code
}

// isBusy says whether another program holds a lock of the SQLite file. The
// low byte of a code is the plain one.
func isBusy(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

func isSQLiteCode(err error, codes ...int) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && slices.Contains(codes, e.Code())
}
