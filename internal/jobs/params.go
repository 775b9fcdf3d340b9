package jobs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/remit-server/remit"
)

// maxParams bounds the JSON of parameters and of results, in bytes.
const maxParams = 64 << 10

// schemas keeps compiled schemas by their text.
type schemas struct{ compiled sync.Map }

func (c *schemas) of(text json.RawMessage) (*jsonschema.Schema, error) {
	if found, ok := c.compiled.Load(string(text)); ok {
		return found.(*jsonschema.Schema), nil
	}
	schema, err := compileSchema(text)
	if err == nil {
		c.compiled.Store(string(text), schema)
	}
	return schema, err
}

// compileSchema reads the JSON Schema (2020-12) of a type's parameters; nil
// for a type without any. It must be that of an object, and stand alone.
func compileSchema(text json.RawMessage) (*jsonschema.Schema, error) {
	if len(text) == 0 || string(text) == "null" {
		return nil, nil
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, invalid("params", "The schema of the parameters is no JSON: %v", err)
	}
	if !storableJSON(text) {
		return nil, invalid("params", "The schema of the parameters holds a zero byte or is no UTF-8")
	}
	if top, ok := doc.(map[string]any); !ok || top["type"] != "object" {
		return nil, invalid("params", `The schema of the parameters must say "type": "object" at its top`)
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource(schemaURL, doc); err != nil {
		return nil, invalid("params", "The schema of the parameters is wrong: %v", err)
	}
	schema, err := c.Compile(schemaURL)
	if err != nil {
		return nil, invalid("params", "The schema of the parameters is wrong: %v", err)
	}
	return schema, nil
}

const schemaURL = "remit:params"

// noLoader keeps a schema from reading files and the network.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s is outside of the schema", url)
}

// checkParams says whether a type takes the parameters, and returns them
// compact. What is wrong is remit.Invalid with its place ("params.threshold").
func (s *Service) checkParams(t remit.JobType, params json.RawMessage) (json.RawMessage, error) {
	if len(params) > maxParams {
		return nil, invalid("params", "The parameters have %d bytes; %d are allowed", len(params), maxParams)
	}
	if len(bytes.TrimSpace(params)) == 0 || string(params) == "null" {
		params = json.RawMessage("{}")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(params))
	if err != nil {
		return nil, invalid("params", "The parameters are no JSON: %v", err)
	}
	if !storableJSON(params) {
		return nil, invalid("params", "The parameters hold a zero byte or are no UTF-8")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, invalid("params", "The parameters must be a JSON object")
	}
	schema, err := s.schemas.of(t.Params)
	switch {
	case err != nil:
		return nil, err
	case schema == nil && len(object) > 0:
		return nil, invalid("params", "Job type %s takes no parameters", t.Key)
	case schema != nil:
		if err := schema.Validate(value); err != nil {
			return nil, paramsError(t, err)
		}
	}
	return compact(params), nil
}

func compact(params json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if err := json.Compact(&b, params); err != nil {
		return params // it was read before, so this does not happen
	}
	return b.Bytes()
}

// paramsError words the deepest of the schema's complaints, with its place.
func paramsError(t remit.JobType, err error) error {
	e, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return invalid("params", "Job type %s does not take these parameters: %v", t.Key, err)
	}
	for len(e.Causes) > 0 {
		e = e.Causes[0]
	}
	place := strings.Join(append([]string{"params"}, e.InstanceLocation...), ".")
	return invalid(place, "Job type %s does not take %s: %s", t.Key, place, e.ErrorKind.LocalizedString(message.NewPrinter(language.English)))
}

// Bounds of free arguments.
const (
	maxArgs     = 200
	maxArgBytes = 16 << 10 // together
)

func checkArgs(t remit.JobType, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !t.Args {
		return invalid("args", "Job type %s takes no arguments", t.Key)
	}
	bytes := 0
	for _, arg := range args {
		bytes += len(arg)
		if !remit.IsText(arg) {
			return invalid("args", "An argument is UTF-8 without zero bytes")
		}
	}
	if len(args) > maxArgs || bytes > maxArgBytes {
		return invalid("args", "Too many arguments: at most %d of together %d bytes", maxArgs, maxArgBytes)
	}
	return nil
}
