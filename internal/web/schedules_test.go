package web_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/schedules"
)

// plan is a schedule of root's that runs ml on the collection each night.
func (w *world) plan() remit.Schedule {
	w.Helper()
	s, err := w.Schedules.Create(w.Context(), w.root, "moths", schedules.Plan{Title: "Each <b>night", Cron: "30 2 * * *", Zone: "Europe/Berlin", Overlap: remit.OverlapSkip,
		Job: remit.JobSpec{Type: "ml", On: remit.On{Collection: w.night}, Params: json.RawMessage(`{"threshold":7}`)}})
	w.must(err)
	return s
}

// planners gives a new role of the project to somebody.
func (w *world) planners(user, role string, allow ...string) {
	w.Helper()
	w.must(w.Projects.PutRole(w.Context(), w.root, remit.Role{Name: role, Allow: append(allow, "project:view", "job:read", "collection:read", "file:read")}))
	_, err := w.Projects.AddMember(w.Context(), w.root, "moths", projects.NewMember{User: user, Roles: []string{role}})
	w.must(err)
}

func TestThePageOfSchedulesShowsWhenTheyFireAndWhatCameOfIt(t *testing.T) {
	t.Parallel()
	w := serve(t)
	s := w.plan()
	job, err := w.Schedules.Run(t.Context(), w.root, s.ID)
	w.must(err)
	body := w.as("root").page("/projects/moths/schedules")
	for _, part := range []string{"Each &lt;b&gt;night", "<code>30 2 * * *</code> Europe/Berlin", "night</a> for root", `href="/jobs/` + string(job.ID) + `"`, `<span class="pill started">started</span>`,
		"by root", "02:30", "no other is made", "&#34;threshold&#34;: 7", `aria-current="page">Schedules</a>`} {
		if !strings.Contains(body, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	if n := strings.Count(body, "02:30</span>"); n != 5 {
		t.Errorf("%d times to come are shown in their zone:\n%s", n, body)
	}
}

func TestButtonsOfSchedulesWorkExactlyWhereThePermissionsSaySo(t *testing.T) {
	t.Parallel()
	w := serve(t)
	w.planners("moths-basic_member", "watcher", "schedule:read")
	w.planners("moths-identifier", "pauser", "schedule:read", "schedule:update", "schedule:delete")
	w.planners("moths-researcher", "runner", "schedule:read", "job:create", "job:run.ml")
	s := w.plan()
	names := map[string]string{"resume": "update"}
	for _, paused := range []bool{false, true} {
		_, err := w.Schedules.Update(t.Context(), w.root, s.ID, schedules.Patch{Paused: &paused})
		w.must(err)
		for name, want := range map[string]string{"root": "delete pause resume run", "moths-basic_member": "", "moths-identifier": "delete pause", "moths-researcher": "run"} {
			b := w.as(name)
			var told remit.Schedule
			b.api("/schedules/"+string(s.ID), &told)
			found := controls(b.page("/projects/moths/schedules"))
			if len(found) != 3 {
				t.Errorf("%s sees the buttons %v", name, found)
			}
			for action, works := range found {
				verb := action
				if is, other := names[action]; other {
					verb = is
				}
				if may := slices.Contains(strings.Fields(want), action); may != works || may != slices.Contains(told.Permissions, verb) {
					t.Errorf("to %s %s works: %v, want %v; the API says %v", name, action, works, may, told.Permissions)
				}
			}
		}
	}
}

func TestASchedulesButtonsDoWhatTheySayForThoseWhoMay(t *testing.T) {
	t.Parallel()
	w := serve(t)
	w.planners("moths-basic_member", "watcher", "schedule:read")
	s := w.plan()
	at, list := "/schedules/"+string(s.ID), "/projects/moths/schedules"
	absent := "/schedules/" + string(remit.DerivedID[remit.ScheduleID]("nowhere"))
	for _, do := range []string{"/pause", "/resume", "/run", "/delete"} {
		if got := w.as("moths-basic_member").post(at + do); got.StatusCode != http.StatusForbidden {
			t.Errorf("%s answers who may only see it %s", do, got.Status)
		}
		hidden, none := w.as("observatory-student").post(at+do), w.as("observatory-student").post(absent+do)
		if hidden.StatusCode != http.StatusNotFound || hidden.body != none.body {
			t.Errorf("%s answers who may not see it %s, of nothing %s", do, hidden.Status, none.Status)
		}
		if got := w.visitor().post(at + do); got.StatusCode == http.StatusOK || strings.Contains(got.body, "night") {
			t.Errorf("%s answers a stranger %s", do, got.Status)
		}
	}
	b := w.as("root")
	for _, paused := range []bool{true, false} {
		do := map[bool]string{true: "/pause", false: "/resume"}[paused]
		got := b.post(at + do)
		now, err := w.Schedules.Schedule(t.Context(), w.root, s.ID)
		if w.must(err); got.Header.Get("Location") != list || now.Paused != paused {
			t.Errorf("%s answers %s, and it is paused: %v", do, got.Status, now.Paused)
		}
	}
	if got := b.post(at + "/run"); !regexp.MustCompile("^/jobs/job_").MatchString(got.Header.Get("Location")) {
		t.Errorf("running it answers %s:\n%s", got.Status, got.body)
	}
	if got := b.post(at + "/delete"); got.Header.Get("Location") != list || strings.Contains(b.page(list), string(s.ID)) {
		t.Errorf("deleting it answers %s", got.Status)
	}
}

func TestWhoMaySeeNoSchedulesHasNoWayToThem(t *testing.T) {
	t.Parallel()
	w := serve(t)
	w.plan()
	b := w.as("moths-basic_member")
	if body := b.page("/projects/moths"); strings.Contains(body, "/schedules") {
		t.Error("there is a tab")
	}
	if body := b.page("/projects/moths/schedules"); strings.Contains(body, "night") {
		t.Errorf("the page shows them:\n%s", body)
	}
	hidden, none := w.as("observatory-student").get("/projects/moths/schedules"), w.as("observatory-student").get("/projects/mooths/schedules")
	if hidden.StatusCode != http.StatusNotFound || strings.ReplaceAll(hidden.body, "moths", "mooths") != none.body {
		t.Errorf("a hidden project's answers %s, an absent one's %s", hidden.Status, none.Status)
	}
}
