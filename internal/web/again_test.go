package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
)

// given is a job of somebody's with parameters of every kind, a secret among them.
func (w *world) given(who string) remit.Job {
	w.Helper()
	w.declare("every", everyKind, "file")
	params, err := json.Marshal(map[string]any{"token": "s3cret-word", "mode": 3, "flat": w.files[1].ID, "night": false, "note": "first", "words": []string{"x"}})
	w.must(err)
	job, err := w.Jobs.Submit(w.Context(), w.subject(who), "moths", remit.JobSpec{Type: "every", Name: "one", On: remit.On{File: w.files[0].ID}, Params: params, Start: true})
	w.must(err)
	return job
}

func TestAJobIsRequeuedByAFormThatHoldsWhatItWasGiven(t *testing.T) {
	t.Parallel()
	w := serve(t)
	job := w.given("root")
	b, at := w.as("root"), "/jobs/"+string(job.ID)
	if !strings.Contains(b.page(at), `href="`+at+`/again"`) {
		t.Error("the job does not lead to the form")
	}
	body := b.page(at + "/again")
	if !strings.Contains(body, `<a href="/projects/moths/jobs">Jobs</a>`) {
		t.Error("the way to the form leaves the jobs out")
	}
	got := fields(body)
	for name, want := range map[string]map[string]string{"note": {"value": "first"}, "count": {"value": "4"}, "night": {"checked": "–"}, "share": {"value": ""},
		"token": {"value": "", "required": "–"}, "flat": {"value": string(w.files[1].ID)}} {
		for attr, value := range want {
			if is := attribute(got[name], attr); is != value {
				t.Errorf("%s has %s=%q, want %q: %s", name, attr, is, value, got[name])
			}
		}
	}
	if !strings.Contains(body, `<option value="3" selected>`) || !strings.Contains(body, `[&#34;x&#34;]</textarea>`) || strings.Contains(body, "s3cret-word") {
		t.Errorf("the form is\n%s", body)
	}
	typed := []string{"params.note", "second", "params.count", "5", "params.mode", `"fast"`, "params.night", "true", "params.flat", string(w.files[1].ID), "params.words", "[]", "name", "one", "priority", "0"}
	answer := b.post(at+"/again", typed...)
	var made remit.Job
	b.api(answer.Header.Get("Location"), &made)
	var params map[string]any
	w.must(json.Unmarshal(made.Params, &params))
	want := map[string]any{"note": "second", "count": 5.0, "mode": "fast", "night": true, "flat": string(w.files[1].ID), "words": []any{}}
	if diff := cmp.Diff(want, params); diff != "" || made.RequeuedFrom != job.ID || made.On.File != w.files[0].ID || len(made.SecretParams) != 1 || made.Name != "" {
		t.Errorf("the new job is %+v (-want +got):\n%s", made, diff)
	}
	now, err := w.Jobs.Job(t.Context(), w.root, job.ID)
	if w.must(err); string(now.Params) != string(job.Params) || now.State != job.State {
		t.Errorf("the source is now %+v", now)
	}
}

func TestTheFormThatRequeuesGivesNobodyAnothersSecret(t *testing.T) {
	t.Parallel()
	w := serve(t)
	job := w.given("root")
	w.planners("moths-researcher", "runner", "job:create", "job:run.every.single")
	at := "/jobs/" + string(job.ID) + "/again"
	typed := []string{"params.mode", `"fast"`, "params.count", "4", "params.flat", string(w.files[1].ID)}
	b := w.as("moths-researcher")
	got := b.post(at, typed...)
	if got.StatusCode != http.StatusUnprocessableEntity || attribute(fields(got.body)["token"], "aria-invalid") != "true" {
		t.Errorf("without the secret it answers %s:\n%s", got.Status, got.body)
	}
	if got := b.post(at, append(typed, "params.token", "my own")...); got.StatusCode != http.StatusSeeOther {
		t.Errorf("with one of their own it answers %s:\n%s", got.Status, got.body)
	}
	member := w.as("moths-basic_member")
	body := member.page(at)
	if works, shown := controls(body)["requeue"]; works || !shown || len(fields(body)) > 0 {
		t.Errorf("who may not requeue it sees\n%s", body)
	}
	if got := member.post(at, append(typed, "params.token", "my own")...); got.StatusCode != http.StatusForbidden {
		t.Errorf("who may not and posts is answered %s", got.Status)
	}
	outside := w.as("observatory-student")
	absent := "/jobs/" + string(remit.DerivedID[remit.JobID]("nowhere")) + "/again"
	for _, ask := range []func(string) answer{func(p string) answer { return outside.get(p) }, func(p string) answer { return outside.post(p, typed...) }} {
		hidden, none := ask(at), ask(absent)
		if hidden.StatusCode != http.StatusNotFound || strings.ReplaceAll(hidden.body, at, absent) != none.body {
			t.Errorf("a hidden job's form is %s, of nothing %s", hidden.Status, none.Status)
		}
	}
}
