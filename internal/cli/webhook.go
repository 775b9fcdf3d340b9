package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) webhook() *cobra.Command {
	cmd := &cobra.Command{Use: "webhook", Short: "Web addresses that a project tells of its jobs: chats, dashboards, scripts"}
	cmd.AddCommand(a.webhookList(), a.webhookCreate(), a.webhookUpdate(), a.webhookPause(true), a.webhookPause(false), a.webhookTest(),
		a.webhookHistory(), a.webhookDelete())
	return cmd
}

// ofProject makes a command of one project.
func (a *app) ofProject(cmd *cobra.Command, run func(c *cobra.Command, server *client.Client, slug string, args []string) error) *cobra.Command {
	project := cmd.Flags().StringP("project", "p", "", "project (default: $REMIT_PROJECT, or the only one)")
	cmd.RunE = a.inProject(project, run)
	return cmd
}

func (a *app) webhookList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the webhooks of a project", Args: cobra.NoArgs}
	query := limited(cmd)
	return a.ofProject(cmd, func(c *cobra.Command, server *client.Client, slug string, _ []string) error {
		page, err := server.Webhooks(c.Context(), slug, query())
		if err != nil {
			return err
		}
		type row = remit.Webhook
		return list(a, page,
			column[row]{"WEBHOOK", func(h row) string { return string(h.ID) }},
			column[row]{"TITLE", func(h row) string { return first(h.Title, "-") }},
			column[row]{"ADDRESS", func(h row) string { return h.URL }},
			column[row]{"TYPE", func(h row) string { return first(h.Type, "-") }},
			column[row]{"STATES", func(h row) string { return stateText(h.States) }},
			column[row]{"RIGHTS OF", func(h row) string { return first(h.Owner, "-") }},
			column[row]{"", func(h row) string { return tellingText(h.Paused, h.Held, h.Problem) }},
		)
	})
}

func (a *app) webhookCreate() *cobra.Command {
	var n client.NewWebhook
	var states []string
	cmd := &cobra.Command{Use: "create URL", Short: "Tell a web address of a project's jobs, as far as I may read them", Args: cobra.ExactArgs(1),
		Example: "  remit webhook create https://hooks.example.org/T1/B2 -p moths --state failed --type ml"}
	f := cmd.Flags()
	f.StringVar(&n.Title, "title", "", "a title for people")
	f.StringVar(&n.Type, "type", "", "only jobs of this type")
	f.StringSliceVar(&states, "state", nil, stateHelp+" (default all but held)")
	return a.ofProject(cmd, func(c *cobra.Command, server *client.Client, slug string, args []string) error {
		n.URL, n.States = args[0], statesOf(states)
		made, err := server.CreateWebhook(c.Context(), slug, n)
		if err != nil {
			return err
		}
		return one(a, made, func(h remit.Webhook) {
			a.say("%s", h.ID)
			a.say("secret  %s", h.Secret)
			a.tell("The secret signs what is sent, and is shown this once.")
		})
	})
}

func (a *app) webhookUpdate() *cobra.Command {
	var title, address, kind string
	var states []string
	cmd := &cobra.Command{Use: "update WEBHOOK", Short: "Change a webhook; what is omitted is kept, and it has my rights from then on", Args: cobra.ExactArgs(1)}
	f := cmd.Flags()
	f.StringVar(&title, "title", "", "a title for people")
	f.StringVar(&address, "to", "", "another web address")
	f.StringVar(&kind, "type", "", "only jobs of this type")
	f.StringSliceVar(&states, "state", nil, stateHelp)
	return a.ofProject(cmd, func(c *cobra.Command, server *client.Client, slug string, args []string) error {
		var p client.WebhookPatch
		for _, s := range []struct {
			flag  string
			value *string
			to    **string
		}{{"title", &title, &p.Title}, {"to", &address, &p.URL}, {"type", &kind, &p.Type}} {
			if c.Flags().Changed(s.flag) {
				*s.to = s.value
			}
		}
		if c.Flags().Changed("state") {
			all := statesOf(states)
			p.States = &all
		}
		return a.updateWebhook(c, server, slug, args[0], p)
	})
}

func (a *app) webhookPause(paused bool) *cobra.Command {
	cmd := &cobra.Command{Use: "pause WEBHOOK", Short: "Tell it nothing for a while", Args: cobra.ExactArgs(1)}
	if !paused {
		cmd.Use, cmd.Short = "resume WEBHOOK", "Let a paused webhook go on, with my rights"
	}
	return a.ofProject(cmd, func(c *cobra.Command, server *client.Client, slug string, args []string) error {
		return a.updateWebhook(c, server, slug, args[0], client.WebhookPatch{Paused: &paused})
	})
}

func (a *app) updateWebhook(c *cobra.Command, server *client.Client, slug, id string, p client.WebhookPatch) error {
	h, err := server.UpdateWebhook(c.Context(), slug, remit.WebhookID(id), p)
	if err != nil {
		return err
	}
	return one(a, h, func(h remit.Webhook) {
		a.say("%s  %s  %s  %s", h.ID, h.URL, stateText(h.States), first(tellingText(h.Paused, h.Held, h.Problem), "told"))
	})
}

func (a *app) webhookTest() *cobra.Command {
	cmd := &cobra.Command{Use: "test WEBHOOK", Short: "Send it a test; `remit webhook history` says what came of it", Args: cobra.ExactArgs(1)}
	return a.ofProject(cmd, func(c *cobra.Command, server *client.Client, slug string, args []string) error {
		d, err := server.TestWebhook(c.Context(), slug, remit.WebhookID(args[0]))
		if err != nil {
			return err
		}
		return one(a, d, func(d remit.Delivery) { a.say("%s  %s", d.ID, d.State) })
	})
}

func (a *app) webhookHistory() *cobra.Command {
	cmd := &cobra.Command{Use: "history WEBHOOK", Short: "List what it was told, the latest first", Args: cobra.ExactArgs(1)}
	query := limited(cmd)
	return a.ofProject(cmd, func(c *cobra.Command, server *client.Client, slug string, args []string) error {
		page, err := server.Deliveries(c.Context(), slug, remit.WebhookID(args[0]), query())
		if err != nil {
			return err
		}
		type row = remit.Delivery
		return list(a, page,
			column[row]{"DELIVERY", func(d row) string { return string(d.ID) }},
			column[row]{"AT", func(d row) string { return moment(&d.At) }},
			column[row]{"EVENT", func(d row) string { return d.Event }},
			column[row]{"JOB", func(d row) string { return first(string(d.Job), "-") }},
			column[row]{"STATE", func(d row) string { return string(d.State) }},
			column[row]{"TRIES", func(d row) string { return fmt.Sprint(d.Tries) }},
			column[row]{"REASON", func(d row) string { return d.Reason }},
		)
	})
}

func (a *app) webhookDelete() *cobra.Command {
	cmd := &cobra.Command{Use: "delete WEBHOOK", Short: "Delete a webhook", Args: cobra.ExactArgs(1)}
	return a.ofProject(cmd, func(c *cobra.Command, server *client.Client, slug string, args []string) error {
		return server.DeleteWebhook(c.Context(), slug, remit.WebhookID(args[0]))
	})
}
