package db_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

func notify(t *testing.T, d *db.DB, topic string, payloads ...string) {
	t.Helper()
	write(t, d, func(tx *db.Tx) error {
		for _, p := range payloads {
			tx.Notify(topic, p)
		}
		return nil
	})
}

func wantEvent(t *testing.T, events <-chan db.Event, want db.Event) {
	t.Helper()
	if e, ok := next(t, events); !ok || e != want {
		t.Fatalf("event %v, %v; want %v", e, ok, want)
	}
}

func TestEventsComeAfterTheCommitAndOnlyThen(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		notes(t, d)
		events, _ := subscribe(t, d)
		_ = d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
			tx.Notify("notes", "rolled back")
			return errBoom
		})
		write(t, d, func(tx *db.Tx) error {
			tx.Notify("notes", "committed")
			tx.Notify("notes", "committed")
			select {
			case e := <-events:
				t.Errorf("event %v before the commit", e)
			default:
			}
			return insert(tx, "a", 1)
		})
		wantEvent(t, events, db.Event{Topic: "notes", Payload: "committed"})
		if got := read(t, d, ids); len(got) != 1 {
			t.Errorf("notes at the event: %v", got)
		}
		notify(t, d, "notes", "last")
		wantEvent(t, events, db.Event{Topic: "notes", Payload: "last"}) // so the doubled one came once
	})
}

func TestSubscriberGetsItsTopicsInOrder(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		events, end := subscribe(t, d, "jobs", "nodes")
		notify(t, d, "files", "1")
		notify(t, d, "jobs", "2", "3")
		notify(t, d, "nodes", "")
		for _, want := range []db.Event{{"jobs", "2"}, {"jobs", "3"}, {"nodes", ""}} {
			wantEvent(t, events, want)
		}
		end()
		end()
		if e, ok := next(t, events); ok {
			t.Errorf("event %v after the end", e)
		}
		notify(t, d, "jobs", "4")
	})
}

func TestManyLongEventsOfOneCommitComeInOrder(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		events, _ := subscribe(t, d, "jobs")
		var long []string
		for i := range 60 { // more than fits into one notification
			long = append(long, strings.Repeat("x", 300)+string(rune('0'+i)))
		}
		notify(t, d, "jobs", long...)
		for _, payload := range long {
			wantEvent(t, events, db.Event{Topic: "jobs", Payload: payload})
		}
	})
}

func TestSlowSubscriberIsToldToLookAtEverything(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		slow, _ := subscribe(t, d, "jobs")
		fast, _ := d.Subscribe("jobs", "end")
		many := strings.Fields(strings.Repeat("j ", 200))
		for i := range many {
			many[i] += strings.Repeat("i", i)
			notify(t, d, "jobs", many[i])
			wantEvent(t, fast, db.Event{Topic: "jobs", Payload: many[i]})
		}
		told, last := false, db.Event{}
		for last.Payload != many[len(many)-1] {
			last, _ = next(t, slow)
			told = told || last == db.Event{}
		}
		if !told {
			t.Error("nothing told of the lost events")
		}
	})
}

func TestProgramsOnOnePostgresHearEachOther(t *testing.T) {
	t.Parallel()
	url := testkit.Postgres(t)
	speaker, hearer := testkit.Open(t, url), testkit.Open(t, url)
	events, _ := subscribe(t, hearer)
	notify(t, speaker, "jobs", "job_1")
	wantEvent(t, events, db.Event{Topic: "jobs", Payload: "job_1"})

	exec(t, speaker, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`)
	wantEvent(t, events, db.Event{}) // connected again
	notify(t, speaker, "jobs", "job_2")
	wantEvent(t, events, db.Event{Topic: "jobs", Payload: "job_2"})

	exec(t, speaker, `SELECT pg_notify('remit', 'not ours')`)
	wantEvent(t, events, db.Event{})
}

func TestEventThatCannotBeSentFailsTheTransaction(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		for topic, payload := range map[string]string{"big": strings.Repeat("x", 8000), "": "no topic"} {
			err := d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
				tx.Notify(topic, payload)
				return nil
			})
			if err == nil {
				t.Errorf("event of topic %q was sent", topic)
			}
		}
		notify(t, d, "big", strings.Repeat("x", 7900))
	})
}

func TestCloseEndsSubscriptions(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		d := testkit.Open(t, url)
		events, _ := subscribe(t, d)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if e, ok := next(t, events); ok {
			t.Errorf("event %v after Close", e)
		}
		late, end := d.Subscribe()
		defer end()
		if e, ok := next(t, late); ok {
			t.Errorf("event %v of a closed database", e)
		}
	})
}
