package client_test

import (
	"testing"

	"github.com/remit-server/remit/client"
)

func TestATextIsTakenAsItIsWhereTheSchemaSaysSo(t *testing.T) {
	t.Parallel()
	const schema = `{"type":"object","$defs":{"word":{"type":"string"}},"properties":{
		"script":{"type":"string"}, "ref":{"$ref":"#/$defs/word"}, "mode":{"enum":["1","2"]}, "only":{"const":"7"},
		"maybe":{"type":["string","null"]}, "size":{"type":["string","number"]}, "n":{"type":"integer"}, "on":{"type":"boolean"}, "any":{}},
		"additionalProperties":{"type":"string"}}`
	for pair, want := range map[[2]string]string{
		{"script", "true"}: `"true"`, {"script", "0012"}: `"0012"`, {"script", "12"}: `"12"`, {"script", `"x"`}: `"\"x\""`, {"script", "{}"}: `"{}"`, {"script", ""}: `""`,
		{"ref", "1"}: `"1"`, {"mode", "1"}: `"1"`, {"only", "7"}: `"7"`, {"other", "1e3"}: `"1e3"`,
		{"maybe", "null"}: `null`, {"maybe", "true"}: `"true"`, {"maybe", `"x"`}: `"\"x\""`, {"size", "12"}: `12`, {"size", "1.5"}: `1.5`, {"size", "big"}: `"big"`,
		{"n", "12"}: `12`, {"n", "0012"}: `"0012"`, {"on", "true"}: `true`, {"on", "yes"}: `"yes"`,
		{"any", "12"}: `12`, {"any", "[1]"}: `[1]`, {"any", "x"}: `"x"`,
	} {
		got, err := client.ParamsFor([]byte(schema), map[string]string{pair[0]: pair[1]})
		if expect := `{"` + pair[0] + `":` + want + `}`; err != nil || string(got) != expect {
			t.Errorf("%s=%s: %s, %v; want %s", pair[0], pair[1], got, err, expect)
		}
	}
	for _, schema := range []string{"", "true", `{"additionalProperties":false}`, `{"properties":[]}`, `{"properties":{"n":true}}`} {
		got, err := client.ParamsFor([]byte(schema), map[string]string{"n": "1"})
		if err != nil || string(got) != `{"n":1}` {
			t.Errorf("%q: %s, %v", schema, got, err)
		}
	}
}

func TestASecretChangesNoOtherParameter(t *testing.T) {
	t.Parallel()
	for params, want := range map[string]string{
		`{"source_id":4295806720178259841}`: `{"source_id":4295806720178259841,"token":"x"}`,
		`{"a":1.10,"b":[1e400],"c":null}`:   `{"a":1.10,"b":[1e400],"c":null,"token":"x"}`,
		`{"token":"old"}`:                   `{"token":"x"}`, "null": `{"token":"x"}`, "": `{"token":"x"}`,
	} {
		if got, err := client.WithSecrets([]byte(params), map[string]string{"token": "x"}); err != nil || string(got) != want {
			t.Errorf("%s: %s, %v; want %s", params, got, err, want)
		}
	}
	if got, err := client.WithSecrets([]byte("[1]"), map[string]string{"token": "x"}); err == nil {
		t.Errorf("a list became %s", got)
	}
	if got, err := client.WithSecrets([]byte(`{"a":1.0}`), nil); err != nil || string(got) != `{"a":1.0}` {
		t.Errorf("without secrets: %s, %v", got, err)
	}
}
