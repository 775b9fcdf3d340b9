package cli

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/remit-server/remit/client"
)

// setHelp is how values of parameters are read.
const setHelp = "name=value: a text as it is where the type says string, else JSON (12, true, [1,2]), else a text"

// pairsOf reads what was typed as name=value.
func pairsOf(sets []string) (map[string]string, error) {
	pairs := map[string]string{}
	for _, s := range sets {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return nil, usage("--set %q is not name=value", s)
		}
		if _, twice := pairs[name]; twice {
			return nil, usage("%s is set twice; set each parameter once", name)
		}
		pairs[name] = value
	}
	return pairs, nil
}

// paramsFor are parameters for a job type, in its words.
func paramsFor(ctx context.Context, server *client.Client, project, key string, sets []string) (json.RawMessage, error) {
	pairs, err := pairsOf(sets)
	if err != nil || len(pairs) == 0 {
		return nil, err
	}
	return client.ParamsFor(schemaOf(ctx, server, project, key), pairs)
}

// schemaOf is what a type says of its parameters; nil when the asker cannot be
// told, and then the refusal of the job says why.
func schemaOf(ctx context.Context, server *client.Client, project, key string) json.RawMessage {
	page, err := server.JobTypes(ctx, project)
	if err != nil {
		return nil
	}
	for _, t := range page.Items {
		if t.Key == key {
			return t.Params
		}
	}
	return nil
}
