package client

import (
	"encoding/json"
	"slices"
	"strings"
)

// Params makes the JSON object of a job's parameters from name=value pairs.
// A value that is JSON (a number, true, a list) is taken as such, else as text.
func Params(pairs map[string]string) (json.RawMessage, error) { return ParamsFor(nil, pairs) }

// ParamsFor is Params for a job type with this JSON Schema: where that says
// that a parameter is a text, the value is taken as it is ("0012", "true").
// Whether the schema takes it, the server says.
func ParamsFor(schema json.RawMessage, pairs map[string]string) (json.RawMessage, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	var doc described
	_ = json.Unmarshal(schema, &doc) // what cannot be read says nothing
	object := map[string]json.RawMessage{}
	for name, value := range pairs {
		if json.Valid([]byte(value)) && !doc.property(name).isText(value) {
			object[name] = json.RawMessage(value)
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		object[name] = text
	}
	return json.Marshal(object)
}

// WithSecrets adds secret parameters to a job's parameters, a JSON object or
// nothing: texts, whatever they look like. The others stay as they are written.
func WithSecrets(params json.RawMessage, secrets map[string]string) (json.RawMessage, error) {
	if len(secrets) == 0 {
		return params, nil
	}
	object := map[string]json.RawMessage{}
	if len(params) > 0 {
		if err := json.Unmarshal(params, &object); err != nil {
			return nil, err
		}
	}
	if object == nil { // of null
		object = map[string]json.RawMessage{}
	}
	for name, secret := range secrets {
		text, err := json.Marshal(secret)
		if err != nil {
			return nil, err
		}
		object[name] = text
	}
	return json.Marshal(object)
}

// described is what a schema says of the kinds of its values, as far as names
// and types go.
type described struct {
	Type       any                        `json:"type"` // a name, or a list of them
	Ref        string                     `json:"$ref"`
	Enum       []any                      `json:"enum"`
	Const      any                        `json:"const"`
	Properties map[string]json.RawMessage `json:"properties"`
	Others     json.RawMessage            `json:"additionalProperties"`
	Defs       map[string]json.RawMessage `json:"$defs"`
}

// property is what is said of one, an empty schema for nothing.
func (d described) property(name string) (p described) {
	text, named := d.Properties[name]
	if !named {
		text = d.Others
	}
	_ = json.Unmarshal(text, &p)
	if def, ok := strings.CutPrefix(p.Ref, "#/$defs/"); ok {
		_ = json.Unmarshal(d.Defs[def], &p)
	}
	return p
}

// isText says whether a value that could be JSON is meant as the text that it
// is: because nothing else is taken, or nothing of its own type.
func (d described) isText(value string) bool {
	types := d.types()
	if !slices.Contains(types, "string") {
		return false
	}
	is := typeOf(value)
	return is == "string" || !slices.Contains(types, is) && (is != "integer" || !slices.Contains(types, "number"))
}

func (d described) types() (all []string) {
	switch t := d.Type.(type) {
	case string:
		return []string{t}
	case []any:
		for _, one := range t {
			name, _ := one.(string)
			all = append(all, name)
		}
		return all
	}
	values := d.Enum
	if d.Const != nil {
		values = []any{d.Const}
	}
	for _, v := range values {
		text, _ := json.Marshal(v)
		all = append(all, typeOf(string(text)))
	}
	return all
}

// typeOf is the type of valid JSON in the words of a schema.
func typeOf(text string) string {
	switch text = strings.TrimSpace(text); text[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	if strings.ContainsAny(text, ".eE") {
		return "number"
	}
	return "integer"
}
