package remit

import (
	"bytes"
	"encoding/json"
)

// Step is one step of a workflow: a job of a type.
type Step struct {
	Name string `json:"name" yaml:"name"`       // a lower-case letter, then up to 31 letters, digits and dashes
	Type string `json:"type" yaml:"type"`       // the key of a job type that is no workflow
	On   string `json:"on,omitempty" yaml:"on"` // "" = what the workflow is on, or "none"
	// Params are those of the job: values, or {"from": "params.NAME"} for a
	// parameter of the workflow and {"from": "steps.NAME.result.KEY"} for what
	// another step found.
	Params   StepParams  `json:"params,omitempty" yaml:"params"`
	Inputs   []StepInput `json:"inputs,omitempty" yaml:"inputs"`
	Needs    []string    `json:"needs,omitempty" yaml:"needs"`       // steps that come before, besides those that parameters and inputs come from
	Continue bool        `json:"continue,omitempty" yaml:"continue"` // the workflow goes on when the step fails
}

// StepParams are the parameters of a step, by name. Numbers that are read of
// JSON stay as they are written (json.Number).
type StepParams map[string]any

// UnmarshalJSON reads an object, or null for none.
func (p *StepParams) UnmarshalJSON(text []byte) error {
	var object map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		return err
	}
	*p = object
	return nil
}

// StepInput says which artifacts of another step the job gets as files: from the
// attempt that succeeded, under inputs/NAME/.
type StepInput struct {
	From string `json:"from" yaml:"from"` // "steps.NAME.artifacts"
	// Name chooses those whose path below outputs/ it is, or matches: * and ?
	// stand for anything but slashes, [a-c] for one of these. "" = all.
	Name string `json:"name,omitempty" yaml:"name"`
}

// JobStep is what has become of a step of a workflow.
type JobStep struct {
	Name  string   `json:"name"`
	Type  string   `json:"type"`
	State JobState `json:"state"`           // that of its job, else StepWaiting, StepRefused or StepNotMade
	Job   JobID    `json:"job,omitempty"`   // where the asker may read it, as with what it is held for and its error
	Needs []string `json:"needs,omitempty"` // the steps that must have ended before
	Held  string   `json:"held,omitempty"`
	Error string   `json:"error,omitempty"`
}

// The states of a step that has no job in this run of its workflow.
const (
	StepWaiting JobState = "waiting"  // for other steps
	StepRefused JobState = "refused"  // its type did not take what the steps before found
	StepNotMade JobState = "not_made" // the workflow ended, or what it needs did not come
)
