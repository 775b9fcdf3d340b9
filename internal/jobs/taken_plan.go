package jobs

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// takes fixes from which attempts a step takes files, or says why it cannot: a
// name or a pattern that nothing has, artifacts that have expired, or two of which
// one would lie inside the other.
func takes(r *gate.Reader, step remit.Step, jobs map[string]*row) (inputs []stepInput, refused string, err error) {
	for _, in := range step.Inputs {
		giver, _ := giverOf(in)
		source := jobs[giver]
		if source == nil || source.State != remit.JobSucceeded {
			return nil, "it takes files of step " + giver + ", which has not succeeded", nil
		}
		inputs = append(inputs, stepInput{Step: giver, Source: source.ID, Attempt: source.Attempt, Name: in.Name})
	}
	if refused, err = whyGone(r, inputs); err != nil || refused != "" {
		return nil, refused, err
	}
	refused, err = whyNot(r, inputs)
	return inputs, refused, err
}

func whyNot(r db.Reader, inputs []stepInput) (refused string, err error) {
	for _, in := range inputs {
		some, err := chosen(r, []stepInput{in})
		if err != nil {
			return "", err
		}
		if in.Name != "" && len(some) == 0 {
			return fmt.Sprintf("it takes %s of step %s, which made no such file", in.Name, in.Step), nil
		}
	}
	all, err := chosen(r, inputs)
	if err == nil && len(all) > maxArtifacts {
		return fmt.Sprintf("it takes %d files of other steps; at most %d are allowed", len(all), maxArtifacts), nil
	}
	if refused = whyRemoved(all); refused != "" {
		return refused, err
	}
	beside := newPaths(nil)
	for _, in := range all {
		if beside.block(in.Name) {
			return "it takes two files of a step of which one is named like the folder of the other", nil
		}
		beside.add(in.Name)
	}
	return "", err
}

// storeStepInputs writes down what the job of a step takes.
func storeStepInputs(tx *gate.Tx, j *row, inputs []stepInput) error {
	for i, in := range inputs {
		if _, err := tx.Exec(insertStepInput, j.ID, i, in.Step, in.Source, in.Attempt, in.Name); err != nil {
			return fmt.Errorf("storing what step %s takes: %w", j.ID, err)
		}
	}
	return nil
}
