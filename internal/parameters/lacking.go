package parameters

import (
	"strings"

	"github.com/remit-server/remit"
)

// hintSecret says how a secret is given that a schema asks for and that is missing.
func hintSecret(e *remit.Error, schema *Schema, object map[string]any) error {
	if e.Field != "params" || !strings.Contains(e.Message, "missing propert") {
		return e
	}
	for _, name := range Secrets(schema) {
		if _, given := object[name]; !given && strings.Contains(e.Message, "'"+name+"'") {
			return e.WithHint("%s is a secret: give it with `--secret %s`, which asks for it.", name, name)
		}
	}
	return e
}
