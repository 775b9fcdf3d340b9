package web

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/remit-server/remit"
)

// formField is one field of a form, with what was typed into it.
type formField struct {
	ID       string // in the page
	Name     string // in the form: the place that errors name
	Label    string
	Notes    []string // what it is, and what it takes
	Kind     string   // "text", "lines", "json", "number", "date", "select", "checkbox" or "password"
	Required bool
	Value    string
	Choices  []choice
	limits
	Problem string // why it was not taken
	Focus   bool   // begin here
}

// choice is one value of a field that offers all that there are.
type choice struct {
	Value, Label string
	Chosen       bool
}

// limits are those that a browser holds; "" = none.
type limits struct{ Min, Max, Step, MinLength, MaxLength, Pattern string }

// Described are the ids of what describes the field, as aria-describedby has it.
func (f formField) Described() string {
	var ids []string
	if len(f.Notes) > 0 {
		ids = append(ids, f.ID+"-note")
	}
	if f.Problem != "" {
		ids = append(ids, f.ID+"-problem")
	}
	return strings.Join(ids, " ")
}

// field is the field of a parameter, with what a form holds before anybody types.
func (p param) field(number int) formField {
	f := formField{ID: "param-" + strconv.Itoa(number), Name: "params." + p.name, Label: p.label(), Kind: p.kind(), Notes: p.notes()}
	f.Required = p.must() && f.Kind != "checkbox" // a box that must be ticked would mean yes
	value := p.shown(p.held)
	if f.Kind == "select" {
		if f.Choices = p.options(); len(f.Choices) == 1 {
			value = f.Choices[0].Value
		}
	}
	return f.set(p, value)
}

// shown is a value as its field holds it.
func (p param) shown(value json.RawMessage) string {
	switch p.kind() {
	case "select":
		return compact(p.among(value))
	case "json":
		return indented(value)
	}
	return textOf(value)
}

// among is the choice that equals a value, which may be written otherwise (1.0).
func (p param) among(value json.RawMessage) json.RawMessage {
	all := p.choices()
	isIt := func(c json.RawMessage) bool { return compact(c) == compact(value) }
	if value == nil || slices.ContainsFunc(all, isIt) {
		return value
	}
	if i := slices.IndexFunc(all, func(c json.RawMessage) bool { return reflect.DeepEqual(decoded(c), decoded(value)) }); i >= 0 {
		return all[i]
	}
	return value
}

func decoded(value json.RawMessage) (v any) {
	_ = json.Unmarshal(value, &v) // it was read from JSON
	return v
}

func (p param) label() string {
	if p.Title != "" {
		return p.Title
	}
	return p.name
}

// set puts a value into the field, and the limits that go with it. A secret
// stays where it was typed.
func (f formField) set(p param, value string) formField {
	if f.Kind == "password" {
		value = ""
	}
	f = f.with(value)
	f.limits = p.limits(f.Kind, value)
	chosen := slices.ContainsFunc(f.Choices, func(c choice) bool { return c.Chosen })
	if f.Kind == "select" && !chosen && len(f.Choices) > 0 && f.Choices[0].Value != "" {
		f.Choices = append([]choice{{Label: "choose one", Chosen: true}}, f.Choices...)
	}
	return f
}

// with is the field with a value in it. A line of text would lose its line breaks.
func (f formField) with(value string) formField {
	if f.Kind == "text" && isLines(value) {
		f.Kind = "lines"
	}
	f.Value, f.Choices = value, slices.Clone(f.Choices)
	for i := range f.Choices {
		f.Choices[i].Chosen = f.Choices[i].Value == value
	}
	return f
}

func (p param) options() (all []choice) {
	if p.Default == nil && !p.required {
		all = append(all, choice{Label: "not given"})
	}
	for _, value := range p.choices() {
		label := textOf(value)
		if label == "" {
			label = string(value) // "" and null
		}
		all = append(all, choice{Value: compact(value), Label: label})
	}
	return all
}

// limits are what the schema says in the words of HTML, which refuses nothing
// that the schema takes, but that it counts some rare characters twice.
func (p param) limits(kind, value string) (l limits) {
	switch kind {
	case "number":
		l.Min, l.Max = p.lowest(), p.highest()
		l.Step = p.step(l.Min, value)
	case "text":
		l.MinLength, l.MaxLength, l.Pattern = digits(p.MinLength), digits(p.MaxLength), htmlPattern(p.Pattern)
		if p.Format == remit.FileFormat {
			l.Pattern = "file_[0-9a-z]{26}"
		}
	}
	return l
}

func (p property) isWhole() bool { return p.types()[0] == "integer" }

func (p property) lowest() string {
	return tighter(bound(p.Min, 0, p.isWhole(), math.Ceil), bound(p.Above, 1, p.isWhole(), math.Ceil), math.Max)
}

func (p property) highest() string {
	return tighter(bound(p.Max, 0, p.isWhole(), math.Floor), bound(p.Below, -1, p.isWhole(), math.Floor), math.Min)
}

// bound is a bound of numbers; of whole ones, the first that is within, by next
// further when the bound itself is not.
func bound(n json.Number, next float64, whole bool, round func(float64) float64) string {
	v, err := n.Float64()
	if err != nil || !whole {
		return n.String()
	}
	at := round(v)
	if at == v {
		at += next
	}
	return strconv.FormatFloat(at, 'f', -1, 64)
}

func tighter(a, b string, choose func(float64, float64) float64) string {
	x, errA := strconv.ParseFloat(a, 64)
	y, errB := strconv.ParseFloat(b, 64)
	switch {
	case errB != nil:
		return a
	case errA != nil || choose(x, y) == y:
		return b
	}
	return a
}

// step is how far numbers are apart, as far as it can be said: HTML counts steps
// from the lowest one, else from what is typed.
func (p property) step(lowest, value string) string {
	if !p.isWhole() {
		return "any"
	}
	by, err := p.Multiple.Int64()
	if err != nil || by < 1 {
		by = 1
	}
	for _, from := range []string{lowest, value} {
		if n, err := strconv.ParseInt(from, 10, 64); from != "" && (err != nil || n%by != 0) {
			return "any"
		}
	}
	return strconv.FormatInt(by, 10)
}

// digits is a count, "" for anything else.
func digits(n json.Number) string {
	if _, err := strconv.ParseUint(n.String(), 10, 31); err != nil {
		return ""
	}
	return n.String()
}

func compact(value json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, value) != nil {
		return ""
	}
	return b.String()
}

// indented is JSON as people read it: on one line while it is short.
func indented(value json.RawMessage) string {
	if line := compact(value); len(line) < 60 {
		return line
	}
	var b bytes.Buffer
	if json.Indent(&b, value, "", "  ") != nil {
		return ""
	}
	return b.String()
}
