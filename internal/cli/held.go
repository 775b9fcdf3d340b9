package cli

import (
	"slices"

	"github.com/remit-server/remit"
)

// tellNewlyHeld tells what a job and its steps wait for, and did not before.
func (a *app) tellNewlyHeld(before, now remit.Job) {
	told := heldTexts(before)
	for _, text := range heldTexts(now) {
		if !slices.Contains(told, text) {
			a.tell("%s", text)
		}
	}
}

// heldTexts are what a job and its steps wait for: a right, a type, another job.
func heldTexts(j remit.Job) (texts []string) {
	if j.State == remit.JobHeld {
		texts = append(texts, "held: "+printable(j.Held))
	}
	for _, s := range j.Steps {
		switch {
		case s.State != remit.JobHeld:
		case s.Held == "":
			texts = append(texts, "held: step "+printable(s.Name))
		default:
			texts = append(texts, "held: step "+printable(s.Name)+": "+printable(s.Held))
		}
	}
	return texts
}
