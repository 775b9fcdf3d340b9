package blueprints_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/blueprints"
	"github.com/remit-server/remit/internal/policyfile"
)

// odd are texts that YAML might take for something else.
var odd = []string{"yes", "null", "~", "1e3", "0x10", "012", "1_000", "3.0", ".inf", "2026-01-01", "{input}", "- a", "# no comment", "a: b", "a #b", "'", "\"", "\\", "a\nb\n", "a\n\n  b", "\ttab",
	" space ", "", "<<", "&a", "*a", "!x", "%y", "@z", "`w", "|", ">", "é", "😀", "\u0085", "\u2028", "<b>&", "=", "?", "a\r\nb", "true", "-", "[", "]", "}", ","}

func TestWhatIsAnsweredIsReadAgainAsItWas(t *testing.T) {
	t.Parallel()
	for i, text := range odd {
		limit := 4.5
		if i == 0 {
			limit = 1e21 // which YAML takes for a text
		}
		schema, err := json.Marshal(map[string]any{"type": "object", "properties": map[string]any{"a": map[string]any{"const": text, "maximum": limit}, "x" + text: map[string]any{"default": 9007199254740993}}})
		if err != nil {
			t.Fatal(err)
		}
		want := remit.JobType{Key: "k", Title: text, Description: text + text, On: []string{"none"}, Runner: "workflow", Command: []string{text, "a" + text}, Params: schema,
			Resources: remit.Resources{Labels: map[string]string{"l" + text: text}}, Steps: []remit.Step{{Name: "a", Params: map[string]any{"p": text, "n": map[string]any{"from": text}}}}}
		plain, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		asYAML, err := blueprints.YAML(want)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		for form, file := range map[string]string{"JSON": string(plain), "YAML": asYAML} {
			got, err := blueprints.ParseTypes(policyfile.File{Name: "a", Text: file})
			if err != nil {
				t.Errorf("%q as %s: %v", text, form, err)
				continue
			}
			again, err := json.Marshal(got.All[0])
			if diff := cmp.Diff(into(t, plain), into(t, again)); err != nil || diff != "" {
				t.Errorf("%q as %s (%v, -want +got):\n%s", text, form, err, diff)
			}
		}
	}
}

func TestAScriptOfManyLinesIsShownAsYAML(t *testing.T) {
	t.Parallel()
	text, err := blueprints.YAML(remit.JobType{Key: "k", Title: "Yes: it's \"so\"", On: []string{"none"}, Runner: "process", Command: []string{"sh", "-c", "set -e\nfor f in inputs/*; do\n  echo \"$f\"\ndone\n"}})
	if err != nil || strings.HasPrefix(text, "{") || strings.Contains(text, "permissions") {
		t.Errorf("%v:\n%s", err, text)
	}
}

func into(t *testing.T, text []byte) (v map[string]any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
