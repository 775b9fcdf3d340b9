// Package testkit is for tests only: fresh databases on both engines, and the
// test that holds the architecture.
//
// Its invariant: a test never passes because something was absent. Where
// PostgreSQL is missing, the test fails and says what to do.
//
//	testkit.Engines(t, func(t *testing.T, d *db.DB) {
//		err := d.Write(t.Context(), db.Shared, func(tx *db.Tx) error { … })
//		…
//	})
package testkit
