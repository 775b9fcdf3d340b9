package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
)

func TestWhatARequeuedJobNeedsIsKeptReplacedOrCleared(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]*[]remit.JobID{
		"":             nil,
		"-":            {},
		"a, " + oneJob: {"a", oneJob},
	} {
		var ch changes
		if typed != "" {
			cmd := (&app{}).requeue()
			if err := cmd.Flags().Set("needs", typed); err != nil {
				t.Fatal(err)
			}
			ch.needs, _ = cmd.Flags().GetStringSlice("needs")
		}
		r, err := ch.request()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, r.Needs); diff != "" {
			t.Errorf("--needs %q (-want +got):\n%s", typed, diff)
		}
	}
}
