package db_test

import (
	"testing"

	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

func lead(t *testing.T, d *db.DB, name string) (func(), bool) {
	t.Helper()
	release, ok, err := d.TryLeader(t.Context(), name)
	if err != nil {
		t.Fatalf("TryLeader: %v", err)
	}
	t.Cleanup(release)
	return release, ok
}

func TestLeaderCanWork(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		release, ok := lead(t, d, "sweeper")
		if !ok {
			t.Error("nobody else leads, and yet refused")
		}
		notes(t, d)
		release()
		release()
		if _, ok := lead(t, d, "sweeper"); !ok {
			t.Error("refused after the release")
		}
	})
}

func TestOneProgramLeadsOnPostgres(t *testing.T) {
	t.Parallel()
	url := testkit.Postgres(t)
	a, b := testkit.Open(t, url), testkit.Open(t, url)
	release, _ := lead(t, a, "sweeper")
	if _, ok := lead(t, b, "sweeper"); ok {
		t.Error("two lead at once")
	}
	if _, ok := lead(t, b, "scheduler"); !ok {
		t.Error("another name is refused too")
	}
	release()
	if _, ok := lead(t, b, "sweeper"); !ok {
		t.Error("refused after the other's release")
	}
}
