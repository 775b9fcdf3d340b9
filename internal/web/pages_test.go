package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/remit-server/remit"
)

func (w *world) paths(job remit.JobID) map[string]string {
	return map[string]string{
		"home": "/", "projects": "/projects", "project": "/projects/moths", "jobs": "/projects/moths/jobs",
		"collection": "/projects/moths/collections/" + string(w.night), "file": "/projects/moths/files/" + string(w.files[0].ID),
		"members": "/projects/moths/members", "nodes": "/nodes", "notifications": "/notifications", "job": "/jobs/" + string(job), "again": "/jobs/" + string(job) + "/again",
		"schedules": "/projects/moths/schedules", "plan": "/projects/moths/schedule/ml?file=" + string(w.files[0].ID), "run": "/projects/moths/run/ml?file=" + string(w.files[0].ID),
	}
}

func TestEveryPageShowsToWhoMaySeeIt(t *testing.T) {
	t.Parallel()
	w := serve(t)
	job := w.submit("moths-basic_member", w.files[0].ID)
	w.finish(w.claim(), remit.JobSucceeded)
	for _, name := range []string{"root", "moths-basic_member"} {
		b := w.as(name)
		for page, path := range w.paths(job.ID) {
			body := b.page(path)
			if !strings.Contains(body, "</html>") || !strings.Contains(body, name) {
				t.Errorf("%s for %s is no whole page of theirs:\n%s", page, name, body)
			}
		}
	}
}

func TestStrangersSeePublicThingsAndNothingElse(t *testing.T) {
	t.Parallel()
	w := serve(t)
	job := w.submit("moths-basic_member", w.files[0].ID)
	v := w.visitor()
	if got := v.get("/"); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/login" {
		t.Errorf("the start page answers %s to %s, want the login", got.Status, got.Header.Get("Location"))
	}
	for page, path := range w.paths(job.ID) {
		got := v.get(path)
		if strings.Contains(got.body, "trap.png") || strings.Contains(got.body, "Moths of the meadow") {
			t.Errorf("%s shows a stranger what is private:\n%s", page, got.body)
		}
	}
	_, err := w.Archive.SetVisibility(t.Context(), w.root, w.night, remit.VisibilityPublic)
	w.must(err)
	paths := w.paths(job.ID)
	if got := v.get(paths["members"]); got.Header.Get("Location") != "/login?next=%2Fprojects%2Fmoths%2Fmembers" {
		t.Errorf("the members of a public project answer %s to %q, want the login", got.Status, got.Header.Get("Location"))
	}
	for page, want := range map[string]string{"home": "Moths of the meadow", "project": "night", "collection": "trap.png", "file": "× 30 pixels"} {
		if body := v.page(paths[page]); !strings.Contains(body, want) || strings.Contains(body, "data-action=\"run") {
			t.Errorf("%s of a public collection lacks %q, or has buttons to run:\n%s", page, want, body)
		}
	}
}

func TestWhatIsHiddenReadsLikeWhatIsAbsent(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := w.as("observatory-student")
	hidden, absent := b.get("/projects/moths"), b.get("/projects/mooths")
	if hidden.StatusCode != http.StatusNotFound || strings.ReplaceAll(hidden.body, "moths", "mooths") != absent.body {
		t.Errorf("a hidden project answers %s\n%s\nan absent one %s\n%s", hidden.Status, hidden.body, absent.Status, absent.body)
	}
	if got := b.get("/no/such/page"); got.StatusCode != http.StatusNotFound || !strings.Contains(got.body, "There is no such page") {
		t.Errorf("an address without a page answers %s:\n%s", got.Status, got.body)
	}
}

func TestNamesAreNeverMarkup(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := w.as("root")
	var hostile remit.File
	for _, f := range w.files {
		if f.Path == hostileName {
			hostile = f
		}
	}
	job := w.submit("root", hostile.ID, "<script>alert(2)</script>")
	lease := w.claim()
	w.log(lease, 0, "<script>alert(3)</script>")
	_, err := w.Jobs.PutArtifact(t.Context(), w.node, lease, "<b>x.png", strings.NewReader("no picture"))
	w.must(err)
	w.finish(lease, remit.JobSucceeded)
	for _, path := range []string{"/", "/projects/moths/jobs", "/projects/moths/collections/" + string(w.night),
		"/projects/moths/files/" + string(hostile.ID), "/jobs/" + string(job.ID)} {
		body := b.page(path)
		for _, markup := range []string{"<img src=x", "<script>alert", "<b>x"} {
			if strings.Contains(body, markup) {
				t.Errorf("%s contains %s", path, markup)
			}
		}
		if path != "/" && !strings.Contains(body, "&lt;img src=x") {
			t.Errorf("%s does not show the name of the file", path)
		}
	}
}

func TestALogThatStaysEmptyIsNoBox(t *testing.T) {
	t.Parallel()
	w := serve(t)
	job := w.submit("root", w.files[0].ID)
	lease := w.claim()
	b, at := w.as("root"), "/jobs/"+string(job.ID)
	if body := b.page(at); !strings.Contains(body, `id="log-tail"`) || strings.Contains(body, "Nothing was printed.") {
		t.Error("a job that is at work does not wait for what it prints")
	}
	w.finish(lease, remit.JobSucceeded)
	if body := b.page(at); strings.Contains(body, `role="log"`) || !strings.Contains(body, "Nothing was printed.") {
		t.Error("a job that printed nothing shows a log")
	}
}

func TestPagesBringNoScriptOrStyleOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := serve(t)
	job := w.submit("root", w.files[0].ID)
	b := w.as("root")
	for page, path := range w.paths(job.ID) {
		got := b.get(path)
		for _, inline := range []string{"<style", "style=", " onclick", " hx-on", "<script>"} {
			if strings.Contains(got.body, inline) {
				t.Errorf("%s contains %s, which the policy forbids", page, inline)
			}
		}
		if got.Header.Get("Content-Security-Policy") == "" || got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s has headers %v", page, got.Header)
		}
	}
}

func TestStaticFilesAreKeptByBrowsersUnderTheirHash(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := w.visitor()
	_, rest, _ := strings.Cut(b.page("/login"), `href="/static/app.css`)
	address, _, _ := strings.Cut("/static/app.css"+rest, `"`)
	got := b.get(address)
	if got.StatusCode != http.StatusOK || !strings.Contains(got.Header.Get("Cache-Control"), "immutable") || got.Header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("%s answers %s with %v", address, got.Status, got.Header)
	}
	if again := b.get(address, "If-None-Match", got.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("asked again it answers %s", again.Status)
	}
	if plain := b.get("/static/app.css"); plain.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("without its hash it may be kept: %v", plain.Header)
	}
	if got := b.get("/static/../web.go"); got.StatusCode == http.StatusOK {
		t.Error("what is outside of static is served")
	}
}
