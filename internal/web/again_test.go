package web_test

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
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

// manyKinds takes everything that a field cannot show: line breaks, an empty
// text, null, no where nothing is said otherwise, and names of its own.
const manyKinds = `{"type":"object","required":["must"],"properties":{"must":{"type":"string"},"text":{"type":"string"},"body":{"type":"string","default":"a\nb"},
	"line":{"type":"string","default":"x"},"dry":{"type":"boolean"},"wet":{"type":"boolean"},"maybe":{"type":["boolean","null"],"default":true},
	"size":{"type":["integer","null"],"default":4},"day":{"type":["string","null"],"format":"date"},"mode":{"enum":[1,2,{"a":1,"b":2}]},"list":{"type":"array"}}}`

func TestAnUntouchedFormRequeuesTheSameJob(t *testing.T) {
	t.Parallel()
	w := serve(t)
	w.declare("many", manyKinds, "none")
	b := w.as("root")
	for _, given := range []string{
		`{"body":"","dry":false,"line":"","maybe":null,"must":"","size":null,"text":"one\ntwo"}`,
		`{"body":"\n\na\n","day":null,"dry":true,"line":"x","maybe":false,"mode":1.0,"must":"\r\n","size":4,"text":""}`,
		`{"body":"one","extra":{"deep":[1e2]},"line":"a\r\nb\rc","list":["one\ntwo"],"maybe":true,"mode":{"a":1,"b":2},"must":" ","size":-1}`,
	} {
		job, err := w.Jobs.Submit(w.Context(), w.subject("root"), "moths", remit.JobSpec{Type: "many", Params: json.RawMessage(given), Start: true})
		w.must(err)
		at := "/jobs/" + string(job.ID) + "/again"
		form := control(b.page(at), at)
		if tag := fields(form)["must"]; attribute(tag, "value") == "" && attribute(tag, "required") != "–" {
			t.Errorf("a browser does not send the empty text: %s", tag)
		}
		if made := w.made(b, at, sent(form)); string(made.Params) != string(job.Params) {
			t.Errorf("an untouched form gives %s, want %s", made.Params, job.Params)
		}
	}
}

func TestAFormThatRequeuesTakesWhatIsChanged(t *testing.T) {
	t.Parallel()
	w := serve(t)
	w.declare("many", manyKinds, "none")
	given := `{"body":"","dry":false,"extra":1,"line":"","maybe":null,"must":"one\ntwo","size":null,"text":"","wet":true}`
	job, err := w.Jobs.Submit(w.Context(), w.subject("root"), "moths", remit.JobSpec{Type: "many", Params: json.RawMessage(given), Start: true})
	w.must(err)
	b, at := w.as("root"), "/jobs/"+string(job.ID)+"/again"
	typed := sent(control(b.page(at), at))
	for name, value := range map[string]string{"body": "c\r\nd", "dry": "true", "line": "y", "maybe": "true", "must": "one\r\n2", "size": "5", "text": "z"} {
		typed.Set("params."+name, value)
	}
	typed.Del("params.wet")
	typed.Set("others", `{"extra": 2}`)
	want := `{"body":"c\nd","dry":true,"extra":2,"line":"y","maybe":true,"must":"one\n2","size":5,"text":"z","wet":false}`
	if made := w.made(b, at, typed); string(made.Params) != want {
		t.Errorf("the changed form gives %s, want %s", made.Params, want)
	}
	typed.Set("params.size", "much")
	if body := b.post(at, pairs(typed)...).body; !strings.Contains(body, ">\none\n2</textarea>") && !strings.Contains(body, ">\none\r\n2</textarea>") {
		t.Errorf("a form that is refused loses the lines:\n%s", body)
	}
}

func TestArgumentsOfSeveralLinesAreRequeuedAsTheyAre(t *testing.T) {
	t.Parallel()
	w := serve(t)
	w.must(w.Jobs.DeclareType(t.Context(), w.root, remit.JobType{Key: "free", Title: "Free", On: []string{"none"}, Runner: "process", Command: []string{"true"}, Args: true, MaxAttempts: 1}))
	b := w.as("root")
	for _, args := range [][]string{{"--text", "one\ntwo"}, {"one\r\ntwo\r", "three"}, {"plain"}} {
		job, err := w.Jobs.Submit(w.Context(), w.subject("root"), "moths", remit.JobSpec{Type: "free", Args: args, Start: true})
		w.must(err)
		at := "/jobs/" + string(job.ID)
		for path, form := range map[string]string{at + "/again": control(b.page(at+"/again"), at+"/again"), at + "/requeue": control(b.page(at), at+"/requeue")} {
			typed := sent(form)
			if made := w.made(b, path, typed); !slices.Equal(made.Args, args) {
				t.Errorf("%s makes the arguments %q, want %q", path, made.Args, args)
			}
			typed.Set("args", typed.Get("args")+" 'x\r\ny'")
			if made := w.made(b, path, typed); made.Args[len(made.Args)-1] != "x\ny" || len(made.Args) != len(args)+1 {
				t.Errorf("%s with one more makes the arguments %q of %q", path, made.Args, args)
			}
		}
	}
}

// made is the job that a form makes.
func (w *world) made(b *browser, path string, typed url.Values) (job remit.Job) {
	w.Helper()
	got := b.post(path, pairs(typed)...)
	if got.StatusCode != http.StatusSeeOther {
		w.Fatalf("%s with %v answers %s:\n%s", path, typed, got.Status, got.body)
	}
	b.api(got.Header.Get("Location"), &job)
	return job
}

// control is the form on a page that goes there.
func control(body, path string) string {
	_, form, _ := strings.Cut(body, `action="`+path+`"`)
	form, _, _ = strings.Cut(form, "</form>")
	return form
}

var (
	formControl = regexp.MustCompile(`(?s)<input[^>]*>|<textarea[^>]*>\n?(.*?)</textarea>|<select[^>]*>.*?</select>`)
	chosen      = regexp.MustCompile(`<option value="([^"]*)" selected>`)
)

// sent is what a browser sends of a form that nobody touched: line breaks are
// "\r\n" in several lines and dropped in one, a box without a tick is not there.
func sent(form string) url.Values {
	values := url.Values{}
	for _, m := range formControl.FindAllStringSubmatch(form, -1) {
		tag, name := m[0], attribute(m[0], "name")
		switch {
		case strings.HasPrefix(tag, "<textarea"):
			values.Set(name, strings.ReplaceAll(html.UnescapeString(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(m[1])), "\n", "\r\n"))
		case strings.HasPrefix(tag, "<select"):
			values.Set(name, html.UnescapeString(chosen.FindStringSubmatch(tag)[1]))
		case attribute(tag, "type") != "checkbox" || attribute(tag, "checked") != "–":
			values.Set(name, strings.NewReplacer("\r", "", "\n", "").Replace(attribute(tag, "value")))
		}
	}
	return values
}

func pairs(values url.Values) (fields []string) {
	for name := range values {
		fields = append(fields, name, values.Get(name))
	}
	return fields
}
