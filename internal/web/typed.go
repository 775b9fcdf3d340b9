package web

import (
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/remit-server/remit"
)

// others is the name of the field for parameters that no property describes.
const others = "others"

// typed are the parameters that were typed into the form. A form that nobody
// touched gives what no form gives, where the defaults are filled in, or what the
// job was given that it is filled with.
func (f *form) typed(form url.Values) (json.RawMessage, error) {
	object := map[string]json.RawMessage{}
	if text := strings.TrimSpace(form.Get(others)); f.about(others) != nil && text != "" {
		if json.Unmarshal([]byte(text), &object) != nil || object == nil {
			return nil, noJSON(others, "The other parameters are no JSON object")
		}
	}
	for _, p := range f.params {
		if _, twice := object[p.name]; twice {
			return nil, noJSON(others, "The parameter "+p.name+" has a field of its own")
		}
		value, given, err := p.typed(form)
		if err != nil {
			return nil, err
		}
		if given {
			object[p.name] = value
		}
	}
	return json.Marshal(object)
}

func noJSON(field, message string) error {
	return remit.Errorf(remit.Invalid, "%s", message).WithCode("invalid").WithField(field)
}

// typed is the value of one parameter, if there is one.
func (p param) typed(form url.Values) (value json.RawMessage, given bool, err error) {
	name := "params." + p.name
	text := form.Get(name)
	switch kind := p.kind(); {
	case p.held != nil && p.isUntouched(form):
		return p.held, true, nil
	case kind == "checkbox":
		value, given = p.checked(form.Has(name))
		return value, given, nil
	case text == "" && kind == "text" && textOf(p.Default) != "": // the default was taken out
		return json.RawMessage(`""`), true, nil
	case strings.TrimSpace(text) == "" && kind != "text" && kind != "password", text == "":
		return nil, false, nil
	case kind == "number":
		return numeral(strings.TrimSpace(text)), true, nil
	case kind == "select" && json.Valid([]byte(text)):
		return json.RawMessage(text), true, nil
	case kind == "json":
		return p.json(name, text)
	}
	return quoted(lines(text)), true, nil
}

// isUntouched says whether the form sends back what the field held.
func (p param) isUntouched(form url.Values) bool {
	name := "params." + p.name
	if p.kind() == "checkbox" {
		return form.Has(name) == (string(p.held) == "true")
	}
	return lines(form.Get(name)) == lines(p.shown(p.held))
}

// checked is what a box means: left empty it says no only where yes or no is
// said anyway.
func (p param) checked(yes bool) (value json.RawMessage, given bool) {
	said := string(p.held) == "true" || string(p.held) == "false"
	return json.RawMessage(strconv.FormatBool(yes)), yes || said || p.must()
}

// json is what was typed as JSON. Where a text is taken too, what is no JSON is one.
func (p param) json(name, text string) (json.RawMessage, bool, error) {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text), true, nil
	}
	if types := p.types(); p.Type == nil || slices.Contains(types, "string") {
		return quoted(text), true, nil
	}
	return nil, false, noJSON(name, p.label()+" is no JSON")
}

// numeral is a number as JSON writes it, and what is none as a text, for the
// service to refuse.
func numeral(text string) json.RawMessage {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(n, 0) && !math.IsNaN(n) {
		return json.RawMessage(strconv.FormatFloat(n, 'g', -1, 64))
	}
	return quoted(text)
}

// lineBreaks are those of other systems, and of forms: browsers send "\r\n" for each.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// lines is a text with line breaks as they were typed.
func lines(text string) string { return lineBreaks.Replace(text) }

func isLines(text string) bool { return strings.ContainsAny(text, "\r\n") }

func quoted(text string) json.RawMessage {
	value, _ := json.Marshal(text) // a text can be written
	return value
}
