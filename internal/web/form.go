package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/remit-server/remit"
)

// form is the fields of a job that is to be made, now or at set times.
type form struct {
	params  []param
	closed  bool        // no other parameters are taken
	When    []formField // of a schedule
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
	f.params, f.closed = s.params(), s.isClosed() || t.Params == nil
	for i, p := range f.params {
		f.Fields = append(f.Fields, p.field(i+1))
	}
	if s.isOpen() {
		f.askOthers()
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

// askOthers adds the field of the parameters that have none of their own.
func (f *form) askOthers() {
	if f.closed || f.about(others) != nil {
		return
	}
	f.Fields = slices.Insert(f.Fields, len(f.params), formField{ID: others, Name: others, Label: "Other parameters", Kind: "json",
		Notes: []string{`Those that have no field here, as a JSON object: {"name": 1}.`}})
}

// lists are all fields, in the order in which they stand.
func (f *form) lists() [][]formField { return [][]formField{f.When, f.Fields, f.More} }

// keep puts what was typed into the fields, all but the secrets.
func (f *form) keep(typed url.Values) {
	for _, fields := range f.lists() {
		for i := range fields {
			fields[i] = fields[i].with(typed.Get(fields[i].Name))
		}
	}
	for i, p := range f.params {
		at := &f.Fields[i]
		*at = at.set(p, typed.Get(at.Name))
		if at.Kind == "password" && typed.Get(at.Name) != "" {
			at.Notes = append(at.Notes, "Type it again: it was not kept.")
		}
	}
}

// refuse shows why what was typed was not taken, at its field where there is
// one. It says no when the error is about something else.
func (f *form) refuse(e *remit.Error, typed url.Values) bool {
	place := placeOf(e)
	f.Problem = &problem{Message: e.Message, Hint: e.Hint}
	at := f.about(place)
	if at == nil && place == "params" {
		at, f.Problem.Hint = f.missing(e, typed), ""
	}
	if at == nil {
		return e.Kind == remit.Invalid || e.Kind == remit.Conflict || e.Kind == remit.Denied
	}
	if at.Problem == "" {
		at.Problem = worded(e, place)
	}
	at.Focus = true
	f.Problem.Message, f.Problem.ID, f.Problem.Label = at.Problem, at.ID, at.Label
	f.Open = f.Open || at.ID == "name" || at.ID == "priority"
	return true
}

// placeOf is the place in the form that an error is about. A schedule's job has
// its places behind "job.".
func placeOf(e *remit.Error) string {
	if e.Decision != nil && strings.HasPrefix(e.Decision.Permission, "job:priority") {
		return "priority"
	}
	return strings.TrimPrefix(e.Field, "job.")
}

// worded is the message of an error without the place that it names.
func worded(e *remit.Error, place string) string {
	_, words, ok := strings.Cut(e.Message, " does not take "+place+": ")
	if !ok {
		return e.Message
	}
	keyword, rest, _ := strings.Cut(words, ": got ")
	got, want, isBound := strings.Cut(rest, ", want ")
	if say, known := boundWords[keyword]; known && isBound {
		return fmt.Sprintf(say, got, want)
	}
	return capital(words)
}

// boundWords say what a schema's bounds have against a value, by their keywords.
var boundWords = map[string]string{
	"minimum": "%s is too little: it must be at least %s", "exclusiveMinimum": "%s is too little: it must be more than %s",
	"maximum": "%s is too much: it must be at most %s", "exclusiveMaximum": "%s is too much: it must be less than %s",
	"minLength": "It is too short: it has %s characters and needs %s", "maxLength": "It is too long: it has %s characters, and %s are allowed",
	"multipleOf": "%s does not fit: it must be a multiple of %s",
}

// about is the field of a place, or of what is around it.
func (f *form) about(place string) (found *formField) {
	for _, fields := range f.lists() {
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

// missing is the first field of those that an error says are missing; all of them
// say so.
func (f *form) missing(e *remit.Error, typed url.Values) (first *formField) {
	for i, p := range f.params {
		at := &f.Fields[i]
		if typed.Get(at.Name) != "" || !strings.Contains(e.Message, "'"+p.name+"'") {
			continue
		}
		if at.Problem = "It must be filled in"; first == nil {
			first = at
		}
	}
	return first
}
