package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/remit-server/remit"
)

func TestAFormMakesASchedule(t *testing.T) {
	t.Parallel()
	w := serve(t)
	w.declare("count", `{"type":"object","required":["limit"],"properties":{"limit":{"type":"integer","maximum":5}}}`, "none", "collection")
	b := w.as("root")
	at, list := "/projects/moths/schedule/count", "/projects/moths/schedules"
	if body := b.page(list); !strings.Contains(body, `href="`+at+`"`) {
		t.Errorf("the list does not lead to the form:\n%s", body)
	}
	if body := b.page("/projects/moths/collections/" + string(w.night)); !strings.Contains(body, at+"?collection="+string(w.night)) {
		t.Errorf("the collection does not lead to the form:\n%s", body)
	}
	right := map[string]string{"collection": string(w.night), "title": "Nightly", "cron": "30 2 * * *", "zone": "Europe/Berlin", "missed": "once", "overlap": "replace",
		"params.limit": "4", "name": "night {date}", "priority": "3"}
	for field, value := range map[string]string{"cron": "30 2 30 2 *", "zone": "Mars/Olympus", "params.limit": "6", "name": "a/b", "overlap": "wait"} {
		typed := []string{field, value}
		for name, value := range right {
			if name != field {
				typed = append(typed, name, value)
			}
		}
		got := b.post(at, typed...)
		if got.StatusCode != http.StatusUnprocessableEntity || strings.Count(got.body, `aria-invalid="true"`) != 1 || !strings.Contains(got.body, `value="Nightly"`) ||
			!strings.Contains(got.body, `<option value="once" selected>`) {
			t.Errorf("%s = %q is answered %s:\n%s", field, value, got.Status, got.body)
			continue
		}
		_, tag, _ := strings.Cut(got.body, ` name="`+field+`"`)
		if tag, _, _ = strings.Cut(tag, ">"); !strings.Contains(tag, `aria-invalid="true" autofocus`) {
			t.Errorf("%s = %q is not said at its field: %s", field, value, tag)
		}
	}
	var typed []string
	for name, value := range right {
		typed = append(typed, name, value)
	}
	if got := b.post(at, typed...); got.Header.Get("Location") != list {
		t.Fatalf("the form answers %s:\n%s", got.Status, got.body)
	}
	page, err := w.Schedules.Schedules(t.Context(), w.root, "moths", 0, "")
	if w.must(err); len(page.Items) != 1 {
		t.Fatalf("there are %+v", page.Items)
	}
	s := page.Items[0]
	if s.Title != "Nightly" || s.Owner != "root" || s.Cron != "30 2 * * *" || s.Zone != "Europe/Berlin" || s.Missed != remit.MissedOnce || s.Overlap != remit.OverlapReplace ||
		s.Job.On.Collection != w.night || string(s.Job.Params) != `{"limit":4}` || s.Job.Name != "night {date}" || s.Job.Priority != 3 {
		t.Errorf("it made %+v", s)
	}
}

func TestOnlyWhoMayMakeSuchAScheduleIsOfferedItsForm(t *testing.T) {
	t.Parallel()
	w := serve(t)
	w.declare("secret", `{"type":"object","properties":{"token":{"type":"string","writeOnly":true}}}`, "none")
	w.planners("moths-researcher", "runner", "schedule:read", "job:create", "job:run.ml")
	at, on := "/projects/moths/schedule/ml", "?collection="+string(w.night)
	b := w.as("moths-researcher")
	if body := b.page("/projects/moths/collections/" + string(w.night)); strings.Contains(body, "/schedule/") || !controls(body)["run.ml"] {
		t.Errorf("who may only run it is led to the form:\n%s", body)
	}
	if body := b.page("/projects/moths/schedules"); strings.Contains(body, "Make one") {
		t.Errorf("who may make none is led to the forms:\n%s", body)
	}
	body := b.page(at + on)
	if works, shown := controls(body)["plan.ml"]; works || !shown || strings.Contains(body, `name="cron"`) || !strings.Contains(body, "schedule:create<") {
		t.Errorf("who may not make one sees\n%s", body)
	}
	got := b.post(at, "collection", string(w.night), "cron", "@daily")
	if got.StatusCode != http.StatusForbidden || !strings.Contains(got.body, "schedule:create<") {
		t.Errorf("who posts it all the same is answered %s:\n%s", got.Status, got.body)
	}
	if body := w.as("root").page("/projects/moths/schedule/secret"); controls(body)["plan.secret"] || !strings.Contains(body, "which schedules do not keep") {
		t.Errorf("a type with secrets can be scheduled:\n%s", body)
	}
	hidden, none := w.as("observatory-student").get(at+on), w.as("observatory-student").get("/projects/mooths/schedule/ml"+on)
	if hidden.StatusCode != http.StatusNotFound || strings.ReplaceAll(hidden.body, "moths", "mooths") != none.body {
		t.Errorf("a hidden project's form is %s, an absent one's %s", hidden.Status, none.Status)
	}
}
