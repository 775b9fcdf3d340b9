package cli

import (
	"testing"

	"github.com/remit-server/remit"
)

func TestOfAWorkflowTheStepsAtWorkAreShown(t *testing.T) {
	t.Parallel()
	stages := []remit.Stage{{Label: "one", Done: 100, Total: 100, Unit: "%"}, {Label: "two", Done: 20, Total: 100, Unit: "%"}, {Label: "three", Total: 100, Unit: "%"}}
	for states, want := range map[[3]remit.JobState]string{
		{"succeeded", "running", "waiting"}:   "two (20 of 100 %)",
		{"succeeded", "claimed", "running"}:   "two (20 of 100 %), three (0 of 100 %)",
		{"queued", "queued", "waiting"}:       "one queued",
		{"succeeded", "held", "running"}:      "three (0 of 100 %)",
		{"succeeded", "held", "waiting"}:      "two held",
		{"succeeded", "failed", "not_made"}:   "",
		{"succeeded", "succeeded", "waiting"}: "",
	} {
		j := remit.Job{Progress: remit.Progress{Stages: stages}}
		for i, state := range states {
			j.Steps = append(j.Steps, remit.JobStep{Name: stages[i].Label, State: state})
		}
		if got := stageNow(j); got != want {
			t.Errorf("%v: %q, want %q", states, got, want)
		}
	}
	if got := stageNow(remit.Job{Progress: remit.Progress{Stages: stages}}); got != "three (0 of 100 %)" {
		t.Errorf("of no workflow: %q", got)
	}
}
