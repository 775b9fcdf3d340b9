package parameters

import (
	"encoding/json"

	"github.com/remit-server/remit"
)

// Max bounds the JSON of parameters and of results, in bytes.
const Max = remit.MaxResult

// Given are the parameters of a job, as its type takes them.
type Given struct {
	Plain   json.RawMessage   // all but the secrets, defaults filled in
	Secrets map[string]string // by name
	Files   []File
}

// Take says whether the type with the key and the schema takes the parameters,
// and fills in what they leave to its defaults. What is wrong is remit.Invalid
// with its place ("params.threshold").
func Take(key string, schema *Schema, params json.RawMessage) (Given, error) {
	object, err := Read(params)
	switch {
	case err != nil:
		return Given{}, err
	case schema == nil && len(object) > 0:
		return Given{}, invalid("params", "Job type %s takes no parameters", key)
	case schema != nil:
		if err := fillDefaults(schema, object); err != nil {
			return Given{}, err
		}
		if err := Validate(schema, object); err != nil {
			return Given{}, refusal(key, schema, object, err)
		}
	}
	return separate(schema, object)
}

// Read is the object that was given, with numbers as they were written
// (json.Number); absent is an empty one.
func Read(params json.RawMessage) (map[string]any, error) {
	if len(params) > Max {
		return nil, tooLong(len(params))
	}
	if IsNone(params) {
		return map[string]any{}, nil
	}
	value, err := Decode(params)
	if err != nil {
		return nil, invalid("params", "The parameters are no JSON: %v", err)
	}
	if err := Storable(params); err != nil {
		return nil, invalid("params", "The parameters cannot be kept: %v", err)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, invalid("params", "The parameters must be a JSON object")
	}
	return object, nil
}

func tooLong(bytes int) error {
	return invalid("params", "The parameters have %d bytes; %d are allowed", bytes, Max)
}

// separate takes apart what is stored apart.
func separate(schema *Schema, object map[string]any) (g Given, err error) {
	g.Files = FilesIn(schema, object)
	for _, name := range Secrets(schema) {
		if secret, given := object[name].(string); given {
			if len(secret) < remit.MinSecret {
				return g, invalid("params."+name, "The secret %s is too short to be masked: it takes %d bytes or more", name, remit.MinSecret)
			}
			if g.Secrets == nil {
				g.Secrets = map[string]string{}
			}
			g.Secrets[name] = secret
			delete(object, name)
		}
	}
	if g.Plain, err = Encode(object); err == nil && len(g.Plain) > Max {
		err = tooLong(len(g.Plain))
	}
	return g, err
}

// refusal words what the schema has against the parameters. No secret is
// told, even to who gave it: errors travel far.
func refusal(key string, schema *Schema, object map[string]any, err error) error {
	place, words := Complaint("params", err)
	var secrets []string
	for _, name := range Secrets(schema) {
		if place == "params."+name {
			return invalid(place, "Job type %s does not take %s: it is not what the schema asks for", key, place)
		}
		if secret, ok := object[name].(string); ok {
			secrets = append(secrets, secret)
		}
	}
	return hintSecret(invalid(place, "Job type %s does not take %s: %s", key, place, remit.NewMask(secrets...).Text(words)), schema, object)
}

func invalid(field, format string, args ...any) *remit.Error {
	return remit.Errorf(remit.Invalid, format, args...).WithCode("invalid").WithField(field)
}
