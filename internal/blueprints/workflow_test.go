package blueprints_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/blueprints"
)

func TestTheWorkflowOfTheDocsIsDeclaredAsItIsWritten(t *testing.T) {
	inWorlds(t, func(w *world) {
		text, err := os.ReadFile("../../docs/workflows.md")
		w.must(err)
		var example strings.Builder
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "Save it") {
				break
			}
			if inner, found := strings.CutPrefix(line, "    "); found {
				example.WriteString(inner)
			}
		}
		file := filepath.Join(w.TempDir(), "survey.yaml")
		w.must(os.WriteFile(file, []byte(example.String()), 0o600))
		b, err := blueprints.Load(file)
		w.must(err)
		w.must(blueprints.Apply(w.Context(), setup, w.services, b))
		page, err := w.services.Jobs.Types(w.Context(), setup, "")

		w.must(err)
		for _, kind := range page.Items {
			if kind.Key == "survey" {
				wantEqual(w.T, len(kind.Steps), 2)
				wantEqual(w.T, kind.Steps[1].Params, map[string]any{"found": map[string]any{"from": "steps.find.result.found"}, "title": "Moths"})
				wantEqual(w.T, kind.Steps[1].Inputs, []remit.StepInput{{From: "steps.find.artifacts", Name: "*.csv"}})
				return
			}
		}
		w.Error("there is no type survey")
	})
}
