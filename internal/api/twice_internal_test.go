package api

import (
	"net/url"
	"testing"
)

func TestAFieldThatIsGivenTwiceIsFoundWhereverItIs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{}`: "", `[]`: "", ``: "", `"a"`: "", `{"a":1,"b":1}`: "", `{`: "",
		`{"a":1,"a":1}`:                      "body.a",
		`{"a":1,"\u0061":2}`:                 "body.a",
		`{"a":{"b":1},"b":2}`:                "",
		`{"a":{"b":1,"b":2}}`:                "body.a.b",
		`{"a":[{"b":1},{"b":1}]}`:            "",
		`{"a":[1,{"b":1,"c":[],"b":1}]}`:     "body.a.b",
		`{"a":"a","b":["a","a"],"c":"a"}`:    "",
		`{"a":[],"a":[]}`:                    "body.a",
		`{"a":{"x":[1,2,{}]},"b":{},"a":{}}`: "body.a",
		`{"on":{"file":"f"},"on":{}}`:        "body.on",
		`{"A":1,"a":1}`:                      "", // another name: the schema refuses one of them
	} {
		if got := twice([]byte(text)); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestAParameterTakesOneValue(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "a=1&b=1": "", "b=1&a=1&a=1": "a", "a=&a=": "a"} {
		query, err := url.ParseQuery(text)
		if err != nil || repeated(query) != want {
			t.Errorf("%s: %q, want %q (%v)", text, repeated(query), want, err)
		}
	}
}
