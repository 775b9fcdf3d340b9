package jobs

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/remit-server/remit"
)

// maxParams bounds the JSON of parameters and of results, in bytes.
const maxParams = remit.MaxResult

// parameters are those of a job, as its type takes them.
type parameters struct {
	plain   json.RawMessage   // all but the secrets, defaults filled in
	secrets map[string]string // by name
	files   []fileParam
}

// checkParams says whether a type takes the parameters, and fills in what they
// leave to the defaults of its schema. What is wrong is remit.Invalid with its
// place ("params.threshold").
func (s *Service) checkParams(t remit.JobType, params json.RawMessage) (parameters, error) {
	object, err := readParams(params)
	if err != nil {
		return parameters{}, err
	}
	schema, err := s.schemas.of(t.Params)
	switch {
	case err != nil:
		return parameters{}, err
	case schema == nil && len(object) > 0:
		return parameters{}, invalid("params", "Job type %s takes no parameters", t.Key)
	case schema != nil:
		if err := fillDefaults(schema, object); err != nil {
			return parameters{}, err
		}
		if err := schema.Validate(object); err != nil {
			return parameters{}, paramsError(t, schema, object, err)
		}
	}
	return separate(schema, object)
}

// readParams is the object that was given; absent is an empty one.
func readParams(params json.RawMessage) (map[string]any, error) {
	if len(params) > maxParams {
		return nil, tooLong(len(params))
	}
	if isNothing(params) {
		return map[string]any{}, nil
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
	return object, nil
}

func tooLong(bytes int) error {
	return invalid("params", "The parameters have %d bytes; %d are allowed", bytes, maxParams)
}

// separate takes apart what is stored apart.
func separate(schema *jsonschema.Schema, object map[string]any) (p parameters, err error) {
	p.files = filesIn(schema, object)
	for _, name := range named(schema, isSecret) {
		if secret, given := object[name].(string); given {
			if len(secret) < remit.MinSecret {
				return p, invalid("params."+name, "The secret %s is too short to be masked: it takes %d bytes or more", name, remit.MinSecret)
			}
			if p.secrets == nil {
				p.secrets = map[string]string{}
			}
			p.secrets[name] = secret
			delete(object, name)
		}
	}
	if p.plain, err = encoded(object); err == nil && len(p.plain) > maxParams {
		err = tooLong(len(p.plain))
	}
	return p, err
}

// paramsError words what the schema has against the parameters. No secret is
// told, even to who gave it: errors travel far.
func paramsError(t remit.JobType, schema *jsonschema.Schema, object map[string]any, err error) error {
	place, words := complaint("params", err)
	var secrets []string
	for _, name := range named(schema, isSecret) {
		if place == "params."+name {
			return invalid(place, "Job type %s does not take %s: it is not what the schema asks for", t.Key, place)
		}
		if secret, ok := object[name].(string); ok {
			secrets = append(secrets, secret)
		}
	}
	return hintSecret(invalid(place, "Job type %s does not take %s: %s", t.Key, place, remit.NewMask(secrets...).Text(words)), schema, object)
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

// checkPlaceholders holds that the command tells no secret: everybody on a
// machine sees the arguments of its programs. {files.x} is of a file parameter.
func checkPlaceholders(t remit.JobType, schema *jsonschema.Schema) error {
	secrets, files := named(schema, isSecret), named(schema, isFile)
	for _, arg := range t.Command {
		for _, name := range braces.FindAllString(arg, -1) {
			name = strings.Trim(name, "{}")
			if param, ok := strings.CutPrefix(name, "params."); ok && slices.Contains(secrets, param) {
				return invalid("command", "Job type %s: the secret %s cannot be an argument, which everybody on the node's machine can see", t.Key, param).
					WithHint("The program finds it in the environment as %s, and in params.json.", remit.ParamVariable(param))
			}
			if param, ok := strings.CutPrefix(name, "files."); ok && !slices.Contains(files, param) {
				return invalid("command", "Job type %s: there is no file parameter %s", t.Key, param)
			}
		}
	}
	return nil
}
