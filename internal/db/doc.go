// Package db runs one SQL text on two engines: SQLite for one machine, and
// PostgreSQL for several servers on one database.
//
// Its invariant: what a Write acknowledged is durable, what it did not is
// gone, and both engines agree on which is which. So a transaction in which a
// statement failed can only roll back (PostgreSQL insists on it; here SQLite
// does too), and events and OnCommit functions happen after the commit or not
// at all.
//
//	d, err := db.Open(ctx, "sqlite:///var/lib/remit/remit.db")
//	err = d.Write(ctx, db.Shared, func(tx *db.Tx) error {
//		_, err := tx.Exec(`UPDATE jobs SET state = $1 WHERE id = $2`, "queued", id)
//		tx.Notify("jobs", string(id))
//		return err
//	})
//
// SQL that runs on both: $1 placeholders (CAST($1 AS TEXT) where nothing else
// tells the type, as in $1 IS NULL), TEXT, BIGINT and BOOLEAN columns, times
// as microseconds UTC (Micros, Time), JSON as TEXT (JSON, FromJSON), and
// ON CONFLICT DO NOTHING instead of trying and recovering. PostgreSQL refuses
// text with a NUL byte or invalid UTF-8, so clean foreign text before.
//
// Errors: ErrNoRows for no row; IsUnique, IsCheck and IsForeignKey for broken
// constraints; a *remit.Error of kind Unavailable when the database cannot be
// reached, is full, shutting down or stayed locked too long. Anything else is
// a fault of the program.
package db
