package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

// Two servers on one database look at the same clock, and each has its loop.
func TestTwoServersMakeOneJobOfASchedule(t *testing.T) {
	t.Parallel()
	db, at := testkit.Postgres(t), &clock{}
	at.set(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	a := serve(t, db, func(o *server.Options, _ map[string][]string) { o.Now = at.now })
	opts := plainOptions(t.TempDir(), db)
	opts.Now = at.now
	other, err := server.New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	a.background("the other server", other.Run)
	s := into[remit.Schedule](t, a.call("root", "POST", "/api/v1/projects/moths/schedules", client.NewSchedule{Cron: "* * * * *", Job: remit.JobSpec{Type: "scan"}}), 201)
	for n := 1; n <= 3; n++ {
		at.set(at.now().Add(time.Minute))
		if fired := a.firings(s.ID, n); len(fired) != n || fired[0].Job == "" {
			t.Fatalf("after %d minutes it fired %+v", n, fired)
		}
	}
	for _, server := range []*server.Server{a.server, other} {
		if n, err := server.Schedules.Fire(t.Context()); n != 0 || err != nil {
			t.Errorf("%d jobs more: %v", n, err)
		}
	}
	if jobs := into[remit.Page[remit.Job]](t, a.call("root", "GET", "/api/v1/projects/moths/jobs?type=scan", nil), 200); len(jobs.Items) != 3 {
		t.Errorf("%d jobs were made", len(jobs.Items))
	}
}

// firings waits until there are n.
func (w *world) firings(id remit.ScheduleID, n int) (fired []remit.Firing) {
	w.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if fired = into[remit.Page[remit.Firing]](w.t, w.call("root", "GET", "/api/v1/schedules/"+string(id)+"/firings", nil), 200).Items; len(fired) >= n {
			break
		}
	}
	return fired
}

func TestAScheduleIsRefusedWithThePlaceThatIsWrong(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	for body, field := range map[string]string{
		`{"cron":"30 2 30 2 *","job":{"type":"scan"}}`:                  "cron",
		`{"cron":"@daily","zone":"Mars/Olympus","job":{"type":"scan"}}`: "zone",
		`{"cron":"@daily","job":{"type":"scan","params":{"x":1}}}`:      "job.params",
		`{"cron":"@daily","job":{"type":"scan"},"missed":"twice"}`:      "body.missed",
		`{"cron":"@daily","job":{"type":"scan"},"overlap":"wait"}`:      "body.overlap",
		`{"cron":"@daily","job":{"type":"scan","needs":["x"]}}`:         "job.needs",
		`{"cron":"@daily"}`: "body",
		`{"cron":"@daily","job":{"type":"scan"},"owner":"root"}`:            "body.owner",
		`{"cron":"@daily","job":{"type":"scan"},"title":"a\u0000b"}`:        "location\":\"body",
		`{"cron":"@daily\u0000","job":{"type":"scan"}}`:                     "location\":\"body",
		`{"cron":"@daily","zone":"UTC\u0000","job":{"type":"scan"}}`:        "location\":\"body",
		`{"cron":"@daily","job":{"type":"scan","name":"{date} \u0000"}}`:    "location\":\"body",
		`{"cron":"@daily","job":{"type":"scan","args":["--follow-links"]}}`: "job.args",
		`{"cron":"@daily","job":{"type":"scan","priority":101}}`:            "job.priority",
		`{"cron":"@daily","job":{"type":"scan","on":{"file":"x"}}}`:         "job.on",
		`{"cron":"@daily","cron":"@hourly","job":{"type":"scan"}}`:          "body.cron",
	} {
		r := w.call("root", "POST", "/api/v1/projects/moths/schedules", body)
		if r.status != 422 || !strings.Contains(string(r.body), `"`+field) {
			t.Errorf("%s: %d %s, want 422 with %s", body, r.status, r.body, field)
		}
	}
	if list := listOf(w, "root", "/api/v1/projects/moths/schedules"); len(list.Items) != 0 {
		t.Errorf("what was refused is there: %+v", list.Items)
	}
}
