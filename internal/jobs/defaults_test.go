package jobs_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/remit-server/remit"
)

// declares makes a process type "p" on nothing whose parameters have these properties.
func (w *world) declares(schema string, change ...func(*remit.JobType)) error {
	w.t.Helper()
	kind := remit.JobType{Key: "p", Title: "With parameters", On: []string{"none"}, Runner: "process", Command: []string{"true"}, MaxAttempts: 3, Params: json.RawMessage(schema)}
	for _, c := range change {
		c(&kind)
	}
	return w.DeclareType(w.t.Context(), setup, kind)
}

// wantAt checks kind and place of an error.
func (w *world) wantAt(err error, kind remit.Kind, field string) {
	w.t.Helper()
	e, ok := errors.AsType[*remit.Error](err)
	if !ok || e.Kind != kind || e.Field != field {
		w.t.Fatalf("got %v (%+v), want %v at %q", err, e, kind, field)
	}
}

func TestDefaultsAreFilledInAtEveryDepth(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.declares(`{"type":"object","additionalProperties":false,"required":["n"],"properties":{
			"n":{"type":"integer","default":7}, "text":{"$ref":"#/$defs/text"}, "none":{"type":"string"},
			"deep":{"type":"object","default":{},"properties":{"x":{"type":"number","default":1.50},"y":{"type":"object","properties":{"z":{"default":"<z>"}}}}},
			"list":{"type":"array","items":{"type":"object","properties":{"on":{"type":"boolean","default":true}}}}},
			"allOf":[{"properties":{"none":{"minLength":1}}}],
			"$defs":{"text":{"type":"string","default":"from elsewhere","minLength":3}}}`))
		for given, want := range map[string]string{
			``: `{"deep":{"x":1.50},"n":7,"text":"from elsewhere"}`,
			`{"n":1,"text":"own","deep":{"y":{},"x":2},"list":[{},{"on":false}]}`: `{"deep":{"x":2,"y":{"z":"<z>"}},"list":[{"on":true},{"on":false}],"n":1,"text":"own"}`,
		} {
			job := w.submit(w.max, remit.JobSpec{Type: "p", Params: json.RawMessage(given)})
			if string(job.Params) != want {
				t.Errorf("%s became %s, want %s", given, job.Params, want)
			}
		}
		for given, place := range map[string]string{`{"text":"a"}`: "params.text", `{"deep":{"x":"?"}}`: "params.deep.x", `{"list":[{},{"on":1}]}`: "params.list.1.on", `{"m":1}`: "params"} {
			_, err := w.Submit(t.Context(), w.max, "moths", remit.JobSpec{Type: "p", Params: json.RawMessage(given)})
			w.wantAt(err, remit.Invalid, place)
		}
	})
}

func TestADefaultThatItsSchemaDoesNotTakeIsRefusedWithItsPlace(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for place, schema := range map[string]string{
			"params.properties.x.default":         `{"type":"object","properties":{"x":{"type":"number","default":"seven"}}}`,
			"params.properties.a~/b.default":      `{"type":"object","properties":{"a~/b":{"type":"number","default":"seven"}}}`,
			"params.$defs.d.default.k":            `{"type":"object","$defs":{"d":{"properties":{"k":{"enum":[1,2]}},"default":{"k":3}}}}`,
			"params.properties.l.items.default":   `{"type":"object","properties":{"l":{"type":"array","items":{"type":"string","format":"date","default":"soon"}}}}`,
			"params.anyOf.1.properties.x.default": `{"type":"object","anyOf":[{},{"properties":{"x":{"maximum":1,"default":2}}}]}`,
			"params.properties.o.default.i":       `{"type":"object","properties":{"o":{"default":{},"properties":{"i":{"type":"integer","default":1.5}}}}}`,
			"params":                              `{"type":"object","properties":{"x":{"$ref":"#","default":{}}}}`, // never ends
		} {
			err := w.declares(schema)
			w.wantAt(err, remit.Invalid, place)
		}
		w.must(w.declares(`{"type":"object","properties":{"o":{"type":"object","required":["i"],"default":{},"properties":{"i":{"type":"integer","default":1}}}}}`))
	})
}

func TestParametersThatDefaultsBlowUpAreRefused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		long := strings.Repeat("x", 1000)
		w.must(w.declares(`{"type":"object","properties":{"l":{"items":{"properties":{"t":{"default":"` + long + `"}}}}}}`))
		_, err := w.Submit(t.Context(), w.max, "moths", remit.JobSpec{Type: "p", Params: json.RawMessage(`{"l":[` + strings.Repeat("{},", 99) + `{}]}`)})
		w.wantAt(err, remit.Invalid, "params")
	})
}
