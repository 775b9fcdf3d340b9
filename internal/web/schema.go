package web

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/remit-server/remit"
)

// schema is what the JSON Schema of a type's parameters says to who makes a
// form of it. Whether it takes what was typed, the service says.
type schema struct {
	Properties ordered                    `json:"properties"`
	Required   []string                   `json:"required"`
	Defs       map[string]json.RawMessage `json:"$defs"`
	Additional json.RawMessage            `json:"additionalProperties"`
	Patterns   json.RawMessage            `json:"patternProperties"`
	Ref        json.RawMessage            `json:"$ref"`
	AllOf      json.RawMessage            `json:"allOf"`
	AnyOf      json.RawMessage            `json:"anyOf"`
	OneOf      json.RawMessage            `json:"oneOf"`
}

// ordered are properties in the order in which they are written.
type ordered []namedSchema

type namedSchema struct {
	name string
	text json.RawMessage
}

// UnmarshalJSON reads an object and keeps its order.
func (o *ordered) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var p namedSchema
		if err := d.Decode(&p.text); err != nil {
			return err
		}
		p.name, _ = name.(string)
		*o = append(*o, p)
	}
	return nil
}

// readSchema reads a schema; what is none, or takes no parameters, has no properties.
func readSchema(text json.RawMessage) (s schema) {
	_ = json.Unmarshal(text, &s) // the service has taken it
	return s
}

// isOpen says whether parameters may have names that no property says.
func (s schema) isOpen() bool {
	unsaid := string(s.Additional) == "true" || s.Additional == nil
	return !s.isClosed() && (!unsaid || len(s.Properties) == 0 || s.Patterns != nil || s.Ref != nil || s.AllOf != nil || s.AnyOf != nil || s.OneOf != nil)
}

func (s schema) isClosed() bool { return string(s.Additional) == "false" }

// params are those of the schema: those that must be given first.
func (s schema) params() (all []param) {
	named := map[string]bool{}
	for _, p := range s.Properties {
		named[p.name] = true
		said := s.property(p.text)
		all = append(all, param{name: p.name, required: slices.Contains(s.Required, p.name), property: said, held: said.Default})
	}
	for _, name := range s.Required {
		if !named[name] {
			named[name] = true
			all = append(all, param{name: name, required: true})
		}
	}
	slices.SortStableFunc(all, func(a, b param) int { return rank(a) - rank(b) })
	return all
}

func rank(p param) int {
	if p.must() {
		return 0
	}
	return 1
}

// property is what a schema says of a parameter, by what it refers to as well.
func (s schema) property(text json.RawMessage) (p property) {
	var all []json.RawMessage
	for text != nil && len(all) < 8 {
		all = append(all, text)
		var r struct {
			Ref string `json:"$ref"`
		}
		_ = json.Unmarshal(text, &r)
		text = nil
		if name, local := strings.CutPrefix(r.Ref, "#/$defs/"); local {
			text = s.Defs[name]
		}
	}
	for _, text := range slices.Backward(all) { // what stands beside a $ref goes before it
		_ = json.Unmarshal(text, &p) // true and false say nothing
	}
	return p
}

// property are those words of a schema that a form can show.
type property struct {
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Type        any               `json:"type"` // a name, or a list of them
	Format      string            `json:"format"`
	Secret      bool              `json:"writeOnly"`
	Enum        []json.RawMessage `json:"enum"`
	Const       json.RawMessage   `json:"const"`
	Default     json.RawMessage   `json:"default"`
	Min         json.Number       `json:"minimum"`
	Max         json.Number       `json:"maximum"`
	Above       json.Number       `json:"exclusiveMinimum"`
	Below       json.Number       `json:"exclusiveMaximum"`
	Multiple    json.Number       `json:"multipleOf"`
	MinLength   json.Number       `json:"minLength"`
	MaxLength   json.Number       `json:"maxLength"`
	Pattern     string            `json:"pattern"`
	Items       json.RawMessage   `json:"items"`
}

// param is one parameter of a type.
type param struct {
	property
	name     string
	required bool
	held     json.RawMessage // what its field holds before anybody types: the default, or what a job was given
}

// must says whether it has to be typed: nothing is filled in for it.
func (p param) must() bool { return p.required && p.Default == nil }

// types are the names of the types that it may have, null aside.
func (p property) types() []string {
	return slices.DeleteFunc(p.allTypes(), func(name string) bool { return name == "null" })
}

func (p property) allTypes() (names []string) {
	switch t := p.Type.(type) {
	case string:
		return []string{t}
	case []any:
		for _, one := range t {
			name, _ := one.(string)
			names = append(names, name)
		}
	}
	return names
}

// isOfType says whether its types name that of a value; "integer" names none: a
// number is typed as it is shown.
func (p property) isOfType(value json.RawMessage) bool {
	types := p.allTypes()
	return types == nil || slices.Contains(types, typeOf(value))
}

// typeOf is the name of a value's type in JSON Schema, "number" of every number.
func typeOf(value json.RawMessage) string {
	switch value[0] {
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	case '[':
		return "array"
	case '{':
		return "object"
	}
	return "number"
}

// isFiles says whether it is a list of ids of files.
func (p property) isFiles() bool {
	var items property
	_ = json.Unmarshal(p.Items, &items)
	return items.Format == remit.FileFormat
}

// kind is the kind of field that it is typed into: a text of several lines turns
// its field into "lines".
func (p property) kind() string {
	switch types := p.types(); {
	case p.Secret:
		return "password"
	case len(p.Enum) > 0 || p.Const != nil:
		return "select"
	case len(types) != 1:
		return "json"
	case types[0] == "boolean":
		return "checkbox"
	case types[0] == "integer" || types[0] == "number":
		return "number"
	case types[0] == "string" && p.Format == "date":
		return "date"
	case types[0] == "string":
		return "text"
	}
	return "json"
}

// choices are the values that it may have.
func (p property) choices() []json.RawMessage {
	if p.Const != nil {
		return []json.RawMessage{p.Const}
	}
	return p.Enum
}

// textOf is a JSON value as people type it: a text as it is.
func textOf(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}
