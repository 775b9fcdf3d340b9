package jobs_test

import (
	"encoding/json"
	"testing"

	"github.com/remit-server/remit"
)

func TestANumberOfAStepStaysAsItIsWritten(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		const text = `{"key":"gaia","title":"Gaia","on":["none"],"runner":"workflow","steps":[{"name":"look","type":"star","params":{"id":4295806720178259841,"near":[1.10]}}]}`
		star := remit.JobType{Key: "star", Title: "Star", On: []string{"none"}, Runner: "process", Command: []string{"true"},
			Params: json.RawMessage(`{"type":"object","properties":{"id":{"type":"integer","maximum":4295806720178259841}}}`)}
		var gaia remit.JobType
		w.must(json.Unmarshal([]byte(text), &gaia))
		w.must(w.DeclareType(t.Context(), setup, star))
		w.must(w.DeclareType(t.Context(), setup, gaia))
		job := w.submit(w.max, remit.JobSpec{Type: "gaia", Start: true})
		w.advance()
		if got := string(w.step(job.ID, "look").Params); got != `{"id":4295806720178259841,"near":[1.10]}` {
			t.Errorf("the step has %s", got)
		}
		gaia.Steps[0].Params["id"] = json.Number("4295806720178259842")
		w.wantAt(w.DeclareType(t.Context(), setup, gaia), remit.Invalid, "steps.0.params.id")
		gaia.Steps[0].Params = map[string]any{"near": []any{json.Number("1e5000000")}} // of which the schema asks nothing
		w.wantAt(w.DeclareType(t.Context(), setup, gaia), remit.Invalid, "steps.0.params.near")
	})
}
