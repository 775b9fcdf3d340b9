package db

import (
	"database/sql"
	"strconv"
	"strings"
)

// ErrNoRows says that a query found nothing. Features turn it into
// remit.NotFound with the name of the thing.
var ErrNoRows = sql.ErrNoRows

// Scanner is a row to scan: *sql.Row or *sql.Rows.
type Scanner interface{ Scan(dest ...any) error }

// Rows collects all rows of a query. The slice is empty, not nil, when there
// are none, so that it is [] in JSON.
//
//	func scanProject(s db.Scanner, p *remit.Project) error {
//		return s.Scan(&p.ID, &p.Name, db.Time(&p.CreatedAt))
//	}
//	projects, err := db.Rows(r, scanProject, `SELECT id, name, created_at FROM projects ORDER BY id`)
func Rows[T any](r Reader, scan func(Scanner, *T) error, query string, args ...any) ([]T, error) {
	found := []T{}
	err := Each(r, func(s Scanner) error {
		var one T
		if err := scan(s, &one); err != nil {
			return err
		}
		found = append(found, one)
		return nil
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Each calls scan for every row of a query and keeps nothing, for results that
// are large or that are sorted into something as they come.
func Each(r Reader, scan func(Scanner) error, query string, args ...any) error {
	rows, err := r.Query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return r.fail(rows.Err())
}

// One returns the first row of a query, or ErrNoRows.
func One[T any](r Reader, scan func(Scanner, *T) error, query string, args ...any) (T, error) {
	var one, zero T
	if err := scan(r.QueryRow(query, args...), &one); err != nil {
		return zero, r.fail(err)
	}
	return one, nil
}

// Value scans a row of one column, for Rows and One:
//
//	ids, err := db.Rows(r, db.Value[remit.JobID], `SELECT id FROM jobs ORDER BY id`)
func Value[T any](s Scanner, dst *T) error { return s.Scan(dst) }

// In returns a list of n placeholders from $start on: In(3, 3) is
// "($3,$4,$5)". In(3, 0) is "(NULL)", which is true for no row (nor is NOT IN
// of it). Both engines take about 30 000 placeholders in one statement.
//
//	`SELECT … WHERE state = $1 AND id IN ` + db.In(2, len(ids))
func In(start, n int) string {
	if n <= 0 {
		return "(NULL)"
	}
	var b strings.Builder
	for i := range n {
		b.WriteString(",$" + strconv.Itoa(start+i))
	}
	return "(" + b.String()[1:] + ")"
}

// Among is In for values. It says the last one again until there are a power of
// two, which changes nothing and keeps the texts few that an engine has prepared.
func Among[T any](start int, values []T) (list string, args []any) {
	n := 0
	for ; len(values) > n; n = max(1, 2*n) {
	}
	for i := range n {
		args = append(args, values[min(i, len(values)-1)])
	}
	return In(start, n), args
}
