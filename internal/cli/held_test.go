package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
)

func TestWhatAJobAndItsStepsWaitForIsSaid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		job  remit.Job
		want []string
	}{
		{remit.Job{State: remit.JobHeld, Held: "it needs job a"}, []string{"held: it needs job a"}},
		{remit.Job{State: remit.JobRunning, Steps: []remit.JobStep{
			{Name: "find", State: remit.JobHeld, Held: "its type find is switched off"}, {Name: "hidden", State: remit.JobHeld}, {Name: "look", State: remit.JobQueued}}},
			[]string{"held: step find: its type find is switched off", "held: step hidden"}},
		{remit.Job{State: remit.JobQueued}, nil},
	} {
		if diff := cmp.Diff(c.want, heldTexts(c.job)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
