package web_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/remit-server/remit"
)

var (
	buttonTag = regexp.MustCompile(`<button[^>]*data-action="([^"]*)"[^>]*>([^<]*)</button>`)
	whyTag    = regexp.MustCompile(`(?s)<p class="why"[^>]*>(.*?)</p>`)
)

// controls are the buttons of a page: whether each works.
func controls(body string) map[string]bool {
	found := map[string]bool{}
	for _, m := range buttonTag.FindAllStringSubmatch(body, -1) {
		found[m[1]] = !strings.Contains(m[0], " disabled")
	}
	return found
}

// checkControls compares buttons with the permissions that the API tells.
func checkControls(t *testing.T, where, body string, permissions []string) {
	t.Helper()
	if len(controls(body)) == 0 {
		t.Errorf("%s: no buttons", where)
	}
	for action, works := range controls(body) {
		if may := slices.Contains(permissions, action); may != works {
			t.Errorf("%s: button %s works: %v; the API's permissions are %v", where, action, works, permissions)
		}
	}
}

func TestButtonsWorkExactlyWhereThePermissionsSaySo(t *testing.T) {
	t.Parallel()
	w := serve(t)
	finished := w.submit("moths-basic_member", w.files[0].ID)
	w.finish(w.claim(), remit.JobFailed)
	running := w.submit("moths-identifier", w.files[0].ID)
	w.claim()
	created, err := w.Jobs.Submit(t.Context(), w.subject("moths-basic_member"), "moths", remit.JobSpec{Type: "ml", On: remit.On{Collection: w.night}})
	w.must(err)
	for _, name := range []string{"root", "moths-basic_member", "moths-identifier", "moths-researcher", "moths-ml_data_manager", "moths-project_manager"} {
		b := w.as(name)
		var thing struct{ Permissions []string }
		at := "/files/" + string(w.files[0].ID)
		b.api(at, &thing)
		checkControls(t, name+" on the file", b.page("/projects/moths"+at), thing.Permissions)
		at = "/collections/" + string(w.night)
		b.api(at, &thing)
		checkControls(t, name+" on the collection", b.page("/projects/moths"+at), thing.Permissions)
		for _, job := range []remit.Job{finished, running, created} {
			at = "/jobs/" + string(job.ID)
			b.api(at, &thing)
			body := b.page(at)
			checkControls(t, name+" on the job", body, thing.Permissions)
			if _, ok := controls(body)["requeue"]; !ok {
				t.Errorf("%s finds no requeue button on a job", name)
			}
		}
	}
}

func TestTheButtonsFitTheStateOfTheJob(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := w.as("root")
	job := w.submit("root", w.files[0].ID)
	at := "/jobs/" + string(job.ID)
	want := func(state string, actions ...string) {
		t.Helper()
		found := controls(b.page(at))
		for _, action := range []string{"run", "cancel", "retry", "wrest", "delete"} {
			if _, ok := found[action]; ok != slices.Contains(actions, action) {
				t.Errorf("a job that is %s has the buttons %v, want %v", state, found, actions)
			}
		}
	}
	want("queued", "cancel")
	lease := w.claim()
	want("running", "cancel", "wrest")
	w.finish(lease, remit.JobFailed)
	job, err := w.Jobs.Job(t.Context(), w.root, job.ID)
	w.must(err)
	if job.State == remit.JobQueued { // attempts are left
		b.post(at + "/cancel")
	}
	want("over", "retry", "delete")
}

func TestBasicMembersProcessOnePictureAndSeeWhyNotAll(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := w.as("moths-basic_member")
	body := b.page("/projects/moths/files/" + string(w.files[0].ID))
	if m := buttonTag.FindStringSubmatch(body); m == nil || m[2] != "Process now" {
		t.Errorf("the file's first button is %q", m)
	}
	got := b.post("/projects/moths/jobs", "type", "ml", "file", string(w.files[0].ID), "args", `--threshold "7"`, "start", "true")
	if got.StatusCode != http.StatusSeeOther {
		t.Fatalf("processing one picture answers %s: %s", got.Status, got.body)
	}
	if body := b.page(got.Header.Get("Location")); !strings.Contains(body, "--threshold 7") || !strings.Contains(body, "queued") {
		t.Errorf("the new job's page lacks its arguments or state:\n%s", body)
	}
	body = b.page("/projects/moths/collections/" + string(w.night))
	why := whyTag.FindStringSubmatch(body)
	if why == nil || !strings.Contains(why[1], "Insufficient permissions") || !strings.Contains(why[1], "job:run.ml<") || !strings.Contains(why[1], "moths-project_manager") {
		t.Errorf("the batch button says %q", why)
	}
	refused := b.post("/projects/moths/jobs", "type", "ml", "collection", string(w.night), "start", "true")
	if refused.StatusCode != http.StatusForbidden || !strings.Contains(refused.body, "job:run.ml<") || !strings.Contains(refused.body, "moths-project_manager, root can grant it") {
		t.Errorf("posting it all the same answers %s:\n%s", refused.Status, refused.body)
	}
}

func TestRequeueTakesOtherArgumentsAndKeepsTheSource(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := w.as("moths-basic_member")
	job := w.submit("moths-basic_member", w.files[0].ID, "--threshold", "5")
	at := "/jobs/" + string(job.ID)
	for args, want := range map[string]string{"--threshold 7": "--threshold 7", "": ""} {
		got := b.post(at+"/requeue", "args", args)
		if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") == at {
			t.Fatalf("requeue answers %s: %s", got.Status, got.body)
		}
		var made remit.Job
		b.api(got.Header.Get("Location"), &made)
		if strings.Join(made.Args, " ") != want || made.RequeuedFrom != job.ID {
			t.Errorf("requeued with %q: %q from %q", args, made.Args, made.RequeuedFrom)
		}
	}
	if got := b.post(at+"/requeue", "args", `"open`); got.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an open quote answers %s", got.Status)
	}
}
