package audit_test

import (
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/internal/audit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 123_000, time.UTC)

func appendAll(t *testing.T, d *db.DB, entries ...audit.Entry) {
	t.Helper()
	err := d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
		for i, e := range entries {
			e.Seq = i
			if err := audit.Append(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func history(t *testing.T, d *db.DB, thing string) []audit.Entry {
	t.Helper()
	var found []audit.Entry
	err := d.Read(t.Context(), func(r db.Reader) (err error) {
		found, err = audit.History(r, thing)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func entry(detail string) audit.Entry {
	return audit.Entry{At: noon, ActorKind: "person", Thing: "j", Allowed: true, Detail: detail}
}

func TestAnEntryComesBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		e := audit.Entry{At: noon, ActorKind: "node", ActorID: "n1", Actor: "Näme", Key: "k", Operation: "job.finish", Project: "p",
			Thing: "j", Allowed: true, Rule: "R6", Permission: "job:work", Detail: "done", Request: "r"}
		appendAll(t, d, e)
		if diff := cmp.Diff([]audit.Entry{e}, history(t, d, "j")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestAHistoryIsOfOneThingWithoutRefusals(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		other, refused := entry("other"), entry("refused")
		other.Thing, refused.Allowed = "k", false
		appendAll(t, d, other, refused)
		if diff := cmp.Diff([]audit.Entry{}, history(t, d, "j")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// The clock may stand still between two changes; their order must not be lost.
func TestEntriesOfOneMomentKeepTheOrderInWhichTheyWereWritten(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		var want []string
		for i := range 20 {
			appendAll(t, d, entry(strconv.Itoa(i)), entry(strconv.Itoa(i)+"b"))
			want = append(want, strconv.Itoa(i), strconv.Itoa(i)+"b")
		}
		late := entry("a later moment")
		late.At = noon.Add(time.Microsecond)
		early := entry("an earlier moment, written last")
		early.At = noon.Add(-time.Microsecond)
		appendAll(t, d, late)
		appendAll(t, d, early)
		want = slices.Concat([]string{early.Detail}, want, []string{late.Detail})
		var got []string
		for _, e := range history(t, d, "j") {
			got = append(got, e.Detail)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestEntriesWrittenAtOnceAreAllThere(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { appendAll(t, d, entry("x"), entry("y")) })
		}
		all.Wait()
		if n := len(history(t, d, "j")); n != 16 {
			t.Errorf("%d entries, want 16", n)
		}
	})
}

func TestAnEntryGoesWithItsTransaction(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
			if err := audit.Append(tx, entry("never")); err != nil {
				return err
			}
			wrong := entry("an actor of no kind")
			wrong.ActorKind = "ghost"
			return audit.Append(tx, wrong)
		})
		if !db.IsCheck(err) {
			t.Errorf("got %v", err)
		}
		if n := len(history(t, d, "j")); n != 0 {
			t.Errorf("%d entries, want none", n)
		}
	})
}
