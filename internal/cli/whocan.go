package cli

import (
	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) whoCan() *cobra.Command {
	cmd, question := asking("who-can PERMISSION", "List who may do something, and what gives it to them",
		"  remit who-can access:grant --project moths\n  remit who-can file:download --on file_01…")
	cmd.Args = cobra.ExactArgs(1)
	limit := cmd.Flags().Int("limit", 0, "at most so many (default 50)")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		q, err := question(a, args)
		if err != nil {
			return err
		}
		found, err := server.WhoCan(c.Context(), client.WhoQuestion{Permission: q.Permission, Project: q.Project, On: q.On, Job: q.Job, Limit: *limit})
		if err != nil {
			return err
		}
		return a.holders(found, q.On != nil || q.Job != "")
	})
	return cmd
}

func (a *app) holders(found client.Holders, thing bool) error {
	if found.Incomplete {
		defer a.tell("There are others, of whom you may not know.")
	}
	if a.json {
		return a.document(found)
	}
	return list(a, remit.Page[client.Holder]{Items: found.Items, Next: found.Next},
		column[client.Holder]{"USER", func(h client.Holder) string { return h.User }},
		column[client.Holder]{"ON", func(h client.Holder) string { return onWhose(h, thing) }},
		column[client.Holder]{"RULE", func(h client.Holder) string { return h.Rule }},
		column[client.Holder]{"BY", func(h client.Holder) string { return h.Via }},
		column[client.Holder]{"UNTIL", func(h client.Holder) string { return moment(h.Until) }},
	)
}

// onWhose is on whose things somebody may.
func onWhose(h client.Holder, thing bool) string {
	switch {
	case thing:
		return "it"
	case h.Own && h.Others:
		return "all"
	case h.Own:
		return "own"
	}
	return "others'"
}
