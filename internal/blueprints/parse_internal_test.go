package blueprints

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
)

func TestAMistypedKeyIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"name: x\nrolls: []":                          "[2:1]",
		"roles:\n  - name: a\n    alow: []":           "[3:5]",
		"job_types:\n  - key: a\n    pramas: {}":      "[3:5]",
		"job_types:\n  - key: a\n    args: certainly": "[3:11]",
		"name: [": "[1:",
	} {
		_, err := parse("b.yaml", []byte(text))
		if remit.KindOf(err) != remit.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want invalid at %s", text, err, want)
		}
	}
}
