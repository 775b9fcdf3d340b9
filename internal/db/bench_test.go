package db_test

import (
	"strconv"
	"testing"

	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

func BenchmarkWrite(b *testing.B) {
	testkit.Benchmark(b, func(b *testing.B, d *db.DB) {
		notes(b, d)
		for i := 0; b.Loop(); i++ {
			write(b, d, func(tx *db.Tx) error { return insert(tx, strconv.Itoa(i), i) })
		}
	})
}

func BenchmarkRead(b *testing.B) {
	testkit.Benchmark(b, func(b *testing.B, d *db.DB) {
		for b.Loop() {
			read(b, d, policyVersion)
		}
	})
}
