package jobs_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

func says(key string, command ...string) remit.JobType {
	return remit.JobType{Key: key, Title: "Say " + key, On: []string{"none"}, Runner: "process", Command: command}
}

// declared are the types that are there, by key.
func (w *world) declared() map[string]remit.JobType {
	w.t.Helper()
	all, err := w.Types(w.t.Context(), setup, "")
	w.must(err)
	byKey := map[string]remit.JobType{}
	for _, k := range all.Items {
		byKey[k.Key] = k
	}
	return byKey
}

func TestTheListOfTypesSaysWhoMayDeclareThem(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.projects.PutRole(t.Context(), setup, remit.Role{Name: "signed_in", Site: true, Allow: []string{"jobtype:read"}}))
		w.must(w.projects.PutRole(t.Context(), setup, remit.Role{Name: "curator", Site: true, Allow: []string{"jobtype:read", "jobtype:declare"}}))
		cora := w.person("cora")
		_, err := w.projects.AddSiteMember(t.Context(), setup, projects.NewSiteMember{User: "cora", Role: "curator"})
		w.must(err)
		narrow := cora
		narrow.Caps = &authz.Caps{Scopes: []string{"jobtype:read"}}
		for _, is := range []struct {
			who        authz.Subject
			list, each []string
		}{{who: cora, list: []string{"create"}, each: []string{"declare"}}, {who: w.max}, {who: narrow}} {
			page, err := w.Types(t.Context(), is.who, "")
			w.must(err)
			if !slices.Equal(page.Permissions, is.list) {
				t.Errorf("%s: the list says %v, want %v", is.who.Name, page.Permissions, is.list)
			}
			for _, kind := range page.Items {
				if !slices.Equal(kind.Permissions, is.each) {
					t.Errorf("%s: %s says %v, want %v", is.who.Name, kind.Key, kind.Permissions, is.each)
				}
			}
			_, err = w.DeclareTypes(t.Context(), is.who, []remit.JobType{says("hi", "echo")}, true)
			if (err == nil) != (is.list != nil) {
				t.Errorf("%s declares: %v", is.who.Name, err)
			}
		}
	})
}

func TestManyTypesAreDeclaredAndItIsSaidWhatChanges(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		declare := func(dry bool, all ...remit.JobType) []jobs.TypeChange {
			t.Helper()
			changes, err := w.DeclareTypes(t.Context(), setup, all, dry)
			w.must(err)
			return changes
		}
		hi, ho := says("hi", "echo", "hi"), says("ho", "echo", "ho")
		ho.Params = json.RawMessage(`{"type": "object", "properties": {"n": {"type": "integer", "maximum": 9007199254740993}}}`)
		both := []jobs.TypeChange{{Key: "hi", New: true}, {Key: "ho", New: true}}
		same := []jobs.TypeChange{{Key: "hi"}, {Key: "ho"}}
		if diff := cmp.Diff(both, declare(true, hi, ho)); diff != "" || len(w.declared()) != len(types) {
			t.Errorf("tried only: %d types, %s", len(w.declared()), diff)
		}
		if diff := cmp.Diff(both, declare(false, hi, ho)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(same, declare(false, hi, ho)); diff != "" {
			t.Error("again: " + diff)
		}
		ho.Params = json.RawMessage(`{"properties": {"n": {"maximum": 9007199254740993, "type": "integer"}}, "type": "object"}`)
		if diff := cmp.Diff(same, declare(true, hi, ho)); diff != "" {
			t.Error("in another order: " + diff)
		}
		ho.Params, ho.TimeLimitS, ho.Title = json.RawMessage(`{"type": "object", "properties": {"n": {"type": "integer", "maximum": 9007199254740992}}}`), 60, "Ho"
		if diff := cmp.Diff([]jobs.TypeChange{{Key: "ho", Fields: []string{"params", "time_limit_s", "title"}}}, declare(false, ho)); diff != "" {
			t.Error("changed: " + diff)
		}
		w.submit(w.max, remit.JobSpec{Type: "ho", Start: true}) // its run right is there, for who holds job:run.*
	})
}

func TestTypesAreDeclaredAllOrNone(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		flow := remit.JobType{Key: "flow", Title: "Flow", On: []string{"none"}, Runner: "workflow", Steps: []remit.Step{{Name: "a", Type: "hi"}}}
		lends := labels("type")
		dora := w.declarer("dora")
		for name, c := range map[string]struct {
			all   []remit.JobType
			code  string
			field string
		}{
			"a wrong one":          {[]remit.JobType{says("hi", "true"), says("ho", "x", "{y}")}, "invalid", "types.1.command"},
			"one that is there":    {[]remit.JobType{says("hi", "true"), says("ho", "true"), says("hi", "false")}, "invalid", "types.2.key"},
			"a step of nothing":    {[]remit.JobType{flow}, "invalid", "types.0.steps.0.type"},
			"a flow for a program": {[]remit.JobType{says("hi", "true"), {Key: "once", Title: "Flow", On: []string{"none"}, Runner: "workflow", Steps: flow.Steps}}, "type_in_use", "types.1.runner"},
			"what is not held":     {[]remit.JobType{says("hi", "true"), lends}, "gives_more", "types.1.lends"},
		} {
			for _, dry := range []bool{true, false} {
				_, err := w.DeclareTypes(t.Context(), dora, c.all, dry)
				e, ok := errors.AsType[*remit.Error](err)
				if !ok || remit.CodeOf(err) != c.code || e.Field != c.field {
					t.Errorf("%s, dry %t: %v", name, dry, err)
				}
			}
			if len(w.declared()) != len(types) {
				t.Errorf("%s: there are %d types now", name, len(w.declared()))
			}
		}
		_, err := w.DeclareTypes(t.Context(), w.max, []remit.JobType{says("hi", "true")}, true) // everything in a project is nothing on the site
		w.want(err, "denied")
		_, err = w.DeclareTypes(t.Context(), setup, make([]remit.JobType, 201), true)
		w.want(err, "invalid")
	})
}

// A change that a workflow could not bear goes together with that of the
// workflow, in any order.
func TestAWorkflowAndItsTypesChangeTogether(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		hi := says("hi", "true")
		flow := remit.JobType{Key: "flow", Title: "Flow", On: []string{"none"}, Runner: "workflow", Steps: []remit.Step{{Name: "a", Type: "hi"}}}
		_, err := w.DeclareTypes(t.Context(), setup, []remit.JobType{flow, hi}, false)
		w.must(err)
		hi.Params = json.RawMessage(`{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}}`)
		_, err = w.DeclareTypes(t.Context(), setup, []remit.JobType{hi}, false)
		w.want(err, "type_in_use")
		flow.Steps = []remit.Step{{Name: "a", Type: "hi", Params: map[string]any{"n": 3}}}
		_, err = w.DeclareTypes(t.Context(), setup, []remit.JobType{flow, hi}, false)
		w.must(err)
	})
}

func TestWhatIsDeclaredIsLookedAtForThoseWhoMay(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		deep := says("deep", "true")
		deep.Params = json.RawMessage(strings.Repeat(`{"type":"object","properties":{"a":`, 100) + `{"type":"object"}` + strings.Repeat("}}", 100))
		for who, kind := range map[*authz.Subject]remit.Kind{&w.max: remit.Denied, &setup: remit.Invalid} {
			if _, err := w.DeclareTypes(t.Context(), *who, []remit.JobType{deep}, false); remit.KindOf(err) != kind {
				t.Errorf("%s is told %v, want %v", who.Name, err, kind)
			}
			if _, err := w.PutType(t.Context(), *who, deep); remit.KindOf(err) != kind {
				t.Errorf("%s alone is told %v, want %v", who.Name, err, kind)
			}
		}
	})
}

func TestTheTypesThatTheProgramBringsGoOnDoingWhatTheyDo(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, jobs.Options{Brought: slices.Clone(types[2:])}) // note
		note := w.declared()["note"]
		for field, change := range map[string]func(*remit.JobType){
			"runner":  func(t *remit.JobType) { t.Runner, t.Command = "process", []string{"true"} },
			"command": func(t *remit.JobType) { t.Command = []string{"true"} },
			"on":      func(t *remit.JobType) { t.On = []string{"file"} },
			"lends":   func(t *remit.JobType) { t.Lends = nil },
		} {
			other := note
			change(&other)
			_, err := w.DeclareTypes(t.Context(), setup, []remit.JobType{other}, true)
			if e, ok := errors.AsType[*remit.Error](err); !ok || e.Kind != remit.Invalid || e.Field != "types.0."+field {
				t.Errorf("another %s gives %v", field, err)
			}
		}
		note.TimeLimitS, note.ArtifactDays, note.Title = 60, 7, "Label"
		w.must(w.DeclareType(t.Context(), setup, note))
		if is := w.declared()["note"]; is.ArtifactDays != 7 || len(is.Lends) != 2 {
			t.Errorf("it is %+v", is)
		}
		err := w.DeclareType(t.Context(), setup, remit.JobType{Key: "bb", Title: "Mine", On: []string{"none"}, Runner: "builtin"})
		if e, ok := errors.AsType[*remit.Error](err); !ok || e.Kind != remit.Invalid || e.Field != "runner" {
			t.Errorf("another that is built in gives %v", err)
		}
	})
}
