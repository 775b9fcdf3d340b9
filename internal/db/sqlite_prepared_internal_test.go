package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// numbered counts the numbered placeholders that come to a connection of SQLite,
// which takes the square of their number to read them.
type numbered struct {
	sqliteConn
	came *int
}

func (n numbered) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	*n.came += strings.Count(query, "$")
	return n.sqliteConn.ExecContext(ctx, query, args)
}

func (n numbered) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	*n.came += strings.Count(query, "$")
	return n.sqliteConn.QueryContext(ctx, query, args)
}

// counting connects to such connections.
type counting struct {
	preparing
	came *int
}

func (c counting) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.preparing.Connect(ctx)
	if err == nil {
		p := conn.(*preparedConn)
		p.sqliteConn = numbered{p.sqliteConn, c.came}
	}
	return conn, err
}

// lone is a pool of one connection to a database in memory.
func lone(t testing.TB) (pool *sql.DB, came *int) {
	t.Helper()
	of, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	came = new(int)
	pool = sql.OpenDB(counting{preparing{of.Driver(), ":memory:"}, came})
	pool.SetMaxOpenConns(1)
	t.Cleanup(func() { _, _ = of.Close(), pool.Close() })
	return pool, came
}

// long is a text that gives its first and last argument, and how many and which is
// the greatest of those that are not the second.
func long(n int) (query string, args []any) {
	for i := range n {
		args = append(args, i*10)
	}
	return `SELECT $1 + 0, ` + strings.Trim(In(n, 1), "()") + ` + 0, count(*), max(x)
		FROM (WITH RECURSIVE tens (x) AS (SELECT 0 UNION ALL SELECT x + 10 FROM tens WHERE x < 200000) SELECT x FROM tens)
		WHERE x <> $2 AND x IN ` + In(1, n), args
}

func TestALongStatementIsBoundByPlaceAndGivesTheSame(t *testing.T) {
	t.Parallel()
	pool, came := lone(t)
	for _, n := range []int{3, 5000, 20000} {
		query, args := long(n)
		if n > 3 && len(query) <= maxText {
			t.Fatalf("a text of %d is kept", n)
		}
		var got [4]int
		if err := pool.QueryRow(query, args...).Scan(&got[0], &got[1], &got[2], &got[3]); err != nil {
			t.Fatalf("%d placeholders: %v", n, err)
		}
		if diff := cmp.Diff([4]int{0, (n - 1) * 10, n - 1, (n - 1) * 10}, got); diff != "" {
			t.Errorf("%d placeholders (-want +got):\n%s", n, diff)
		}
		if _, err := pool.Exec(`CREATE TABLE IF NOT EXISTS some AS `+query, args...); err != nil {
			t.Errorf("%d placeholders executed: %v", n, err)
		}
	}
	if *came != 0 {
		t.Errorf("the driver was given %d numbered placeholders", *came)
	}
}

func TestANumberMayStandInMorePlacesThanThereArePlaceholders(t *testing.T) {
	t.Parallel()
	pool, _ := lone(t)
	query := `SELECT $2 FROM (SELECT 1) WHERE 1 IN (` + strings.Repeat("$1,", maxPlaceholders) + `$1)`
	var got string
	if err := pool.QueryRow(query, 1, "all of them").Scan(&got); err != nil || got != "all of them" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestATextWhoseRowsAreBeingReadIsAskedAgainWithItsArguments(t *testing.T) {
	t.Parallel()
	pool, came := lone(t)
	conn, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const query = `SELECT $2 || $1 UNION ALL SELECT 'end'`
	outer, err := conn.QueryContext(t.Context(), query, "a", "b")
	if err != nil || !outer.Next() {
		t.Fatal("the first has no row:", err)
	}
	defer outer.Close()
	var first, second string
	if err := conn.QueryRowContext(t.Context(), query, "c", "d").Scan(&second); err != nil {
		t.Fatal(err)
	}
	if err := outer.Scan(&first); err != nil || first != "ba" || second != "dc" || *came != 0 {
		t.Errorf("%q and %q, %v, %d numbered", first, second, err, *came)
	}
}

// BenchmarkLongStatements shows what a placeholder costs: the same of few and of many.
func BenchmarkLongStatements(b *testing.B) {
	for n, name := range map[int]string{2000: "2000", 20000: "20000"} {
		b.Run(name, func(b *testing.B) {
			pool, _ := lone(b)
			query, args := long(n)
			for b.Loop() {
				var got [4]int
				if err := pool.QueryRow(query, args...).Scan(&got[0], &got[1], &got[2], &got[3]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/placeholder")
		})
	}
}
