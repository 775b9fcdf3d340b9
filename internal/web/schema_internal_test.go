package web

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
)

func TestPatternsThatBrowsersReadOtherwiseAreLeftToTheServer(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"":                 "",
		"^[a-z]+$":         ".*(?:^[a-z]+$).*",
		"a|b":              ".*(?:a|b).*",
		`^\d{1,3}(?:,\d)*`: `.*(?:^\d{1,3}(?:,\d)*).*`,
		"^[A-Za-z0-9_-]+$": `.*(?:^[A-Za-z0-9_\-]+$).*`,
		`[a\-]`:            `.*(?:[a\-]).*`,
		`[\\-]`:            "",
		"(?i)abc":          "",
		"[[:alpha:]]":      "",
		`\pL`:              "",
		`\S+`:              "",
		"[(]":              "",
		"[_-z]":            "",
		`\Qa\E`:            "",
		`a\-b`:             "",
	} {
		if got := htmlPattern(pattern); got != want {
			t.Errorf("%s is %q for a browser, want %q", pattern, got, want)
		}
	}
}

func TestABrowsersLimitsRefuseNothingThatTheSchemaTakes(t *testing.T) {
	t.Parallel()
	for schema, want := range map[string]limits{
		`{"type":"integer"}`:                                                         {Step: "1"},
		`{"type":"integer","minimum":0.5,"maximum":2.5}`:                             {Min: "1", Max: "2", Step: "1"},
		`{"type":"integer","exclusiveMinimum":0,"minimum":-3,"exclusiveMaximum":10}`: {Min: "1", Max: "9", Step: "1"},
		`{"type":["null","integer"],"exclusiveMinimum":1.5}`:                         {Min: "2", Step: "1"},
		`{"type":"integer","multipleOf":5}`:                                          {Step: "5"},
		`{"type":"integer","multipleOf":5,"minimum":10}`:                             {Min: "10", Step: "5"},
		`{"type":"integer","multipleOf":5,"minimum":3}`:                              {Min: "3", Step: "any"},
		`{"type":"number","exclusiveMinimum":0,"multipleOf":0.1}`:                    {Min: "0", Step: "any"},
		`{"type":"number","minimum":1e-3,"maximum":2}`:                               {Min: "1e-3", Max: "2", Step: "any"},
		`{"type":"string","minLength":2,"maxLength":5}`:                              {MinLength: "2", MaxLength: "5"},
		`{"type":"string","writeOnly":true,"maxLength":5}`:                           {}, // what is pasted is not cut in silence
		`{"type":"array"}`: {},
	} {
		p := param{property: readSchema(nil).property(json.RawMessage(schema))}
		if got := p.field(1).limits; got != want {
			t.Errorf("%s: %+v, want %+v", schema, got, want)
		}
	}
	typed := param{property: readSchema(nil).property(json.RawMessage(`{"type":"integer"}`))}
	if got := typed.field(1).set(typed, "1.5").Step; got != "any" {
		t.Errorf("steps are counted from what was typed: %s", got)
	}
}

func formOf(schema string) form { return jobForm(remit.JobType{Params: json.RawMessage(schema)}) }

func TestAnUntouchedFormSaysWhatNoFormSays(t *testing.T) {
	t.Parallel()
	f := formOf(`{"type":"object","properties":{"a":{"type":"integer","default":3},"b":{"type":"boolean"},"c":{"enum":["x",null]},
		"d":{"type":"string"},"e":{"type":"array"},"f":{"type":"boolean","default":false},"g":{"type":"string","default":"two\nlines"},"h":{"const":7},"i":{"default":null},"j":true}}`)
	form := url.Values{}
	for _, at := range f.Fields {
		if at.Kind != "checkbox" || at.Value == "true" {
			form.Set(at.Name, at.Value)
		}
	}
	form.Del("params.f") // it is not ticked
	got, err := f.typed(form)
	if want := `{"a":3,"f":false,"g":"two\nlines","i":null}`; err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

func TestWhatIsTypedIsReadAsTheSchemaMeansIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ schema, typed, want string }{
		{`{"type":"string"}`, "0012", `"0012"`},
		{`{"type":"string"}`, " ", `" "`},
		{`{"type":"string","default":"x"}`, "", `""`},
		{`{"type":"string","default":"x\n"}`, "a\r\nb", `"a\nb"`},
		{`{"type":"number"}`, "-.5", `-0.5`},
		{`{"type":"integer"}`, "9007199254740993", `9007199254740993`},
		{`{"type":"number"}`, "Infinity", `"Infinity"`},
		{`{"type":["string","integer"]}`, "12", `12`},
		{`{"type":["string","integer"]}`, "a b", `"a b"`},
		{`{"type":"object"}`, ` {"a": 1} `, `{"a":1}`},
		{`{"enum":["a","1",1]}`, `"1"`, `"1"`},
		{`{"enum":["a","1",1]}`, `1`, `1`},
		{`{"type":"boolean"}`, `true`, `true`},
		{`{"$ref":"#/$defs/d"}`, `5`, `5`},
	} {
		f := formOf(`{"type":"object","$defs":{"d":{"type":"integer"}},"properties":{"x.y z":` + c.schema + `}}`)
		got, err := f.typed(url.Values{"params.x.y z": {c.typed}})
		if want := `{"x.y z":` + c.want + `}`; err != nil || string(got) != want {
			t.Errorf("%s: %q is %s, %v; want %s", c.schema, c.typed, got, err, want)
		}
	}
}

func TestWhatIsNoJSONIsRefusedAtItsField(t *testing.T) {
	t.Parallel()
	f := formOf(`{"type":"object","additionalProperties":{"type":"integer"},"properties":{"list":{"type":"array"}}}`)
	for _, c := range []struct{ name, typed, field string }{{"params.list", "[1", "params.list"}, {"others", "[]", "others"}, {"others", "null", "others"},
		{"others", `{"list":[1]}`, "others"}} {
		_, err := f.typed(url.Values{c.name: {c.typed}})
		e, ok := err.(*remit.Error)
		if !ok || e.Kind != remit.Invalid || e.Field != c.field {
			t.Errorf("%s = %s: %v", c.name, c.typed, err)
		}
	}
	got, err := f.typed(url.Values{"others": {`{"deep": 2}`}, "params.list": {"[1]"}})
	if want := `{"deep":2,"list":[1]}`; err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

func TestParametersThatMustBeTypedComeFirst(t *testing.T) {
	t.Parallel()
	s := readSchema(json.RawMessage(`{"type":"object","required":["must","filled","unsaid"],"properties":{"z":{},"filled":{"default":1},"must":{},"a":{}}}`))
	var names []string
	for _, p := range s.params() {
		names = append(names, p.name)
	}
	if diff := cmp.Diff([]string{"must", "unsaid", "z", "filled", "a"}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
