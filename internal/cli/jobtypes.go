package cli

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) projectTypes() *cobra.Command {
	var on, off []string
	cmd := &cobra.Command{Use: "types PROJECT", Short: "List the job types of a project; switch some on or off",
		Example: "  remit project types moths\n  remit project types moths --off ml", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringSliceVar(&on, "on", nil, "switch these job types on")
	cmd.Flags().StringSliceVar(&off, "off", nil, "switch these off: no job of theirs is made, run or claimed")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		if i := slices.IndexFunc(on, func(key string) bool { return slices.Contains(off, key) }); i >= 0 {
			return usage("%s is to be on and off; name it once", on[i])
		}
		for _, turn := range []struct {
			keys []string
			on   bool
		}{{on, true}, {off, false}} {
			for _, key := range turn.keys {
				if _, err := server.SwitchJobType(c.Context(), args[0], key, turn.on); err != nil {
					return err
				}
			}
		}
		return a.listTypes(c.Context(), server, args[0])
	})
	return cmd
}

func (a *app) listTypes(ctx context.Context, server *client.Client, slug string) error {
	page, err := server.JobTypes(ctx, slug)
	if err != nil {
		return err
	}
	return list(a, page,
		column[remit.JobType]{"TYPE", func(t remit.JobType) string { return t.Key }},
		column[remit.JobType]{"TITLE", func(t remit.JobType) string { return t.Title }},
		column[remit.JobType]{"ON", func(t remit.JobType) string { return strings.Join(t.On, ", ") }},
		column[remit.JobType]{"STATE", func(t remit.JobType) string { return map[bool]string{true: "off", false: "on"}[t.Off] }},
		column[remit.JobType]{"I MAY", func(t remit.JobType) string { return strings.Join(t.Permissions, ", ") }},
	)
}

// readSecret is a file without the end of its last line.
func readSecret(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", remit.Errorf(remit.Invalid, "reading a secret: %w", err)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}
