package jobs_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/remit-server/remit"
)

func from(text string) map[string]any { return map[string]any{"from": text} }

func TestAWorkflowThatCannotWorkIsRefusedWithThePlaceAndTheReason(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		secret := json.RawMessage(`{"type":"object","required":["token"],"properties":{"token":{"type":"string","writeOnly":true}}}`)
		w.must(w.DeclareType(t.Context(), setup, remit.JobType{Key: "upload", Title: "Upload", On: []string{"none"}, Params: secret, Runner: "process", Command: []string{"true"}}))
		plain := json.RawMessage(`{"type":"object","required":["token"],"properties":{"threshold":{"type":"number"},"token":{"type":"string"}}}`)
		w.must(w.DeclareType(t.Context(), setup, remit.JobType{Key: "loose", Title: "Loose", On: []string{"none"}, Params: json.RawMessage(`{"type":"object"}`), Runner: "process", Command: []string{"true"}}))
		for _, c := range []struct {
			change      func(t *remit.JobType)
			place, word string
		}{
			{func(t *remit.JobType) { t.Steps = nil }, "steps", "1 to 50"},
			{func(t *remit.JobType) { t.Steps[0].Name = "Find" }, "steps.0.name", "no name"},
			{func(t *remit.JobType) { t.Steps[1].Name = "find" }, "steps.1.name", "two steps"},
			{func(t *remit.JobType) { t.Steps[3].Needs[1] = "nothing" }, "steps.3.needs.1", "no such step"},
			{func(t *remit.JobType) { t.Steps[1].Params["found"] = from("steps.nothing.result.x") }, "steps.1.params.found", "no such step"},
			{func(t *remit.JobType) { t.Steps[1].Params["found"] = from("steps.find.artifacts.x") }, "steps.1.params.found", "steps.NAME.result"},
			{func(t *remit.JobType) { t.Steps[1].Inputs = []remit.StepInput{{From: "find"}} }, "steps.1.inputs.0.from", "write steps.NAME.artifacts"},
			{func(t *remit.JobType) { t.Steps[1].Inputs = []remit.StepInput{{From: "steps.find.result"}} }, "steps.1.inputs.0.from", "write steps.NAME.artifacts"},
			{func(t *remit.JobType) { t.Steps[1].Inputs = []remit.StepInput{{From: "steps.find.artifacts.x"}} }, "steps.1.inputs.0.from", "write steps.NAME.artifacts"},
			{func(t *remit.JobType) { t.Steps[1].Inputs = append(filesOf("find"), filesOf("nothing")...) }, "steps.1.inputs.1.from", "no such step"},
			{func(t *remit.JobType) { t.Steps[1].Inputs = filesOf("find", "/etc/passwd") }, "steps.1.inputs.0.name", "neither the name"},
			{func(t *remit.JobType) { t.Steps[1].Inputs = filesOf("find", "../*") }, "steps.1.inputs.0.name", "neither the name"},
			{func(t *remit.JobType) { t.Steps[1].Inputs = filesOf("find", "[a") }, "steps.1.inputs.0.name", "nor a pattern"},
			{func(t *remit.JobType) { t.Steps[1].Inputs = make([]remit.StepInput, 101) }, "steps.1.inputs", "at most 100"},
			{func(t *remit.JobType) { t.Steps[0].Inputs = filesOf("report") }, "steps", "find → report → count → find"},
			{func(t *remit.JobType) { t.Steps[0].Inputs = filesOf("find") }, "steps", "find → find"},
			{func(t *remit.JobType) {
				t.Steps[2].Name, t.Steps[3].Needs, t.Steps[3].Inputs = "params", nil, filesOf("params")
			}, "steps.3.inputs.0.from", "inputs/params"},
			{func(t *remit.JobType) {
				t.Steps[2] = remit.Step{Name: "check", Type: "note", On: "none", Inputs: filesOf("find")}
			}, "steps.2.inputs", "built in"},
			{func(t *remit.JobType) { t.Steps[0].Type = "nothing" }, "steps.0.type", "no job type"},
			{func(t *remit.JobType) { t.Steps[0].Type = "survey" }, "steps.0.type", "workflows have no workflows"},
			{func(t *remit.JobType) { t.Steps[0].Needs = []string{"count"} }, "steps", "find → count → find"},
			{func(t *remit.JobType) { t.Steps[2].Needs = []string{"check"} }, "steps", "check → check"},
			{func(t *remit.JobType) { t.Steps[0].Params["threshold"] = from("params.nothing") }, "steps.0.params.threshold", "no parameter nothing"},
			{func(t *remit.JobType) { t.Steps[0].Params["threshold"] = "much" }, "steps.0.params.threshold", "number"},
			{func(t *remit.JobType) { t.Steps[0].Params["threshold"] = -1.0 }, "steps.0.params.threshold", "exclusiveMinimum"},
			{func(t *remit.JobType) { t.Steps[1].Params["found"] = from("params.threshold") }, "steps.1.params.found", "is integer and comes from params.threshold, which is number"},
			{func(t *remit.JobType) { t.Steps[1].Params["colour"] = "red" }, "steps.1.params.colour", "takes no parameter colour"},
			{func(t *remit.JobType) { delete(t.Steps[1].Params, "found") }, "steps.1.params", "does not give found"},
			{func(t *remit.JobType) {
				t.Params = json.RawMessage(`{"type":"object","properties":{"threshold":{"type":"integer"}}}`)
				t.Steps[1].Params["found"] = from("params.threshold")
			}, "steps.1.params.found", "may be missing"},
			{func(t *remit.JobType) { t.Steps[2].Params = map[string]any{"x": 1} }, "steps.2.params.x", "takes no parameter"},
			{func(t *remit.JobType) { t.Steps[0].On = "none" }, "steps.0.on", "never on none"},
			{func(t *remit.JobType) { t.Steps[0].On = "file" }, "steps.0.on", "none, or on what the workflow is on"},
			{func(t *remit.JobType) { t.Steps[2].On = "" }, "steps.2.on", "never on file"},
			{func(t *remit.JobType) { t.Command = []string{"true"} }, "command", "no command"},
			{func(t *remit.JobType) { t.Lends = []remit.Lend{{Permission: "collection:update", Of: "type"}} }, "lends", "no lends"},
			{func(t *remit.JobType) { t.MaxAttempts = 3 }, "max_attempts", "no max_attempts"},
			{func(t *remit.JobType) { t.Params, t.Steps[0].Params["threshold"] = secret, from("params.token") }, "steps.0.params.threshold", "params.token is a secret, and threshold of detect is none"},
			{func(t *remit.JobType) {
				t.Params, t.Steps = secret, []remit.Step{{Name: "a", Type: "loose", On: "none", Params: map[string]any{"any": from("params.token")}}}
			}, "steps.0.params.any", "any of loose is none"},
			{func(t *remit.JobType) {
				t.Params, t.Steps[2] = plain, remit.Step{Name: "check", Type: "upload", On: "none", Params: map[string]any{"token": from("params.token")}}
			}, "steps.2.params.token", "from nowhere else"},
			{func(t *remit.JobType) {
				t.Steps[2] = remit.Step{Name: "check", Type: "upload", On: "none", Params: map[string]any{"token": from("steps.find.result.token")}}
			}, "steps.2.params.token", "from nowhere else"},
			{func(t *remit.JobType) {
				t.Params = json.RawMessage(`{"type":"object","properties":{"threshold":{"type":"number"},"token":{"type":"string","writeOnly":true}}}`)
				t.Steps[2] = remit.Step{Name: "check", Type: "upload", On: "none", Params: map[string]any{"token": from("params.token")}}
			}, "steps.2.params.token", "may be missing"},
			{func(t *remit.JobType) {
				t.Steps[2] = remit.Step{Name: "check", Type: "upload", On: "none", Params: map[string]any{"token": "hunter22"}}
			}, "steps.2.params.token", "secret"},
			{func(t *remit.JobType) { t.Runner, t.Command = "process", []string{"true"} }, "steps", "runner workflow"},
		} {
			kind := copyOf(survey)
			kind.Key = "other"
			c.change(&kind)
			err := w.DeclareType(t.Context(), setup, kind)
			if e, _ := err.(*remit.Error); remit.CodeOf(err) != "invalid" || e.Field != c.place || !strings.Contains(e.Message, c.word) {
				t.Errorf("got %v, want one about %s that says %q", err, c.place, c.word)
			}
		}
	})
}

func TestATypeThatAWorkflowUsesDoesNotChangeUnderIt(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		tally := remit.JobType{Key: "tally", Title: "Tally", On: []string{"none"}, Runner: "process", Command: []string{"true"}}
		err := w.DeclareType(t.Context(), setup, tally)
		if w.want(err, "type_in_use"); !strings.Contains(err.Error(), "Workflow survey, step count: tally takes no parameter found") {
			t.Errorf("the refusal says %v", err)
		}
		once := remit.JobType{Key: "once", Title: "Once", On: []string{"none"}, Runner: "workflow", Steps: []remit.Step{{Name: "a", Type: "note", On: "none"}}}
		w.want(w.DeclareType(t.Context(), setup, once), "type_in_use")
		tally.Params = json.RawMessage(`{"type":"object","properties":{"found":{"type":["integer","null"]}}}`)
		w.must(w.DeclareType(t.Context(), setup, tally))
	})
}

func TestAWorkflowThatRunsKeepsTheStepsItWasMadeWith(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		job := w.survey(w.max)
		kind := copyOf(survey)
		kind.Steps = kind.Steps[:1]
		w.must(w.DeclareType(t.Context(), setup, kind))
		node := w.node("n1")
		w.does(node, job.ID, "check", ok(`1`))
		w.does(node, job.ID, "find", ok(`{"found":1}`))
		w.wantSteps(job.ID, "find=succeeded count=queued check=succeeded report=waiting")
	})
}

// copyOf is a workflow that shares nothing with the one it was made from.
func copyOf(kind remit.JobType) remit.JobType {
	kind.Steps = slices.Clone(kind.Steps)
	for i, step := range kind.Steps {
		kind.Steps[i].Needs, kind.Steps[i].Inputs = slices.Clone(step.Needs), slices.Clone(step.Inputs)
		params := map[string]any{}
		for name, value := range step.Params {
			params[name] = value
		}
		kind.Steps[i].Params = params
	}
	return kind
}
