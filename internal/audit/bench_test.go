package audit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/remit-server/remit/internal/audit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

const benchEntries = 100_000

// filled is a database with a log like a busy site's, sealed or not.
func filled(b *testing.B, d *db.DB, n int, seal bool) {
	b.Helper()
	for done := 0; done < n; {
		err := d.Write(b.Context(), db.Shared, func(tx *db.Tx) error {
			for i := 0; i < 10_000 && done < n; i++ {
				if err := audit.Append(tx, busy(done, i)); err != nil {
					return err
				}
				done++
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for seal && sealOnce(b, d, noon) {
	}
}

func busy(n, seq int) audit.Entry {
	return audit.Entry{At: noon.Add(time.Duration(n) * time.Millisecond), Seq: seq, ActorKind: "person", ActorID: "user_01k0abcdefghjkmnpqrstvwxyz",
		Actor: "ada.lovelace", Key: "key_01k0abcdefghjkmnpqrstvwxyz", Operation: "job.cancel", Project: "project_01k0abcdefghjkmnpqrstvw",
		Thing: fmt.Sprintf("job_01k0abcdefghjk%012d", n), Allowed: true, Rule: "R12", Permission: "", Detail: "attempt 1 on node worker-7: it was running",
		Request: "ABCDEFGHIJKLMNOP"}
}

func sealOnce(tb testing.TB, d *db.DB, at time.Time) (more bool) {
	tb.Helper()
	err := d.Write(tb.Context(), db.Shared, func(tx *db.Tx) (err error) {
		_, more, err = audit.SealBatch(tx, at)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return more
}

// BenchmarkVerify reads and checks a log of 100,000 entries.
func BenchmarkVerify(b *testing.B) {
	testkit.Benchmark(b, func(b *testing.B, d *db.DB) {
		filled(b, d, benchEntries, true)
		for b.Loop() {
			if v := verified(b, d, nil); !v.Intact || v.Entries != benchEntries {
				b.Fatalf("%+v", v)
			}
		}
		perEntry(b, benchEntries)
	})
}

// BenchmarkBareRead is BenchmarkVerify without the checks: its SQL and its scan.
func BenchmarkBareRead(b *testing.B) {
	testkit.Benchmark(b, func(b *testing.B, d *db.DB) {
		filled(b, d, benchEntries, true)
		for b.Loop() {
			n := 0
			err := d.Read(b.Context(), func(r db.Reader) error {
				return audit.EachSealed(r, audit.Before, audit.All, func(*audit.Entry) error { n++; return nil })
			})
			if err != nil || n != benchEntries {
				b.Fatal(n, err)
			}
		}
		perEntry(b, benchEntries)
	})
}

// BenchmarkSeal seals a backlog, batch by batch.
func BenchmarkSeal(b *testing.B) {
	testkit.Benchmark(b, func(b *testing.B, d *db.DB) {
		n := 0
		for b.Loop() {
			b.StopTimer()
			filled(b, d, benchEntries/5, false)
			b.StartTimer()
			for sealOnce(b, d, noon) {
			}
			n++
		}
		perEntry(b, benchEntries/5)
	})
}

func perEntry(b *testing.B, entries int) {
	all := float64(b.N) * float64(entries)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/all, "ns/entry")
	b.ReportMetric(all/b.Elapsed().Seconds(), "entries/s")
}
