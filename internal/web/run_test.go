package web_test

import (
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
)

// everyKind is a schema with a property of each kind that a form has a field for.
const everyKind = `{"type":"object","additionalProperties":false,"required":["token","count","mode","flat"],"$defs":{"share":{"type":"number","minimum":0,"maximum":1}},"properties":{
	"note":{"type":"string","title":"Note","description":"What it is <b>for</b>.","maxLength":20,"pattern":"^[a-z -]*$"},
	"count":{"type":"integer","title":"How many","minimum":2,"maximum":9,"default":4},
	"mode":{"enum":["fast","exact",3],"title":"Mode"},
	"night":{"type":"boolean","title":"At night","default":true},
	"quiet":{"type":"boolean","title":"Quiet"},
	"share":{"$ref":"#/$defs/share","title":"Share"},
	"token":{"type":"string","writeOnly":true,"title":"Token"},
	"flat":{"type":"string","format":"remit-file","title":"Flat field"},
	"words":{"type":"array","items":{"type":"string"},"default":["a"]}}}`

// declare declares a process type with this schema.
func (w *world) declare(key, schema string, on ...string) {
	w.Helper()
	t := remit.JobType{Key: key, Title: "The " + key, On: on, Runner: "process", Command: []string{"true"}, MaxAttempts: 1}
	if schema != "" {
		t.Params = json.RawMessage(schema)
	}
	w.must(w.Jobs.DeclareType(w.Context(), w.root, t))
}

var fieldTag = regexp.MustCompile(`<(?:input|select|textarea)[^>]* name="params\.[^>]*>`)

// fields are the tags of a form's fields, by the name of the parameter.
func fields(body string) map[string]string {
	found := map[string]string{}
	for _, tag := range fieldTag.FindAllString(body, -1) {
		found[attribute(tag, "name")[len("params."):]] = tag
	}
	return found
}

// attribute is that of a tag, "–" when it has none.
func attribute(tag, name string) string {
	m := regexp.MustCompile(`\s` + name + `(?:="([^"]*)")?(?:\s|>)`).FindStringSubmatch(tag)
	if m == nil {
		return "–"
	}
	return html.UnescapeString(m[1])
}

func TestAFormHasAFieldForEachParameterThatTheSchemaSays(t *testing.T) {
	t.Parallel()
	w := serve(t)
	w.declare("every", everyKind, "file")
	body := w.as("root").page("/projects/moths/run/every?file=" + string(w.files[0].ID))
	got := fields(body)
	for name, want := range map[string]map[string]string{
		"note":  {"type": "text", "maxlength": "20", "pattern": `.*(?:^[a-z \-]*$).*`, "required": "–", "value": ""},
		"count": {"type": "number", "min": "2", "max": "9", "step": "1", "value": "4", "required": "–"},
		"mode":  {"required": ""},
		"night": {"type": "checkbox", "checked": ""},
		"quiet": {"type": "checkbox", "checked": "–"},
		"share": {"type": "number", "min": "0", "max": "1", "step": "any", "value": ""},
		"token": {"type": "password", "autocomplete": "new-password", "required": "", "value": ""},
		"flat":  {"type": "text", "pattern": "file_[0-9a-z]{26}", "required": ""},
		"words": {"rows": "4"},
	} {
		for attr, value := range want {
			if is := attribute(got[name], attr); is != value {
				t.Errorf("%s has %s=%q, want %q: %s", name, attr, is, value, got[name])
			}
		}
		id := attribute(got[name], "id")
		if name != "night" && name != "quiet" && !strings.Contains(body, `<label for="`+id+`">`) {
			t.Errorf("%s has no label", name)
		}
		for _, of := range strings.Fields(strings.ReplaceAll(attribute(got[name], "aria-describedby"), "–", "")) {
			if !strings.Contains(body, `id="`+of+`"`) {
				t.Errorf("%s is described by %s, which is not there", name, of)
			}
		}
	}
	for _, part := range []string{"What it is &lt;b&gt;for&lt;/b&gt;.", `<option value="&#34;fast&#34;">fast</option>`, `<option value="3">3</option>`, ">choose one</option>",
		"A secret: ", "The id of a file that you may read", "A whole number, at least 2, at most 9.", `<a href="/projects/moths/files/` + string(w.files[0].ID) + `">night/`} {
		if !strings.Contains(body, part) {
			t.Errorf("the form lacks %q", part)
		}
	}
	if t.Failed() {
		t.Log(body)
	}
}

func TestAFilledFormMakesTheJob(t *testing.T) {
	t.Parallel()
	w := serve(t)
	w.declare("every", everyKind, "file")
	b := w.as("root")
	file := string(w.files[0].ID)
	got := b.post("/projects/moths/run/every", "file", file, "name", "by hand", "priority", "7", "params.note", "a-b", "params.count", "007", "params.mode", `"exact"`,
		"params.share", ".5", "params.token", "s3cret", "params.flat", string(w.files[1].ID), "params.words", `["x", 2e0, "y"]`)
	if got.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(attribute(fields(got.body)["words"], "aria-describedby"), "problem") {
		t.Fatalf("a list with a number in it is answered %s:\n%s", got.Status, got.body)
	}
	got = b.post("/projects/moths/run/every", "file", file, "name", "by hand", "priority", "7", "params.note", "a-b", "params.count", "007", "params.mode", `"exact"`,
		"params.share", ".5", "params.token", "s3cret", "params.flat", string(w.files[1].ID), "params.words", "")
	if got.StatusCode != http.StatusSeeOther {
		t.Fatalf("the form answers %s:\n%s", got.Status, got.body)
	}
	var job remit.Job
	b.api(got.Header.Get("Location"), &job)
	want := map[string]any{"note": "a-b", "count": 7.0, "mode": "exact", "night": false, "share": 0.5, "flat": string(w.files[1].ID), "words": []any{"a"}}
	var params map[string]any
	w.must(json.Unmarshal(job.Params, &params))
	if diff := cmp.Diff(want, params); diff != "" {
		t.Errorf("the parameters (-want +got):\n%s", diff)
	}
	if job.Name != "by hand" || job.Priority != 7 || job.State != remit.JobQueued || job.On.File != w.files[0].ID || !slices.Equal(job.SecretParams, []string{"token"}) {
		t.Errorf("the job is %+v", job)
	}
}

func TestWhatAFormGotWrongIsSaidAtItsFieldAndWhatWasTypedStays(t *testing.T) {
	t.Parallel()
	w := serve(t)
	w.declare("every", everyKind, "file")
	b := w.as("root")
	right := map[string]string{"note": "kept", "count": "3", "mode": `"fast"`, "night": "true", "token": "s3cret-word", "flat": string(w.files[1].ID), "words": `["typed"]`}
	absent := string(remit.DerivedID[remit.FileID]("nowhere"))
	for _, c := range []struct {
		field, value string
		status       int
	}{
		{"count", "12", 422}, {"count", "many", 422}, {"note", "Capital", 422}, {"mode", `"slow"`, 422}, {"mode", "", 422}, {"token", "", 422}, {"token", "abc", 422},
		{"flat", "trap.png", 422}, {"flat", absent, 404}, {"words", "[", 422}, {"words", `["a", 1]`, 422}, {"share", "2", 422},
	} {
		typed := []string{"file", string(w.files[0].ID)}
		for name, value := range right {
			if name != c.field {
				typed = append(typed, "params."+name, value)
			}
		}
		got := b.post("/projects/moths/run/every", append(typed, "params."+c.field, c.value)...)
		if got.StatusCode != c.status || strings.Contains(got.body, "s3cret-word") {
			t.Errorf("%s = %q answers %s, or tells the secret:\n%s", c.field, c.value, got.Status, got.body)
			continue
		}
		for name, tag := range fields(got.body) {
			wrong := attribute(tag, "aria-invalid") == "true"
			if wrong != (name == c.field) || wrong != (attribute(tag, "autofocus") == "") {
				t.Errorf("%s = %q: the field %s is %s", c.field, c.value, name, tag)
			}
			if value := attribute(tag, "value"); right[name] != "" && name != c.field && name != "token" && name != "night" && value != "–" && value != right[name] {
				t.Errorf("%s = %q: in %s there is %q now", c.field, c.value, name, value)
			}
		}
		if c.field != "words" && !strings.Contains(got.body, `[&#34;typed&#34;]</textarea>`) || !strings.Contains(got.body, `role="alert"`) {
			t.Errorf("%s = %q: the list is gone, or nothing is said:\n%s", c.field, c.value, got.body)
		}
	}
	page, err := w.Jobs.Jobs(t.Context(), w.root, jobs.Filter{Project: "moths", Type: "every"})
	if w.must(err); len(page.Items) != 0 {
		t.Errorf("there are jobs: %+v", page.Items)
	}
}

func TestTypesWithoutRequiredParametersKeepTheirButton(t *testing.T) {
	t.Parallel()
	w := serve(t)
	w.declare("none", "", "file")
	w.declare("some", `{"type":"object","properties":{"x":{"type":"integer"}}}`, "file")
	w.declare("filled", `{"type":"object","required":["x"],"properties":{"x":{"type":"integer","default":1}}}`, "file")
	w.declare("must", `{"type":"object","required":["x"],"properties":{"x":{"type":"integer"}}}`, "file")
	w.declare("any", `{"type":"object","minProperties":1}`, "file")
	b := w.as("root")
	body := b.page("/projects/moths/files/" + string(w.files[0].ID))
	for key, want := range map[string]struct {
		method string
		form   bool
	}{"none": {"post", false}, "some": {"post", true}, "filled": {"post", true}, "must": {"get", false}, "any": {"get", false}} {
		button := strings.Index(body, `data-action="run.`+key+`"`)
		form := body[strings.LastIndex(body[:button], "<form"):]
		form = form[:strings.Index(form, "</form>")]
		if !strings.Contains(form, `method="`+want.method+`"`) || strings.Contains(form, "/run/"+key+"?file=") != want.form {
			t.Errorf("the button of %s is\n%s", key, form)
		}
	}
	got := b.post("/projects/moths/run/any", "file", string(w.files[0].ID), "others", `{"depth": 2}`)
	var job remit.Job
	if b.api(got.Header.Get("Location"), &job); string(job.Params) != `{"depth":2}` {
		t.Errorf("other parameters: %s", job.Params)
	}
}

func TestOnlyWhoMayRunATypeIsOfferedItsForm(t *testing.T) {
	t.Parallel()
	w := serve(t)
	w.declare("every", everyKind, "file", "collection")
	at, on := "/projects/moths/run/every", "?collection="+string(w.night)
	member := w.as("moths-basic_member")
	body := member.page(at + on)
	if works, shown := controls(body)["run.every"]; works || !shown || len(fields(body)) > 0 || !strings.Contains(body, "job:run.every<") {
		t.Errorf("who may not run it sees\n%s", body)
	}
	got := member.post(at, "collection", string(w.night), "params.token", "s3cret", "params.mode", `"fast"`, "params.flat", string(w.files[0].ID))
	if got.StatusCode != http.StatusForbidden || !strings.Contains(got.body, "job:run.every<") || strings.Contains(got.body, "s3cret") {
		t.Errorf("who posts it all the same is answered %s:\n%s", got.Status, got.body)
	}
	absent := "?file=" + string(remit.DerivedID[remit.FileID]("nowhere"))
	for who, b := range map[string]*browser{"a stranger": w.visitor(), "somebody outside": w.as("observatory-student")} {
		hidden, none := b.get(at+on), b.get("/projects/mooths/run/every"+on)
		if hidden.StatusCode != none.StatusCode || strings.ReplaceAll(hidden.body, "moths", "mooths") != none.body || strings.Contains(hidden.body, "The every") {
			t.Errorf("to %s a hidden project's form is %s, that of none %s", who, hidden.Status, none.Status)
		}
	}
	for _, path := range []string{at + absent, at + "?file=x", "/projects/moths/run/nothing" + on, "/projects/observatory/run/every" + on} {
		if got := w.as("root").get(path); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers %s", path, got.Status)
		}
	}
}

func TestTheFormSaysHowHighAPriorityMayBe(t *testing.T) {
	t.Parallel()
	w := serve(t)
	at := "/projects/moths/run/ml"
	got := w.as("moths-basic_member").post(at, "file", string(w.files[0].ID), "priority", "60", "params.threshold", "5", "args", "--x 1")
	if got.StatusCode != http.StatusForbidden || !strings.Contains(got.body, `<details class="more" open>`) || !strings.Contains(got.body, `id="priority-problem"`) ||
		!strings.Contains(got.body, `value="--x 1"`) {
		t.Errorf("a priority beyond one's right is answered %s:\n%s", got.Status, got.body)
	}
	if got := w.as("moths-basic_member").post(at, "file", string(w.files[0].ID), "args", `"open`); got.StatusCode != 422 || !strings.Contains(got.body, `id="args-problem"`) {
		t.Errorf("an open quote is answered %s:\n%s", got.Status, got.body)
	}
}
