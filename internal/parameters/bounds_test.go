package parameters_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/parameters"
)

// nested is a schema of objects within each other, with depth of them below the top.
func nested(depth int) string {
	return strings.Repeat(`{"type":"object","properties":{"a":`, depth) + `{"type":"object"}` + strings.Repeat("}}", depth)
}

// many is a schema with n properties.
func many(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf(`"p%d":{}`, i)
	}
	return `{"type":"object","properties":{` + strings.Join(names, ",") + `}}`
}

// doubled asks about a value twice in each of n schemas, one of which names the next.
func doubled(n int) string {
	var defs strings.Builder
	for i := range n {
		fmt.Fprintf(&defs, `"d%d":{"anyOf":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]},`, i, i+1, i+1)
	}
	return fmt.Sprintf(`{"type":"object","properties":{"x":{"$ref":"#/$defs/d0"}},"$defs":{%s"d%d":{"type":"string"}}}`, defs.String(), n)
}

const tree = `{"type":"object","properties":{"of":{"$ref":"#/$defs/tree"}},
	"$defs":{"tree":{"type":"object","properties":{"left":{"$ref":"#/$defs/tree"},"rest":{"type":"array","items":{"$ref":"#/$defs/tree"}}}}}}`

func TestASchemaThatTakesTooLongIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ schema, place, words string }{
		{nested(31), "", ""},
		{nested(32), "params" + strings.Repeat(".properties.a", 32), "64 objects and lists"},
		{nested(1500), "params" + strings.Repeat(".properties.a", 32), "too deep"},
		{many(1998), "", ""},
		{many(1999), "params.properties.p999", "2000 objects and lists"},
		{`{"type":"object","description":"` + strings.Repeat("x", parameters.MaxSchema) + `"}`, "params", "65536 are allowed"},
		{doubled(10), "", ""},
		{doubled(40), "params.$defs.d28", "more than 10000 schemas"},
		{tree, "", ""},
		{`{"type":"object","properties":{"a":{"$ref":"#/$defs/x"}},"$defs":{"x":{"$ref":"#/$defs/y"},"y":{"$ref":"#/$defs/x"}}}`, "params.$defs.x", "refers to itself"},
		{`{"type":"object","properties":{"a/b":{"allOf":[{"anyOf":[{"$ref":"#/properties/a~1b"}]}]}}}`, "params.properties.a/b", "refers to itself"},
		{`{"type":"object","properties":{"a":{"items":{"if":{"$ref":"#/properties/a/items"}}}}}`, "params.properties.a.items", "refers to itself"},
		{`{"type":"object","$ref":"#"}`, "params", "refers to itself"},
	} {
		_, err := parameters.Check(json.RawMessage(c.schema))
		if c.words == "" {
			if err != nil {
				t.Errorf("%.80s: %v, want it taken", c.schema, err)
			}
			continue
		}
		e, ok := errors.AsType[*remit.Error](err)
		if !ok || e.Kind != remit.Invalid || e.Field != c.place || !strings.Contains(e.Message, c.words) {
			t.Errorf("%.80s: %v at %v, want %q at %s", c.schema, err, e, c.words, c.place)
		}
	}
}

func TestASchemaThatIsTooDeepIsNotCompiled(t *testing.T) {
	t.Parallel()
	var schemas parameters.Schemas
	if _, err := schemas.Of(json.RawMessage(nested(2000))); remit.KindOf(err) != remit.Invalid {
		t.Errorf("it gives %v", err)
	}
}

func TestASchemaThatGoesIntoItsValueIsTaken(t *testing.T) {
	t.Parallel()
	given, err := parameters.Take("grow", schema(t, tree), json.RawMessage(`{"of":{"left":{"left":{}},"rest":[{"rest":[]}]}}`))
	if err != nil {
		t.Fatalf("%v, %v", given, err)
	}
	if _, err := parameters.Take("grow", schema(t, tree), json.RawMessage(`{"of":{"left":{"left":7}}}`)); remit.KindOf(err) != remit.Invalid {
		t.Errorf("a leaf that is none gives %v", err)
	}
}

// leaves are lists within each other, with depth of them, around one text.
func leaves(depth int) string { return strings.Repeat("[", depth) + `"x"` + strings.Repeat("]", depth) }

// twice is a type that asks twice about what is within a list.
const twice = `{"type":"object","properties":{"of":{"$ref":"#/$defs/list"}},"$defs":{"list":{"anyOf":[
	{"type":"array","items":{"$ref":"#/$defs/list"}}, {"type":"array","items":{"$ref":"#/$defs/list"}}, {"type":"number"}]}}}`

func TestParametersThatTakeTooLongAreRefused(t *testing.T) {
	t.Parallel()
	for depth, words := range map[int]string{8: "got string", 40: "more than 200000 schemas"} {
		_, err := parameters.Take("grow", schema(t, twice), json.RawMessage(`{"of":`+leaves(depth)+`}`))
		if e, ok := errors.AsType[*remit.Error](err); !ok || e.Kind != remit.Invalid || !strings.HasPrefix(e.Field, "params") || !strings.Contains(e.Message, words) {
			t.Errorf("lists of depth %d give %v, want %q", depth, err, words)
		}
	}
	numbers := strings.Repeat("7,", 7000) + "7"
	if _, err := parameters.Take("grow", schema(t, `{"type":"object","properties":{"of":{"items":{"enum":[`+numbers+`]}}}}`), json.RawMessage(`{"of":[`+numbers+`]}`)); err == nil || !strings.Contains(err.Error(), "more than 200000") {
		t.Errorf("many numbers of many give %.200v", err)
	}
	long := `{"of":{"rest":[` + strings.TrimSuffix(strings.Repeat(`{"left":{}},`, 4000), ",") + `]}}`
	if _, err := parameters.Take("grow", schema(t, tree), json.RawMessage(long)); err != nil {
		t.Errorf("a long list: %v", err)
	}
}

func TestWhatIsTooDeepIsRefused(t *testing.T) {
	t.Parallel()
	for depth, words := range map[int]string{63: "", 64: "more than 64 objects and lists", 5000: "more than 64"} {
		_, err := parameters.Take("any", schema(t, `{"type":"object"}`), json.RawMessage(`{"of":`+leaves(depth)+`}`))
		if (err == nil) != (words == "") || err != nil && !strings.Contains(err.Error(), words) {
			t.Errorf("lists of depth %d give %v, want %q", depth, err, words)
		}
	}
}

func TestNumbersThatProgramsDoNotReadAreRefused(t *testing.T) {
	t.Parallel()
	for n, taken := range map[string]bool{
		"0": true, "-0.0e9": true, "1e308": true, "1.5E-300": true, "5000000000000000000000001": true, "0e99999999": true,
		"1e309": false, "-1e999": false, "1e-400": false, "1e5000000": false, "-1E-5000000": false, "1e999999999999": false,
	} {
		for _, asked := range []string{`{"type":"object"}`, `{"type":"object","properties":{"n":{"type":"number","maximum":1e300}}}`} {
			_, err := parameters.Take("count", schema(t, asked), json.RawMessage(`{"n":[{"n":1},`+n+`]}`))
			if refused := err != nil && strings.Contains(err.Error(), "beyond what programs read"); refused == taken {
				t.Errorf("%s gives %v", n, err)
			}
		}
		_, err := parameters.Check(json.RawMessage(`{"type":"object","properties":{"n":{"enum":[` + n + `]}}}`))
		if (err == nil) != taken {
			t.Errorf("a schema with %s gives %v", n, err)
		}
	}
}
