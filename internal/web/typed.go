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

// typed are the parameters that a form asks for. A form that nobody touched
// gives what no form gives: the defaults are filled in either way.
func (s schema) typed(form url.Values) (json.RawMessage, error) {
	object := map[string]json.RawMessage{}
	if text := strings.TrimSpace(form.Get(others)); s.isOpen() && text != "" {
		if json.Unmarshal([]byte(text), &object) != nil || object == nil {
			return nil, noJSON(others, "The other parameters are no JSON object")
		}
	}
	for _, p := range s.params() {
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
	case kind == "checkbox":
		value, given = p.checked(form.Has(name))
		return value, given, nil
	case text == "" && kind == "text" && textOf(p.Default) != "": // the default was taken out
		return json.RawMessage(`""`), true, nil
	case strings.TrimSpace(text) == "" && kind != "text" && kind != "password" && kind != "lines", text == "":
		return nil, false, nil
	case kind == "number":
		return numeral(strings.TrimSpace(text)), true, nil
	case kind == "select" && json.Valid([]byte(text)):
		return json.RawMessage(text), true, nil
	case kind == "json":
		return p.json(name, text)
	}
	return quoted(strings.ReplaceAll(text, "\r\n", "\n")), true, nil
}

// checked is what a box means: left empty it says no only where yes or no is
// said anyway.
func (p param) checked(yes bool) (value json.RawMessage, given bool) {
	said := string(p.Default) == "true" || string(p.Default) == "false"
	return json.RawMessage(strconv.FormatBool(yes)), yes || said || p.required && p.Default == nil
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

func quoted(text string) json.RawMessage {
	value, _ := json.Marshal(text) // a text can be written
	return value
}
