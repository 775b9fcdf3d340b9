package gate_test

import (
	"log/slog"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/testkit"
)

// bench measures fn on both engines: the gate beside the bare database.
func bench(b *testing.B, fn func(b *testing.B, d *db.DB, g *gate.Gate)) {
	b.Helper()
	testkit.Benchmark(b, func(b *testing.B, d *db.DB) {
		store(b, d, policy())
		g := gate.New(d, rights{new(atomic.Int64)}, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
		b.ReportAllocs()
		fn(b, d, g)
	})
}

func countNotes(r db.Reader) (int, error) {
	return db.One(r, db.Value[int], `SELECT COUNT(*) FROM notes`)
}

func BenchmarkBareRead(b *testing.B) {
	bench(b, func(b *testing.B, d *db.DB, _ *gate.Gate) {
		for b.Loop() {
			err := d.Read(b.Context(), func(r db.Reader) error {
				_, err := countNotes(r)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkView(b *testing.B) {
	bench(b, func(b *testing.B, _ *db.DB, g *gate.Gate) {
		q := gate.Query[int]{
			Name: "job.read",
			On:   func(*gate.Reader) (authz.Resource, error) { return p1("ada"), nil },
			Read: func(r *gate.Reader) (int, error) {
				r.Can("job.cancel", p1("dan"))
				return countNotes(r)
			},
		}
		for b.Loop() {
			if _, err := gate.View(b.Context(), g, person("dan"), q); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkBareWrite(b *testing.B) {
	bench(b, func(b *testing.B, d *db.DB, _ *gate.Gate) {
		for i := 0; b.Loop(); i++ {
			err := d.Write(b.Context(), db.Shared, func(tx *db.Tx) error {
				_, err := tx.Exec(`INSERT INTO notes (id) VALUES ($1)`, strconv.Itoa(i))
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDoWithoutAudit(b *testing.B) { benchDo(b, n1, "job.heartbeat") }

func BenchmarkDo(b *testing.B) { benchDo(b, person("sue"), "job.create") }

func benchDo(b *testing.B, who authz.Subject, operation string) {
	bench(b, func(b *testing.B, _ *db.DB, g *gate.Gate) {
		on := p1("dan")
		on.Facts = authz.HoldsLock
		for i := 0; b.Loop(); i++ {
			if _, err := gate.Do(b.Context(), g, who, note(operation, on, strconv.Itoa(i))); err != nil {
				b.Fatal(err)
			}
		}
	})
}
