package jobs

import (
	"iter"
	"maps"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/parameters"
)

// checkUses holds that declarations fit each other and the types that are
// there: the steps of a workflow those that they are of, and any type the
// workflows that use it. It says at which declaration it found fault.
func (s *Service) checkUses(before, all []remit.JobType) (int, error) {
	kinds := map[string]remit.JobType{}
	for _, k := range before {
		kinds[k.Key] = k
	}
	for i, t := range all {
		if was, known := kinds[t.Key]; known && (was.Runner == runsSteps) != (t.Runner == runsSteps) {
			return i, remit.Errorf(remit.Conflict, "Job type %s cannot become a workflow, or stop being one: jobs of it may be there", t.Key).
				WithCode("type_in_use").WithField("runner").WithHint("Declare a type with another key.")
		}
		kinds[t.Key] = t
	}
	for i, t := range all {
		if err := s.checkKinds(t, kinds); err != nil {
			return i, err
		}
	}
	for i, t := range all {
		if err := s.checkUsers(t, kinds); err != nil {
			return i, err
		}
	}
	return 0, nil
}

// checkUsers holds that the workflows that use a type go on fitting it.
func (s *Service) checkUsers(t remit.JobType, kinds map[string]remit.JobType) error {
	for _, w := range sorted(kinds) {
		if w.Key == t.Key || !slices.ContainsFunc(w.Steps, func(step remit.Step) bool { return step.Type == t.Key }) {
			continue
		}
		if err := s.checkKinds(w, kinds); err != nil {
			return remit.Errorf(remit.Conflict, "Job type %s cannot change so, since a workflow uses it: %s", t.Key, err).
				WithCode("type_in_use").WithHint("Change workflow %s first, or together with it.", w.Key)
		}
	}
	return nil
}

// checkKinds holds that each step of a workflow gives its type what that takes.
func (s *Service) checkKinds(t remit.JobType, kinds map[string]remit.JobType) error {
	if t.Runner != runsSteps {
		return nil
	}
	schema, err := s.schemas.Of(t.Params)
	if err != nil {
		return err
	}
	for i, step := range t.Steps {
		c := stepCheck{schemas: &s.schemas, workflow: t, schema: schema, step: step, at: "steps." + index(i)}
		if err := c.check(kinds); err != nil {
			return err
		}
	}
	return nil
}

// stepCheck compares one step with its type.
type stepCheck struct {
	schemas  *parameters.Schemas
	workflow remit.JobType
	schema   *parameters.Schema // of the workflow's parameters; nil = none
	step     remit.Step
	at       string
	kind     remit.JobType
	takes    *parameters.Schema // of the type's parameters; nil = none
}

func (c *stepCheck) check(kinds map[string]remit.JobType) (err error) {
	kind, known := kinds[c.step.Type]
	switch {
	case !known:
		return c.refuse(".type", "there is no job type %.80q", c.step.Type)
	case kind.Runner == runsSteps:
		return c.refuse(".type", "%s is a workflow itself, and workflows have no workflows as steps", kind.Key)
	}
	if kind.Runner == "builtin" && len(c.step.Inputs) > 0 {
		return c.refuse(".inputs", "%s is built in, and reads no files of other steps", kind.Key)
	}
	c.kind = kind
	if c.takes, err = c.schemas.Of(kind.Params); err != nil {
		return err
	}
	for _, place := range c.places() {
		if !slices.Contains(kind.On, place) {
			return c.refuse(".on", "%s jobs are never on %s, where this one may be", kind.Key, place)
		}
	}
	for name, value := range sorted(c.step.Params) {
		if err := c.param(name, value); err != nil {
			return err
		}
	}
	return c.complete()
}

// places are what the step may be on.
func (c *stepCheck) places() []string {
	if c.step.On == onNothing {
		return []string{onNothing}
	}
	return c.workflow.On
}

func (c *stepCheck) param(name string, value any) error {
	place := ".params." + name
	takes := parameters.PropertyOf(c.takes, name)
	if takes.Refused {
		return c.refuse(place, "%s takes no parameter %s", c.kind.Key, name)
	}
	from, is, _ := sourceOf(value)
	if err := c.secret(place, name, from, takes); err != nil {
		return err
	}
	switch {
	case !is:
		return c.constant(place, name, value, takes)
	case from.param != "":
		return c.fromParam(place, name, from.param, takes)
	}
	return nil
}

// constant holds a value that the type itself says against the step's type.
func (c *stepCheck) constant(place, name string, value any, takes parameters.Property) error {
	text, err := parameters.Encode(value)
	if err != nil {
		return err
	}
	if err := parameters.Storable(text); err != nil {
		return c.refuse(place, "%s cannot be kept: %v", name, err)
	}
	plain, err := parameters.Decode(text) // as schemas take it, whatever it was read from
	if err != nil || takes.Schema == nil {
		return err
	}
	if err := parameters.Validate(takes.Schema, plain); err != nil {
		where, words := parameters.Complaint(c.at+place, err)
		return invalid(where, "Workflow %s, step %s: %s does not take %s: %s", c.workflow.Key, c.step.Name, c.kind.Key, name, words)
	}
	return nil
}

// fromParam compares a parameter of the type with that of the workflow which it
// comes from.
func (c *stepCheck) fromParam(place, name, param string, takes parameters.Property) error {
	gives := parameters.PropertyOf(c.schema, param)
	if gives.Schema == nil {
		return c.refuse(place, "the workflow has no parameter %s", param)
	}
	if !parameters.Fits(gives.Schema, takes.Schema) {
		return c.refuse(place, "it is %s and comes from params.%s, which is %s", parameters.Kinds(takes.Schema), param, parameters.Kinds(gives.Schema))
	}
	if c.mustHave(name) && gives.Schema.Default == nil && !slices.Contains(c.schema.Required, param) {
		return c.refuse(place, "%s must have it, and params.%s may be missing", c.kind.Key, param)
	}
	return nil
}

// complete holds that the step gives whatever its type must have.
func (c *stepCheck) complete() error {
	if c.takes == nil {
		return nil
	}
	for _, name := range c.takes.Required {
		if _, given := c.step.Params[name]; !given && c.mustHave(name) {
			return c.refuse(".params", "it does not give %s, which %s must have", name, c.kind.Key)
		}
	}
	return nil
}

// mustHave says whether the type takes no job without the parameter.
func (c *stepCheck) mustHave(name string) bool {
	if c.takes == nil || !slices.Contains(c.takes.Required, name) {
		return false
	}
	p := c.takes.Properties[name]
	return p == nil || p.Default == nil
}

func (c *stepCheck) refuse(place, format string, args ...any) error {
	return invalid(c.at+place, "Workflow %s, step %s: "+format, append([]any{c.workflow.Key, c.step.Name}, args...)...)
}

// sorted goes through a map in the order of its keys.
func sorted[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}
