package parameters

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/remit-server/remit"
)

// Schema is that of the parameters of a type, or of a part of them.
type Schema = jsonschema.Schema

// Schemas keeps compiled schemas by their text.
type Schemas struct{ compiled sync.Map }

// Keep has the schema of a text ready, as Check made it.
func (c *Schemas) Keep(text json.RawMessage, schema *Schema) {
	if schema != nil {
		c.compiled.Store(string(text), schema)
	}
}

// Of is Compile, once for each text.
func (c *Schemas) Of(text json.RawMessage) (*Schema, error) {
	if found, ok := c.compiled.Load(string(text)); ok {
		return found.(*Schema), nil
	}
	schema, err := Compile(text)
	if err == nil {
		c.compiled.Store(string(text), schema)
	}
	return schema, err
}

// Compile reads the JSON Schema (2020-12) of a type's parameters; nil for a type
// without any. It must be that of an object, and stand alone. What is wrong is
// remit.Invalid with its place ("params.properties.x").
func Compile(text json.RawMessage) (*Schema, error) {
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
	return compiled(c)
}

func compiled(c *jsonschema.Compiler) (*Schema, error) {
	schema, err := c.Compile(schemaURL)
	if err != nil {
		return nil, wrongSchema(err)
	}
	return schema, nil
}

// IsNone says whether there is nothing in a JSON text, or null.
func IsNone(text json.RawMessage) bool {
	text = bytes.TrimSpace(text)
	return len(text) == 0 || string(text) == "null"
}

func readSchema(text json.RawMessage) (map[string]any, error) {
	if err := checkLength(text); err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, invalid("params", "The schema of the parameters is no JSON: %v", err)
	}
	top, ok := doc.(map[string]any)
	if !ok || top["type"] != "object" {
		return nil, invalid("params", `The schema of the parameters must say "type": "object" at its top`)
	}
	left := maxParts
	if err := checkParts(top, nil, &left); err != nil {
		return nil, err
	}
	if err := Storable(text); err != nil {
		return nil, invalid("params", "The schema of the parameters cannot be kept: %v", err)
	}
	return top, nil
}

func compilerOf(doc map[string]any) (*jsonschema.Compiler, error) {
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.RegisterFormat(&jsonschema.Format{Name: remit.FileFormat, Validate: isFileID})
	if err := c.AddResource(schemaURL, any(doc)); err != nil {
		return nil, wrongSchema(err)
	}
	return c, nil
}

// wrongSchema names the place in a schema that is none, or what the compiler says.
func wrongSchema(err error) *remit.Error {
	if e, ok := errors.AsType[*jsonschema.SchemaValidationError](err); ok {
		place, words := Complaint("params", e.Err)
		return invalid(place, "The schema of the parameters is wrong at %s: %s", place, words)
	}
	return invalid("params", "The schema of the parameters is wrong: %s", strings.ReplaceAll(err.Error(), schemaURL+"#", "params"))
}

const schemaURL = "remit:params"

// noLoader keeps a schema from reading files and the network.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s is outside of the schema", url)
}

func isFileID(value any) error {
	if id, ok := value.(string); ok && !remit.IsID[remit.FileID](id) {
		return errors.New("it is no id of a file")
	}
	return nil
}

// IsSecret says whether a parameter is one that nobody reads again (writeOnly).
func IsSecret(s *Schema) bool { return s.WriteOnly }

// isFile says whether a parameter names files, one or a list of them.
func isFile(s *Schema) bool {
	return hasFileFormat(s) || s.Items2020 != nil && hasFileFormat(s.Items2020)
}

func hasFileFormat(s *Schema) bool { return s.Format != nil && s.Format.Name == remit.FileFormat }

// Secrets are the names of the secret parameters, sorted.
func Secrets(s *Schema) []string { return named(s, IsSecret) }

// Files are the names of the parameters that name files, sorted.
func Files(s *Schema) []string { return named(s, isFile) }

// named are the names of those properties at the top that are of a kind, sorted.
func named(s *jsonschema.Schema, is func(*Schema) bool) (names []string) {
	if s == nil {
		return nil
	}
	for name, p := range s.Properties {
		if is(p) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Complaint words the deepest of what a schema has against a value, with its
// place below at. Of a name that is wrong it is the place of what is around the
// object at least: the library writes others over that of the object (v6.0.3).
func Complaint(at string, err error) (place, words string) {
	e, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return at, err.Error()
	}
	deepest, of := e.InstanceLocation, ""
	for len(e.Causes) > 0 {
		e = e.Causes[0]
		if named, ok := e.ErrorKind.(*kind.PropertyNames); ok {
			of = "the name '" + named.Property + "': "
		} else if len(e.InstanceLocation) > len(deepest) { // a name has none
			deepest = e.InstanceLocation
		}
	}
	place = strings.Join(append([]string{at}, deepest...), ".")
	return place, of + e.ErrorKind.LocalizedString(message.NewPrinter(language.English))
}
