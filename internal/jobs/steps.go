package jobs

import (
	"regexp"
	"slices"
	"strings"

	"github.com/remit-server/remit"
)

// runsSteps is the runner of a type whose jobs are workflows: no node has it.
const runsSteps = "workflow"

// maxSteps bounds the steps of a workflow; progress has as many stages.
const maxSteps = maxStages

var stepName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// source is where a parameter of a step comes from.
type source struct {
	param string   // of the workflow
	step  string   // or the result of this step
	path  []string // a place in it
}

// sourceOf reads {"from": "…"}; false for any other value, which is one itself.
func sourceOf(value any) (from source, is bool, ok bool) {
	object, _ := value.(map[string]any)
	text, is := object["from"].(string)
	if !is || len(object) != 1 {
		return from, false, true
	}
	if name, found := strings.CutPrefix(text, "params."); found && name != "" {
		return source{param: name}, true, true
	}
	parts := strings.Split(text, ".")
	if len(parts) < 3 || parts[0] != "steps" || parts[2] != "result" || slices.Contains(parts, "") {
		return from, true, false
	}
	return source{step: parts[1], path: parts[3:]}, true, true
}

// before are the steps that a step comes after, and those of them whose results
// or files it takes.
func before(step remit.Step) (needs, takes []string) {
	takes = givers(step)
	for _, in := range step.Inputs {
		if giver, ok := giverOf(in); ok {
			takes = append(takes, giver)
		}
	}
	slices.Sort(takes)
	takes = slices.Compact(takes)
	needs = append(slices.Clone(step.Needs), takes...)
	slices.Sort(needs)
	return slices.Compact(needs), takes
}

// givers are the steps whose results a step's parameters come from.
func givers(step remit.Step) (names []string) {
	for _, value := range step.Params {
		if from, is, ok := sourceOf(value); is && ok && from.step != "" {
			names = append(names, from.step)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// checkSteps checks the steps of a declaration by themselves.
func checkSteps(t remit.JobType) error {
	if t.Runner != runsSteps {
		if len(t.Steps) > 0 {
			return invalid("steps", "Job type %s has steps and the runner %s; steps are of the runner workflow", t.Key, t.Runner)
		}
		return nil
	}
	if field := notOfWorkflows(t); field != "" {
		return invalid(field, "Job type %s is a workflow: no node works on it, so it has no %s", t.Key, field)
	}
	if len(t.Steps) == 0 || len(t.Steps) > maxSteps {
		return invalid("steps", "Workflow %s has %d steps; it takes 1 to %d", t.Key, len(t.Steps), maxSteps)
	}
	for i, step := range t.Steps {
		if err := checkStep(t, i, step); err != nil {
			return err
		}
	}
	return checkCycles(t)
}

// notOfWorkflows is the first field that only a job with a node has a use for.
func notOfWorkflows(t remit.JobType) string {
	for _, f := range []struct {
		field string
		given bool
	}{
		{"command", len(t.Command) > 0}, {"args", t.Args}, {"env", len(t.Env) > 0}, {"lends", len(t.Lends) > 0},
		{"resources", t.Resources.CPUs != 0 || t.Resources.MemoryMB != 0 || t.Resources.GPUs != 0 || len(t.Resources.Labels) > 0},
		{"time_limit_s", t.TimeLimitS != 0}, {"backoff_s", t.BackoffS != 0}, {"max_attempts", t.MaxAttempts > 1},
	} {
		if f.given {
			return f.field
		}
	}
	return ""
}

func checkStep(t remit.JobType, i int, step remit.Step) error {
	at := "steps." + index(i)
	named := func(name string) bool {
		return slices.ContainsFunc(t.Steps, func(s remit.Step) bool { return s.Name == name })
	}
	switch {
	case !stepName.MatchString(step.Name):
		return invalid(at+".name", "Workflow %s: %.80q is no name for a step: a lower-case letter, then up to 31 letters, digits and dashes", t.Key, step.Name)
	case slices.IndexFunc(t.Steps, func(s remit.Step) bool { return s.Name == step.Name }) != i:
		return invalid(at+".name", "Workflow %s has two steps named %s", t.Key, step.Name)
	case step.On != "" && step.On != onNothing:
		return invalid(at+".on", "Workflow %s: step %s is on %.40q; it can be on none, or on what the workflow is on", t.Key, step.Name, step.On)
	}
	for k, need := range step.Needs {
		if !named(need) {
			return invalid(at+".needs."+index(k), "Workflow %s: step %s needs %.40q, and there is no such step", t.Key, step.Name, need)
		}
	}
	for name, value := range sorted(step.Params) {
		from, _, ok := sourceOf(value)
		switch place := at + ".params." + name; {
		case !ok:
			return invalid(place, `Workflow %s: step %s takes %s from %.80q; write params.NAME or steps.NAME.result.KEY`,
				t.Key, step.Name, name, value.(map[string]any)["from"])
		case from.step != "" && !named(from.step):
			return invalid(place, "Workflow %s: step %s takes %s from step %.40q, and there is no such step", t.Key, step.Name, name, from.step)
		}
	}
	return checkStepInputs(t, at, step)
}

// checkCycles holds that every step can be reached.
func checkCycles(t remit.JobType) error {
	after := map[string][]string{}
	for _, step := range t.Steps {
		after[step.Name], _ = before(step)
	}
	done := map[string]bool{}
	var visit func(name string, path []string) error
	visit = func(name string, path []string) error {
		if from := slices.Index(path, name); from >= 0 {
			return invalid("steps", "Workflow %s: its steps wait for each other: %s", t.Key, strings.Join(append(path[from:], name), " → "))
		}
		if done[name] {
			return nil
		}
		for _, need := range after[name] {
			if err := visit(need, append(slices.Clone(path), name)); err != nil {
				return err
			}
		}
		done[name] = true
		return nil
	}
	for _, step := range t.Steps {
		if err := visit(step.Name, nil); err != nil {
			return err
		}
	}
	return nil
}
