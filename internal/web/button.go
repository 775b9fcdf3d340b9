package web

import (
	"slices"

	"github.com/remit-server/remit"
)

// button is a control on a page: a form that works, or the same button
// disabled with the reason beside it.
type button struct {
	remit.Control
	ID     string // in the page
	Action string // data-action: the verb as `permissions` in the API's answers has it
	Label  string
	Style  string // "primary", "danger" or ""
	Post   string // where the form goes
	Hidden []field
	// Sure hides the button behind this question, for what cannot be taken back.
	Sure string
	// Ask leads to the form instead, since something must be typed.
	Ask bool
	// Form is the address of a form of the same, with more to choose; "" = none.
	Form string
	// Plan is the address of the form of a schedule that does this; "" = none.
	Plan string
	// Args offers a field for arguments when it is not nil.
	Args *argsField
}

// argsField is where somebody types the arguments of a job.
type argsField struct{ Value string }

// IsLines says whether a line is too little: it would lose line breaks.
func (a argsField) IsLines() bool { return isLines(a.Value) }

// types are the job types that somebody may see, for buttons that run them.
// Who may not see them gets none, and so no buttons: what one may not see is absent.
func (v *visit) types(slug string) ([]remit.JobType, error) {
	page, err := v.Jobs.Types(v.ctx(), v.who, slug)
	switch remit.KindOf(err) {
	case remit.Denied, remit.Unauthenticated, remit.NotFound:
		return nil, nil
	}
	return page.Items, err
}

// typed is the job type with a key; the zero type, which is told by its empty
// key, when it is not among them.
func typed(types []remit.JobType, key string) remit.JobType {
	i := slices.IndexFunc(types, func(t remit.JobType) bool { return t.Key == key })
	if i < 0 {
		return remit.JobType{}
	}
	return types[i]
}

// runButtons run each type that can be on such a thing, on this one. With a
// single type the button is called name, with several name and title.
func (v *visit) runButtons(slug, place, name string, on remit.On) ([]button, error) {
	types, err := v.types(slug)
	if err != nil {
		return nil, err
	}
	types = slices.DeleteFunc(types, func(t remit.JobType) bool { return !slices.Contains(t.On, place) })
	buttons := make([]button, len(types))
	for i, t := range types {
		if buttons[i], err = v.runButton(slug, t, on); err != nil {
			return nil, err
		}
		buttons[i].Label = runLabel(name, t.Title, len(types))
		if buttons[i].Ask {
			buttons[i].Label += "…"
		}
	}
	return buttons, nil
}

func runLabel(name, title string, types int) string {
	switch {
	case name == "":
		return title
	case types == 1:
		return name
	}
	return name + ": " + title
}

// runButton makes a job of a type, which has a form where it takes parameters.
func (v *visit) runButton(slug string, t remit.JobType, on remit.On) (button, error) {
	control, err := v.Jobs.SubmitControl(v.ctx(), v.who, slug, t.Key, on)
	if err = refusedInto(&control, err); err != nil {
		return button{}, err
	}
	b := button{Control: control, ID: "run-" + t.Key, Action: "run." + t.Key, Style: "primary", Hidden: hiddenOn(on)}
	if control.Allowed {
		if b.Plan, err = v.planLink(slug, t.Key, on); err != nil {
			return button{}, err
		}
	}
	if b.Ask = !v.Jobs.TakesNothing(t); b.Ask {
		b.Post = runPath(slug, t.Key)
		return b, nil
	}
	b.Post = "/projects/" + slug + "/jobs"
	b.Hidden = append(b.Hidden, field{Name: "type", Value: t.Key}, field{Name: "start", Value: "true"})
	if control.Allowed && takesParams(t) {
		b.Form = runPath(slug, t.Key) + query(on)
	}
	if t.Args && control.Allowed {
		b.Args = &argsField{}
	}
	return b, nil
}

func takesParams(t remit.JobType) bool {
	s := readSchema(t.Params)
	return len(s.params()) > 0 || s.isOpen() && t.Params != nil
}

// hiddenOn are the fields that say what a job is on.
func hiddenOn(on remit.On) (hidden []field) {
	if on.File != "" {
		hidden = append(hidden, field{Name: "file", Value: string(on.File)})
	}
	if on.Collection != "" {
		hidden = append(hidden, field{Name: "collection", Value: string(on.Collection)})
	}
	return hidden
}

// refusedInto makes the refusal of a control the reason why it is disabled:
// somebody may see a collection and not its files.
func refusedInto(c *remit.Control, err error) error {
	switch remit.KindOf(err) {
	case remit.Denied, remit.NotFound, remit.Unauthenticated, remit.Invalid:
		*c = remit.Control{Verb: "run", Reason: "You cannot read what this would run on"}
		return nil
	}
	return err
}

// jobButtons are those that fit the job's state, without requeue, which has a
// form of its own.
func jobButtons(job remit.Job, controls []remit.Control) []button {
	var buttons []button
	for _, c := range controls {
		look, ok := jobLooks[c.Verb]
		if !ok {
			continue
		}
		buttons = append(buttons, button{Control: c, ID: "do-" + c.Verb, Action: c.Verb, Label: look.label, Style: look.style, Sure: look.sure,
			Post: "/jobs/" + string(job.ID) + "/" + c.Verb})
	}
	return buttons
}

// jobLooks are how the verbs on a job are called.
var jobLooks = map[string]struct{ label, style, sure string }{
	"run":    {"Run", "primary", ""},
	"retry":  {"Retry", "primary", ""},
	"cancel": {"Cancel", "danger", ""},
	"wrest":  {"Take from its node", "danger", ""},
	"delete": {"Delete", "danger", "Delete this job and its log; its artifacts cannot be fetched then"},
}

// requeueButton makes a new job from this one, with other arguments where the
// type takes them.
func requeueButton(job remit.Job, controls []remit.Control, t remit.JobType) *button {
	i := slices.IndexFunc(controls, func(c remit.Control) bool { return c.Verb == "requeue" })
	if i < 0 {
		return nil
	}
	b := button{Control: controls[i], ID: "do-requeue", Action: "requeue", Label: "Requeue", Post: "/jobs/" + string(job.ID) + "/requeue"}
	if t.Args && b.Allowed {
		b.Args = &argsField{joinArgs(job.Args)}
	}
	if b.Allowed && takesParams(t) {
		b.Form = againPath(job.ID)
	}
	return &b
}
