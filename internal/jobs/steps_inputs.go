package jobs

import (
	"path"
	"slices"
	"strings"

	"github.com/remit-server/remit"
)

// maxStepInputs bounds how often one step says what it takes.
const maxStepInputs = 100

// paramsDir is where the files of parameters lie below inputs/.
const paramsDir = "params"

// giverOf is the step whose artifacts an input comes from; false for what it is not.
func giverOf(in remit.StepInput) (step string, ok bool) {
	step, ok = strings.CutPrefix(in.From, "steps.")
	if ok {
		step, ok = strings.CutSuffix(step, ".artifacts")
	}
	return step, ok && stepName.MatchString(step)
}

// checkStepInputs checks what a step takes of others by itself.
func checkStepInputs(t remit.JobType, at string, step remit.Step) error {
	if len(step.Inputs) > maxStepInputs {
		return invalid(at+".inputs", "Workflow %s: step %s has %d inputs; at most %d are allowed", t.Key, step.Name, len(step.Inputs), maxStepInputs)
	}
	for i, in := range step.Inputs {
		place := at + ".inputs." + index(i)
		giver, ok := giverOf(in)
		switch {
		case !ok:
			return invalid(place+".from", "Workflow %s: step %s takes files from %.80q; write steps.NAME.artifacts", t.Key, step.Name, in.From)
		case !slices.ContainsFunc(t.Steps, func(s remit.Step) bool { return s.Name == giver }):
			return invalid(place+".from", "Workflow %s: step %s takes files from step %.40q, and there is no such step", t.Key, step.Name, giver)
		case giver == paramsDir:
			return invalid(place+".from", "Workflow %s: the files of a step named %s would lie where those of parameters do, in inputs/%s", t.Key, giver, paramsDir)
		case in.Name != "" && !isPattern(in.Name):
			return invalid(place+".name", "Workflow %s: step %s takes %.80q, which is neither the name of an artifact nor a pattern", t.Key, step.Name, in.Name)
		}
	}
	return nil
}

// isPattern says whether a text can be the name of an artifact, or match one.
func isPattern(text string) bool {
	_, err := path.Match(text, "")
	return err == nil && checkArtifactName(text) == nil
}

// chooses says whether an artifact is one of those that an input means.
func (in stepInput) chooses(a remit.Artifact) bool {
	matches, err := path.Match(in.Name, a.Name)
	return in.Name == "" || in.Name == a.Name || err == nil && matches
}
