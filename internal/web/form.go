package web

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/remit-server/remit"
)

// form is the fields of a job that is to be made.
type form struct {
	params  []param
	Fields  []formField // of the parameters, and arguments
	More    []formField // that few need
	Open    bool        // show these too
	Problem *problem    // why what was typed was not taken
}

// problem is why a form was refused.
type problem struct {
	Message, Hint string
	ID, Label     string // of the field; "" when it is about all of it
}

// jobForm is the form of a type's jobs.
func jobForm(t remit.JobType) (f form) {
	s := readSchema(t.Params)
	f.params = s.params()
	for i, p := range f.params {
		f.Fields = append(f.Fields, p.field(i+1))
	}
	if s.isOpen() && t.Params != nil {
		f.Fields = append(f.Fields, formField{ID: others, Name: others, Label: "Other parameters", Kind: "json",
			Notes: []string{`Those that have no field here, as a JSON object: {"name": 1}.`}})
	}
	if t.Args {
		f.Fields = append(f.Fields, formField{ID: "args", Name: "args", Label: "Arguments", Kind: "text",
			Notes: []string{"Given to the program after its files, such as --threshold 7."}})
	}
	f.More = []formField{
		{ID: "name", Name: "name", Label: "Name of the job", Kind: "text", limits: limits{MaxLength: "63"},
			Notes: []string{"Letters, digits, spaces and . _ -; no other live job of yours in this project has it."}},
		{ID: "priority", Name: "priority", Label: "Priority", Kind: "number", Value: "0",
			limits: limits{Min: strconv.Itoa(-remit.MaxPriority), Max: strconv.Itoa(remit.MaxPriority), Step: "1"},
			Notes:  []string{"Higher goes first; above 0 takes a right."}},
	}
	return f
}

// keep puts what was typed into the fields, all but the secrets.
func (f *form) keep(typed url.Values) {
	for i := range f.Fields {
		at := &f.Fields[i]
		switch {
		case i < len(f.params):
			*at = at.set(f.params[i], typed.Get(at.Name))
		default:
			at.Value = typed.Get(at.Name)
		}
		if at.Kind == "password" && typed.Get(at.Name) != "" {
			at.Notes = append(at.Notes, "Type it again: it was not kept.")
		}
	}
	for i := range f.More {
		f.More[i].Value = typed.Get(f.More[i].Name)
	}
}

// refuse shows why what was typed was not taken, at its field where there is
// one. It says no when the error is about something else.
func (f *form) refuse(e *remit.Error, typed url.Values) bool {
	f.Problem = &problem{Message: e.Message, Hint: e.Hint}
	at := f.about(e)
	if at == nil && e.Field == "params" {
		at = f.empty(typed)
	}
	if at == nil {
		return e.Kind == remit.Invalid || e.Kind == remit.Conflict || e.Kind == remit.Denied
	}
	if at.Problem == "" {
		at.Problem = worded(e)
	}
	at.Focus = true
	f.Problem.Message, f.Problem.ID, f.Problem.Label = at.Problem, at.ID, at.Label
	f.Open = f.Open || at.ID == "name" || at.ID == "priority"
	return true
}

// worded is the message of an error without the field that it names.
func worded(e *remit.Error) string {
	if _, words, ok := strings.Cut(e.Message, " does not take "+e.Field+": "); ok {
		return words
	}
	return e.Message
}

// about is the field that an error names.
func (f *form) about(e *remit.Error) (found *formField) {
	place := e.Field
	if e.Decision != nil && strings.HasPrefix(e.Decision.Permission, "job:priority") {
		place = "priority"
	}
	for _, fields := range [][]formField{f.Fields, f.More} {
		for i := range fields {
			at := &fields[i]
			named := place == at.Name || strings.HasPrefix(place, at.Name+".")
			if named && (found == nil || len(at.Name) > len(found.Name)) {
				found = at
			}
		}
	}
	return found
}

// empty is the first field that must be filled and is not; all of them say so.
func (f *form) empty(typed url.Values) (first *formField) {
	for i := range f.Fields {
		at := &f.Fields[i]
		if !at.Required || typed.Get(at.Name) != "" {
			continue
		}
		if at.Problem = "It must be filled in"; first == nil {
			first = at
		}
	}
	return first
}
