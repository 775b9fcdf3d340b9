package parameters

import (
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/remit-server/remit"
)

// Check is Compile, and refuses a schema of which the rest of the program could
// not keep the promises: what is special about secrets, files and defaults, and
// that a value is done in good time.
func Check(text json.RawMessage) (*Schema, error) {
	if IsNone(text) {
		return nil, nil
	}
	doc, err := readSchema(text)
	if err != nil {
		return nil, err
	}
	c, err := compilerOf(doc)
	if err != nil {
		return nil, err
	}
	schema, err := compiled(c)
	if err != nil {
		return nil, err
	}
	if err := checkAsked(schema); err != nil {
		return nil, err
	}
	if err := fillDefaults(schema, map[string]any{}); err != nil {
		return nil, err
	}
	return schema, walk(doc, nil, func(at []string, s map[string]any) error {
		for _, check := range []func() error{
			func() error { return checkDraft(at, s) },
			func() error { return checkSecret(at, s) },
			func() error { return checkFile(doc, at, s) },
			func() error { return checkDefault(c, at, s) },
		} {
			if err := check(); err != nil {
				return err
			}
		}
		return nil
	})
}

// draft is the one whose words have the meaning that the rest of the program
// gives them: older ones know no writeOnly, and read items as others.
const draft = "https://json-schema.org/draft/2020-12/schema"

func checkDraft(at []string, s map[string]any) error {
	said, has := s["$schema"]
	if text, _ := said.(string); !has || strings.TrimSuffix(text, "#") == draft {
		return nil
	}
	place := placeOf(at) + ".$schema"
	return invalid(place, "%s: the schema of parameters is of JSON Schema 2020-12", place).WithHint("Leave $schema out, or say " + draft + ".")
}

// special is what names a parameter that becomes a variable or a directory.
var special = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]{0,63}$`)

// checkSecret holds that a secret is a text at the top, and that the schema,
// which everybody may read, does not tell it.
func checkSecret(at []string, s map[string]any) error {
	if secret, _ := s["writeOnly"].(bool); !secret {
		return nil
	}
	place := placeOf(at)
	switch {
	case len(at) != 2 || at[0] != "properties":
		return invalid(place, "%s: a secret parameter (writeOnly) stands at the top, among the properties of the parameters", place)
	case s["type"] != "string":
		return invalid(place, `%s: a secret parameter is a text: it says "type": "string"`, place)
	case !special.MatchString(at[1]):
		return invalid(place, "%s: the name of a secret parameter is a letter and then letters, digits, _ and -", place)
	}
	for _, word := range []string{"default", "const", "enum", "examples", "format"} {
		if _, has := s[word]; has {
			return invalid(place+"."+word, "%s: a secret parameter has no %s", place, word)
		}
	}
	return nil
}

// checkFile holds that file parameters stand at the top.
func checkFile(doc map[string]any, at []string, s map[string]any) error {
	if s["format"] != remit.FileFormat {
		return nil
	}
	place := placeOf(at)
	list := len(at) == 3 && at[2] == "items"
	switch {
	case len(at) < 2 || at[0] != "properties" || len(at) > 2 && !list:
		return invalid(place, "%s: a file parameter stands at the top, among the properties of the parameters: it, or the items of a list", place)
	case s["type"] != "string":
		return invalid(place, `%s: the id of a file is a text: it says "type": "string"`, place)
	case list && doc["properties"].(map[string]any)[at[1]].(map[string]any)["type"] != "array":
		return invalid(placeOf(at[:2]), `%s: a list of files says "type": "array"`, placeOf(at[:2]))
	case !special.MatchString(at[1]):
		return invalid(place, "%s: the name of a file parameter is a letter and then letters, digits, _ and -", place)
	}
	return nil
}

// checkDefault holds that a schema takes its own default, filled in itself.
func checkDefault(c *jsonschema.Compiler, at []string, s map[string]any) error {
	value, has := s["default"]
	if !has {
		return nil
	}
	fragment := url.URL{Fragment: pointer(at)}
	schema, err := c.Compile(schemaURL + "#" + fragment.EscapedFragment())
	if err != nil {
		return wrongSchema(err)
	}
	place := placeOf(at) + ".default"
	value = cloned(value)
	if err := fillDefaults(schema, value); err != nil {
		return err
	}
	if err := Validate(schema, value); err != nil {
		where, words := Complaint(place, err)
		return invalid(where, "The schema of the parameters does not take its own default: %s: %s", where, words)
	}
	return nil
}

// pointer is a JSON pointer (RFC 6901).
func pointer(at []string) string {
	var b strings.Builder
	for _, name := range at {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
	}
	return b.String()
}

func placeOf(at []string) string { return strings.Join(append([]string{"params"}, at...), ".") }

// The keywords that hold schemas: by name, else one or a list of them.
var (
	schemasByName = []string{"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}
	schemasWithin = []string{"allOf", "anyOf", "oneOf", "prefixItems", "items", "additionalProperties", "not", "if", "then", "else",
		"contains", "propertyNames", "unevaluatedItems", "unevaluatedProperties", "contentSchema"}
)

// walk visits a schema and all that are written in it.
func walk(node any, at []string, visit func([]string, map[string]any) error) error {
	s, ok := node.(map[string]any)
	if !ok {
		return nil // true, false
	}
	if err := visit(at, s); err != nil {
		return err
	}
	for _, word := range schemasByName {
		inner, _ := s[word].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(inner)) {
			if err := walk(inner[name], append(slices.Clone(at), word, name), visit); err != nil {
				return err
			}
		}
	}
	for _, word := range schemasWithin {
		if err := walkWithin(s[word], append(slices.Clone(at), word), visit); err != nil {
			return err
		}
	}
	return checkUnknown(s, at)
}

// notSchemas are the keywords whose values are no schemas but values.
var notSchemas = []string{"default", "const", "enum", "examples"}

// checkUnknown holds that nothing special hides where only a $ref would find it.
func checkUnknown(s map[string]any, at []string) error {
	for _, word := range slices.Sorted(maps.Keys(s)) {
		if slices.Contains(slices.Concat(schemasByName, schemasWithin, notSchemas), word) {
			continue
		}
		if place := append(slices.Clone(at), word); hasSpecial(s[word]) {
			return invalid(placeOf(place), "%s: a secret or a file parameter stands at the top, among the properties of the parameters", placeOf(place))
		}
	}
	return nil
}

// hasSpecial says whether a secret or a file parameter is described anywhere within.
func hasSpecial(node any) bool {
	switch v := node.(type) {
	case map[string]any:
		if v["writeOnly"] == true || v["format"] == remit.FileFormat {
			return true
		}
		for _, inner := range v {
			if hasSpecial(inner) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hasSpecial)
	}
	return false
}

func walkWithin(node any, at []string, visit func([]string, map[string]any) error) error {
	list, ok := node.([]any)
	if !ok {
		return walk(node, at, visit)
	}
	for i, inner := range list {
		if err := walk(inner, append(slices.Clone(at), strconv.Itoa(i)), visit); err != nil {
			return err
		}
	}
	return nil
}
