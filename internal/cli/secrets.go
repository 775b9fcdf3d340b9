package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// secretParams are the secret parameters that were asked for.
type secretParams struct {
	app   *app
	given *[]string
}

// secretFlag adds --secret.
func (a *app) secretFlag(cmd *cobra.Command) secretParams {
	return secretParams{a, cmd.Flags().StringArray("secret", nil, "a secret parameter: NAME asks for it, or reads a line of standard input; NAME=FILE reads a file")}
}

// check refuses, before any is read, what is no secret of the job type: it
// would stand among the parameters for all to see.
func (s secretParams) check(ctx context.Context, server *client.Client, project, kind string) error {
	for _, g := range *s.given {
		if name, file, fromFile := strings.Cut(g, "="); name == "" || fromFile && file == "" {
			return usage("--secret %q is neither NAME nor NAME=FILE", g)
		}
	}
	if len(*s.given) == 0 {
		return nil
	}
	page, err := server.JobTypes(ctx, project)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(page.Items, func(t remit.JobType) bool { return t.Key == kind })
	if at < 0 {
		return remit.Errorf(remit.Invalid, "there is no job type %q", kind).WithHint("`remit project types %s` shows them.", project)
	}
	for _, g := range *s.given {
		if name, _, _ := strings.Cut(g, "="); !isSecretOf(page.Items[at], name) {
			return remit.Errorf(remit.Invalid, "%s is no secret parameter of %s, so everybody who sees the job would see it", name, kind).
				WithHint("Use --set %s=VALUE if that is meant; a secret is declared with writeOnly: true.", name)
		}
	}
	return nil
}

// isSecretOf says whether a job type declares a parameter as secret.
func isSecretOf(t remit.JobType, name string) bool {
	var schema struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	var property struct {
		WriteOnly bool `json:"writeOnly"`
	}
	return json.Unmarshal(t.Params, &schema) == nil && json.Unmarshal(schema.Properties[name], &property) == nil && property.WriteOnly
}

// into puts the secrets among parameters.
func (s secretParams) into(params json.RawMessage) (json.RawMessage, error) {
	in := bufio.NewReader(s.app.In)
	secrets := map[string]string{}
	for _, g := range *s.given {
		name, file, fromFile := strings.Cut(g, "=")
		var err error
		if fromFile {
			secrets[name], err = readSecret(file)
		} else {
			secrets[name], err = s.app.secret(in, "Secret "+name+": ")
		}
		if err != nil {
			return nil, err
		}
	}
	return client.WithSecrets(params, secrets)
}
