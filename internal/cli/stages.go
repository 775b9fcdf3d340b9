package cli

import (
	"fmt"
	"strings"

	"github.com/remit-server/remit"
)

// stageNow is what a job is at: the stage that was told last or, of a workflow,
// the steps that are at work, else the first one that waits for a node or a right.
func stageNow(j remit.Job) string {
	if len(j.Steps) == 0 {
		return lastStage(j.Progress)
	}
	var now []string
	for _, s := range j.Steps {
		if s.State.Leased() {
			now = append(now, stageOf(j.Progress, s.Name))
		}
	}
	for _, s := range j.Steps {
		if len(now) == 0 && (s.State == remit.JobQueued || s.State == remit.JobHeld) {
			now = append(now, printable(s.Name)+" "+string(s.State))
		}
	}
	return strings.Join(now, ", ")
}

func lastStage(p remit.Progress) string {
	if len(p.Stages) == 0 {
		return ""
	}
	return stageText(p.Stages[len(p.Stages)-1])
}

func stageOf(p remit.Progress, label string) string {
	for _, s := range p.Stages {
		if s.Label == label {
			return stageText(s)
		}
	}
	return printable(label)
}

func stageText(s remit.Stage) string {
	if s.Total > 0 {
		return fmt.Sprintf("%s (%d of %d %s)", printable(s.Label), s.Done, s.Total, s.Unit)
	}
	return printable(s.Label)
}
