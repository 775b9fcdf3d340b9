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
		r, err := ch.request(nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, r.Needs); diff != "" {
			t.Errorf("--needs %q (-want +got):\n%s", typed, diff)
		}
	}
}

func TestWhoNamesNoJobByNeedsIsRefused(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"", " ", "a,,b", "a,"} {
		cmd := (&app{}).requeue()
		if err := cmd.Flags().Set("needs", typed); err != nil {
			t.Fatal(err)
		}
		refs, _ := cmd.Flags().GetStringSlice("needs")
		if needed, err := neededJobs(refs); remit.KindOf(err) != remit.Invalid {
			t.Errorf("--needs %q: got %v, %v", typed, needed, err)
		}
		if _, err := (changes{needs: refs}).request(nil); remit.KindOf(err) != remit.Invalid {
			t.Errorf("requeue --needs %q: got %v", typed, err)
		}
	}
}
