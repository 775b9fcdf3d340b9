package main_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/google/go-cmp/cmp"

	vocabulary "github.com/remit-server/remit"
)

// counted is a type that cannot be run without typing something.
const counted = `{"type":"object","additionalProperties":false,"required":["species","limit"],"properties":{
	"species":{"type":"string","title":"Species","description":"As the field guide calls it.","maxLength":40,"pattern":"^[a-z -]+$"},
	"limit":{"type":"number","title":"Detection limit","description":"In sigmas of the background noise.","exclusiveMinimum":0},
	"mode":{"enum":["fast","exact"],"title":"Mode","default":"exact"},
	"night":{"type":"boolean","title":"Taken at night","default":true},
	"token":{"type":"string","writeOnly":true,"title":"Token of the field guide"},
	"flat":{"type":"string","format":"remit-file","title":"Flat field"},
	"regions":{"type":"array","title":"Regions","description":"Where to look.","items":{"type":"integer"},"default":[1,2]}}}`

// declareCounted makes the type known.
func (d *demo) declareCounted(t *testing.T, key string) {
	t.Helper()
	_, err := d.as(t, "root").PutJobType(t.Context(), vocabulary.JobType{Key: key, Title: "Count " + key, Description: "Counts the insects of one species.",
		On: []string{"none"}, Runner: "process", Command: []string{"true"}, MaxAttempts: 1, Params: json.RawMessage(counted)})
	if err != nil {
		t.Fatal(err)
	}
}

func fillForm(t *testing.T, d *demo) { d.fillForm(t, openBrowser(t), "moths") }

func fillFormWithoutScript(t *testing.T, d *demo) {
	d.fillForm(t, openBrowser(t, emulation.SetScriptExecutionDisabled(true)), "plain")
}

// fillForm is somebody who types what the browser lets through and the server
// does not, and then mends it.
func (d *demo) fillForm(t *testing.T, b *browser, key string) {
	d.declareCounted(t, key)
	b.logIn(d, "root")
	b.do(chromedp.Navigate(d.URL + "/projects/moths"))
	b.follow(`button[data-action="run.`+key+`"]`, `[name="params.species"]`)
	const submit, species, limit = `form.fields button.primary`, `[name="params.species"]`, `[name="params.limit"]`
	b.do(chromedp.SendKeys(species, "Moths", chromedp.ByQuery), chromedp.SendKeys(limit, "0", chromedp.ByQuery),
		chromedp.SendKeys(`[name="params.token"]`, "not to be kept", chromedp.ByQuery), chromedp.Click(submit, chromedp.ByQuery))
	if invalid := ask[bool](b, `document.querySelector('`+species+`').matches(':invalid')`); !invalid {
		t.Error("the browser does not hold the pattern")
	}
	b.do(chromedp.SetValue(species, "garden tiger-moth", chromedp.ByQuery))
	b.follow(submit, `[aria-invalid="true"]`)
	if focus := ask[string](b, `document.activeElement.name`); focus != "params.limit" {
		t.Errorf("the focus is on %q", focus)
	}
	if about := ask[string](b, `document.activeElement.getAttribute('aria-describedby').split(' ').map(id => document.getElementById(id).textContent).join(' ')`); !strings.Contains(about, "sigmas") || !strings.Contains(about, "must be more than 0") {
		t.Errorf("the field is described by %q", about)
	}
	kept := ask[string](b, `document.querySelector('`+species+`').value + '|' + document.querySelector('[name="params.token"]').value`)
	if kept != "garden tiger-moth|" {
		t.Errorf("kept is %q", kept)
	}
	b.do(chromedp.SetValue(limit, "2.5", chromedp.ByQuery))
	b.follow(submit, state)
	if page := b.html(); !strings.Contains(page, "garden tiger-moth") || !strings.Contains(page, `"limit": 2.5`) {
		t.Errorf("the job lacks what was typed:\n%s", page)
	}
}

// sendFormsUntouched is somebody who makes a job once more, by the form and by
// the button, and changes nothing: it is the same job, and no line break is lost.
func sendFormsUntouched(t *testing.T, d *demo) {
	root := d.as(t, "root")
	const schema = `{"type":"object","properties":{"text":{"type":"string","title":"Text"},"dry":{"type":"boolean","title":"Dry run"},"size":{"type":["integer","null"],"default":1}}}`
	_, err := root.PutJobType(t.Context(), vocabulary.JobType{Key: "same", Title: "Same", On: []string{"none"}, Runner: "process", Command: []string{"true"},
		Args: true, MaxAttempts: 1, Params: json.RawMessage(schema)})
	if err != nil {
		t.Fatal(err)
	}
	first, err := root.Submit(t.Context(), "moths", vocabulary.JobSpec{Type: "same", Args: []string{"--text", "\none\n\ttwo"},
		Params: json.RawMessage(`{"dry":false,"size":null,"text":"\none\r\ntwo\n"}`)})
	if err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t, emulation.SetScriptExecutionDisabled(true))
	b.logIn(d, "root")
	for _, from := range []struct{ path, button string }{{"/again", `form.fields button.primary`}, {"", `#do-requeue`}} {
		b.do(chromedp.Navigate(d.URL + "/jobs/" + string(first.ID) + from.path))
		b.lookHere("again" + strings.ReplaceAll(from.path, "/", "-"))
		b.follow(from.button, `a[href="/jobs/`+string(first.ID)+`"]`)
		made, err := root.Job(t.Context(), strings.TrimPrefix(ask[string](b, `location.pathname`), "/jobs/"))
		if err != nil || made.ID == first.ID {
			t.Fatalf("there is no new job: %v", err)
		}
		if diff := cmp.Diff(first.Args, made.Args) + cmp.Diff(string(first.Params), string(made.Params)); diff != "" {
			t.Errorf("made by %q, the job is another one (-want +got):\n%s", from.path, diff)
		}
	}
}
