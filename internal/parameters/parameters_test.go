package parameters_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/parameters"
)

const detection = `{"type":"object","required":["token"],"additionalProperties":false,"properties":{
	"threshold":{"type":"number","minimum":0,"default":1.50}, "token":{"type":"string","writeOnly":true,"maxLength":20},
	"model":{"type":"string","format":"remit-file"}, "masks":{"type":"array","items":{"type":"string","format":"remit-file"}},
	"deep":{"type":"object","properties":{"x":{"default":"<x>"}}}}}`

const file = "file_06g00000000000000000000001"

func schema(t testing.TB, text string) *parameters.Schema {
	t.Helper()
	s, err := parameters.Compile(json.RawMessage(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatIsGivenIsTakenApart(t *testing.T) {
	t.Parallel()
	got, err := parameters.Take("detect", schema(t, detection), json.RawMessage(`{"token":"hunter22","deep":{},"model":"`+file+`","masks":["`+file+`"]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := parameters.Given{
		Plain:   json.RawMessage(`{"deep":{"x":"<x>"},"masks":["` + file + `"],"model":"` + file + `","threshold":1.50}`),
		Secrets: map[string]string{"token": "hunter22"},
		Files:   []parameters.File{{Name: "masks", List: true, Files: []remit.FileID{file}}, {Name: "model", Files: []remit.FileID{file}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if ids := parameters.IDs(got.Files); !slices.Equal(ids, []remit.FileID{file}) {
		t.Errorf("the files are %v, want each once", ids)
	}
}

func TestWhatATypeDoesNotTakeIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ params, place, words string }{
		{`{"token":"hunter22","threshold":-1}`, "params.threshold", "minimum"},
		{`{"token":"hunter22","treshold":1}`, "params", "'treshold' not allowed"},
		{`{"threshold":1}`, "params", "'token'"},
		{`{"token":7}`, "params.token", "not what the schema asks for"},
		{`{"token":"abc"}`, "params.token", "too short to be masked"},
		{`{"token":"hunter22","model":"x"}`, "params.model", "no id of a file"},
		{`{"token":"hunter22","masks":["` + file + `",""]}`, "params.masks.1", "no id of a file"},
		{`[]`, "params", "must be a JSON object"},
		{`{`, "params", "no JSON"},
		{`{"token":"hunter\u000022"}`, "params", "zero byte"},
		{`{"token":"` + strings.Repeat("x", parameters.Max) + `"}`, "params", "are allowed"},
	} {
		_, err := parameters.Take("detect", schema(t, detection), json.RawMessage(c.params))
		e, ok := errors.AsType[*remit.Error](err)
		if !ok || e.Kind != remit.Invalid || e.Field != c.place || !strings.Contains(e.Message, c.words) {
			t.Errorf("%.60s: %v, want %q at %s", c.params, err, c.words, c.place)
		}
	}
	if _, err := parameters.Take("once", nil, json.RawMessage(`{"x":1}`)); remit.KindOf(err) != remit.Invalid {
		t.Errorf("a type without parameters gives %v", err)
	}
	if _, err := parameters.Take("once", nil, nil); err != nil {
		t.Errorf("none at all give %v", err)
	}
}

// FuzzTake holds that no error tells a secret, and that what was taken is taken again as it is.
func FuzzTake(f *testing.F) {
	for _, params := range []string{`{"token":"hunter22-secret"}`, `{"token":"hunter22-secret","threshold":"hunter22-secret"}`, `{"token":"hunter22-secret","hunter22-secret":1}`,
		`{"token":"hunter22-secret-that-is-too-long"}`, `{"deep":{"x":1e400},"token":"hunter22-secret"}`} {
		f.Add(params)
	}
	s := schema(f, detection)
	f.Fuzz(func(t *testing.T, params string) {
		given, err := parameters.Take("detect", s, json.RawMessage(params))
		if err != nil {
			var object struct{ Token any }
			_ = json.Unmarshal([]byte(params), &object)
			if secret, ok := object.Token.(string); ok && len(secret) >= remit.MinSecret && strings.Contains(err.Error(), secret) && strings.Count(params, secret) == 1 {
				t.Errorf("%q: %v tells the secret", params, err)
			}
			return
		}
		object, err := parameters.Read(given.Plain)
		if err != nil {
			t.Fatal(err)
		}
		for name, secret := range given.Secrets {
			if _, told := object[name]; told {
				t.Errorf("%q: %s is among what is plain", params, name)
			}
			object[name] = secret
		}
		again, err := parameters.Encode(object)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := parameters.Take("detect", s, again); err != nil || string(same.Plain) != string(given.Plain) {
			t.Errorf("%q: taken as %s, again as %s, %v", params, given.Plain, same.Plain, err)
		}
	})
}

func TestASchemaOfAnOlderDraftIsRefused(t *testing.T) {
	t.Parallel()
	for text, place := range map[string]string{
		`{"$schema":"http://json-schema.org/draft-06/schema#","type":"object","properties":{"token":{"type":"string","writeOnly":true}}}`: "params.$schema",
		`{"$schema":"https://json-schema.org/draft/2019-09/schema","type":"object"}`:                                                      "params.$schema",
		`{"$schema":7,"type":"object"}`: "params.$schema",
		`{"type":"object","properties":{"token":{"$id":"x:y","$schema":"http://json-schema.org/draft-06/schema#","type":"string","writeOnly":true}}}`: "params.properties.token.$schema",
		`{"type":"object","properties":{"$schema":{"type":"string"}}}`:                                                                                "",
		`{"$schema":"https://json-schema.org/draft/2020-12/schema#","type":"object","properties":{"token":{"type":"string","writeOnly":true}}}`:       "",
	} {
		_, err := parameters.Check(json.RawMessage(text))
		e, refused := errors.AsType[*remit.Error](err)
		if refused != (place != "") || refused && (e.Kind != remit.Invalid || e.Field != place) {
			t.Errorf("%s gives %v, want it at %q", text, err, place)
		}
	}
}
