package notify_test

import (
	"log/slog"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/notify"
	"github.com/remit-server/remit/internal/outward"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// rename takes the tables of notifications away, or brings them back.
func rename(t *testing.T, d *db.DB, from, to string) {
	t.Helper()
	must(t, d.Write(t.Context(), db.Exclusive, func(tx *db.Tx) error {
		for _, table := range []string{"tellings", "deliveries", "deliveries_by_default"} {
			if _, err := tx.Exec("ALTER TABLE " + from + table + " RENAME TO " + to + table); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestWhereNobodyWantsToKnowATransitionAsksTheDatabaseNothing(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.tells("tidy", remit.JobFailed)
		w.tells("ml", remit.JobSucceeded)
		w.webhook(w.max, notify.NewWebhook{Type: "tidy"})
		w.notifies(w.bob, notify.NewNotification{})
		w.notifies(w.ada, notify.NewNotification{States: []remit.JobState{remit.JobCancelled}})
		w.fails(w.ada, "night", "x")
		rename(t, d, "", "away_")
		w.fails(w.ada, "night", "x")
		rename(t, d, "away_", "")
		if n := w.send(); n != 0 {
			t.Errorf("%d messages", n)
		}
	})
}

// Two servers work on one database.
func TestWhatIsWantedCountsWithTheNextTransitionInEveryProcess(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		other := gate.New(d, projects.PolicySource{}, w.clock.now, slog.New(slog.DiscardHandler))
		there := notify.New(other, notify.Options{Jobs: jobs.New(other, jobs.Options{}), Seal: w.ring, Web: outward.NewWeb(outward.WebOptions{}), Mail: w.post.open(t),
			Log: slog.New(slog.DiscardHandler)})
		w.fails(w.ada, "before", "x")
		made, err := there.CreateNotification(t.Context(), w.ada, notify.NewNotification{})
		must(t, err)
		w.fails(w.ada, "told", "x")
		if n, got := w.send(), w.post.taken(); n != 1 || len(got) != 1 || got[0].subject != "told (ml) in moths failed" {
			t.Errorf("%d: %+v", n, got)
		}
		must(t, there.DeleteNotification(t.Context(), w.ada, made.ID))
		w.fails(w.ada, "after", "x")
		if n := w.send(); n != 0 {
			t.Errorf("%d messages after the end", n)
		}
	})
}

func TestAJobThatIsDeletedBeforeItIsToldOfIsNotTold(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.webhook(w.max, notify.NewWebhook{})
		job := w.fails(w.ada, "night", "x")
		w.must(w.jobs.Delete(t.Context(), w.max, job.ID))
		if n := w.send(); n != 0 {
			t.Errorf("%d messages", n)
		}
	})
}
