package db

import (
	"context"
	"fmt"
)

// Measure renews what SQLite knows of how its tables are filled, by which it
// plans queries. It looks at the tables that have grown or shrunk a lot, and
// at a part of large ones, so it never takes long. PostgreSQL does so by
// itself. (0x10002: PRAGMA optimize of all tables, with a limit.)
func (d *DB) Measure(ctx context.Context) error {
	if d.dialect != sqliteDialect {
		return nil
	}
	if _, err := d.writer.ExecContext(ctx, "PRAGMA optimize(0x10002)"); err != nil {
		return unavailable(fmt.Errorf("measuring the tables: %w", err))
	}
	return nil
}
