package cli

import (
	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) notify() *cobra.Command {
	cmd := &cobra.Command{Use: "notify", Short: "Of which jobs I am told by e-mail"}
	cmd.AddCommand(a.notifyList(), a.notifyMe(), a.notifyPause(true), a.notifyPause(false), a.notifyDelete())
	return cmd
}

func (a *app) notifyList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List of which jobs I am told", Args: cobra.NoArgs}
	query := limited(cmd)
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
		page, err := server.Notifications(c.Context(), query())
		if err != nil {
			return err
		}
		type row = remit.Notification
		return list(a, page,
			column[row]{"NOTIFICATION", func(n row) string { return string(n.ID) }},
			column[row]{"JOBS", func(n row) string { return string(n.Whose) }},
			column[row]{"PROJECT", func(n row) string { return first(n.Project, "-") }},
			column[row]{"TYPE", func(n row) string { return first(n.Type, "-") }},
			column[row]{"STATES", func(n row) string { return first(stateText(n.States), "as types say") }},
			column[row]{"", notificationText},
		)
	})
	return cmd
}

// notificationText marks what job types tell of their own.
func notificationText(n remit.Notification) string {
	text := tellingText(n.Paused, n.Held, n.Problem)
	switch {
	case !n.Default:
		return text
	case text == "":
		return "default"
	}
	return "default, " + text
}

// tellingText says why nothing comes, "" when it does.
func tellingText(paused bool, held, problem string) string {
	if paused {
		return "paused"
	}
	return first(held, problem)
}

func stateText(states []remit.JobState) string {
	text := ""
	for _, s := range states {
		if text != "" {
			text += ","
		}
		text += string(s)
	}
	return text
}

func statesOf(texts []string) (states []remit.JobState) {
	for _, t := range texts {
		states = append(states, remit.JobState(t))
	}
	return states
}

const stateHelp = "of which states: succeeded, failed, cancelled, held"

func (a *app) notifyMe() *cobra.Command {
	cmd := &cobra.Command{Use: "me", Short: "Be told of jobs by e-mail, to the address of my account", Args: cobra.NoArgs,
		Example: "  remit notify me                                  when a job of mine fails\n  remit notify me -p moths --all --type ml --state succeeded,failed"}
	f := cmd.Flags()
	project := f.StringP("project", "p", "", "only of this project (default: of all)")
	kind := f.String("type", "", "only jobs of this type")
	all := f.Bool("all", false, "all jobs of the project that I may read, not only mine")
	states := f.StringSlice("state", nil, stateHelp+" (default failed)")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
		n := client.NewNotification{Project: *project, Type: *kind, States: statesOf(*states), Whose: remit.Mine}
		if *all {
			n.Whose = remit.All
		}
		made, err := server.CreateNotification(c.Context(), n)
		if err != nil {
			return err
		}
		return one(a, made, func(n remit.Notification) {
			of := first(n.Project, "every project")
			if n.Type != "" {
				of = n.Type + " in " + of
			}
			a.say("%s  %s of %s", n.ID, stateText(n.States), of)
		})
	})
	return cmd
}

func (a *app) notifyPause(paused bool) *cobra.Command {
	cmd := &cobra.Command{Use: "pause NOTIFICATION", Short: "Be told nothing for a while", Args: cobra.ExactArgs(1)}
	if !paused {
		cmd.Use, cmd.Short = "resume NOTIFICATION", "Be told again"
	}
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		n, err := server.UpdateNotification(c.Context(), remit.NotificationID(args[0]), client.NotificationPatch{Paused: &paused})
		if err != nil {
			return err
		}
		return one(a, n, func(n remit.Notification) {
			a.say("%s  %s", n.ID, first(tellingText(n.Paused, n.Held, n.Problem), "told"))
		})
	})
	return cmd
}

func (a *app) notifyDelete() *cobra.Command {
	return &cobra.Command{Use: "delete NOTIFICATION", Short: "Be told of them no more", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			return server.DeleteNotification(c.Context(), remit.NotificationID(args[0]))
		})}
}
