package db

import (
	"context"
	"fmt"
)

// What PRAGMA optimize is to do.
const (
	analyze    = 0x2
	sample     = 0x10    // looking at a part of large tables
	everyTable = 0x10000 // also those that this connection did not ask
)

// Measure renews what SQLite knows of how its tables are filled, by which it
// plans queries: of those that have grown or shrunk a lot since, of large ones
// by a sample. Writers wait for it. Connections that read just then learn of it
// the next time. PostgreSQL does all this by itself. The error is Unavailable.
func (d *DB) Measure(ctx context.Context) error {
	if d.dialect != sqliteDialect {
		return nil
	}
	if _, err := d.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA optimize(%d)", analyze|sample|everyTable)); err != nil {
		return unavailable(fmt.Errorf("measuring the tables: %w", err))
	}
	d.reader.SetMaxIdleConns(0) // closes those that know the old figures
	d.reader.SetMaxIdleConns(readers())
	return nil
}
