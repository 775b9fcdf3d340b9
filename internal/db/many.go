package db

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

// Many is a statement that is meant for many rows at once, each engine's way.
// PostgreSQL gets one statement with an array for each column: however many rows
// there are it is the same text, and planned once. To SQLite, which is in the
// program, it is one statement a row.
//
// Make one with InsertMany or UpdateMany, as a package's variable.
type Many struct {
	one     string // for a single row
	arrays  string // for PostgreSQL
	columns []column
}

// column is a name with its type: TEXT, BIGINT or BOOLEAN.
type column struct{ name, kind string }

// InsertMany inserts rows; columns come with their types, "id TEXT, at BIGINT".
func InsertMany(table, columns string) *Many {
	m := &Many{columns: parseColumns(columns)}
	into := "INSERT INTO " + table + " (" + m.names(", ") + ") "
	m.one = into + "VALUES " + In(1, len(m.columns))
	m.arrays = into + "SELECT * FROM " + m.rows()
	return m
}

// UpdateMany updates of each row given the one that where's columns say, in set's
// columns. only is a further condition on the table, "" for none.
//
// PostgreSQL looks for = ANY row by row in an index. For = a plan that was made
// while the table was small, and is kept, reads all of it.
func UpdateMany(table, where, set, only string) *Many {
	keys := parseColumns(where)
	m := &Many{columns: append(keys, parseColumns(set)...)}
	if only != "" {
		only = " AND " + table + "." + only
	}
	m.one = "UPDATE " + table + " SET " + m.equal(len(keys), len(m.columns), ", ", "%[1]s = $%[2]d") +
		" WHERE " + m.equal(0, len(keys), " AND ", "%[1]s = $%[2]d") + only
	m.arrays = "UPDATE " + table + " SET " + m.equal(len(keys), len(m.columns), ", ", "%[1]s = given.c%[2]d") + " FROM " + m.rows() +
		" WHERE " + m.equal(0, len(keys), " AND ", table+".%[1]s = ANY (ARRAY[given.c%[2]d])") + only
	return m
}

func parseColumns(list string) (columns []column) {
	for _, part := range strings.Split(list, ",") {
		name, kind, ok := strings.Cut(strings.TrimSpace(part), " ")
		if !ok {
			panic(fmt.Sprintf("column %q has no type", part))
		}
		columns = append(columns, column{name, kind})
	}
	return columns
}

func (m *Many) names(between string) string {
	names := make([]string, len(m.columns))
	for i, c := range m.columns {
		names[i] = c.name
	}
	return strings.Join(names, between)
}

// equal is a format for each of some columns, of its name and its number.
func (m *Many) equal(from, to int, between, format string) string {
	var parts []string
	for i, c := range m.columns[from:to] {
		parts = append(parts, fmt.Sprintf(format, c.name, from+i+1))
	}
	return strings.Join(parts, between)
}

// rows are the rows as PostgreSQL makes a table of arrays.
func (m *Many) rows() string {
	var arrays, as []string
	for i, c := range m.columns {
		arrays = append(arrays, fmt.Sprintf("$%d::%s[]", i+1, c.kind))
		as = append(as, fmt.Sprintf("c%d", i+1))
	}
	return "unnest(" + strings.Join(arrays, ", ") + ") AS given (" + strings.Join(as, ", ") + ")"
}

// ExecMany runs m for the rows whose columns args are, one row after the other,
// and returns how many rows of the table it touched.
func (t *Tx) ExecMany(m *Many, args ...any) (int64, error) {
	width := len(m.columns)
	if len(args)%width != 0 {
		return 0, t.fail(fmt.Errorf("%d values are no rows of %d columns", len(args), width))
	}
	if t.dialect == postgresDialect && len(args) > width {
		return t.Exec(m.arrays, m.arraysOf(args)...)
	}
	var touched int64
	for ; len(args) > 0; args = args[width:] {
		n, err := t.Exec(m.one, args[:width]...)
		if err != nil {
			return 0, err
		}
		touched += n
	}
	return touched, nil
}

// arraysOf turns rows into columns.
func (m *Many) arraysOf(rows []any) []any {
	arrays := make([]any, len(m.columns))
	for i := range arrays {
		arrays[i] = array{rows, i, len(m.columns)}
	}
	return arrays
}

// array is one column of rows, as the driver reads arrays; nil is NULL.
type array struct {
	rows         []any
	place, width int
}

// Dimensions implements pgtype.ArrayGetter.
func (a array) Dimensions() []pgtype.ArrayDimension {
	return []pgtype.ArrayDimension{{Length: int32(len(a.rows) / a.width), LowerBound: 1}}
}

// Index implements pgtype.ArrayGetter.
func (a array) Index(i int) any { return a.rows[i*a.width+a.place] }

// IndexType implements pgtype.ArrayGetter: each value is of its own.
func (a array) IndexType() any { return nil }
