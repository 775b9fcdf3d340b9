package jobs_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestAStepNamesTheStepsThatItComesAfter(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		got := map[string][]string{}
		for _, s := range w.survey(w.max).Steps {
			got[s.Name] = s.Needs
		}
		want := map[string][]string{"find": nil, "count": {"find"}, "check": nil, "report": {"check", "count"}}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
