package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) team() *cobra.Command {
	cmd := &cobra.Command{Use: "team", Short: "Teams: list, show, create, rename, delete, add, remove"}
	cmd.AddCommand(a.teamList(), a.teamShow(), a.teamCreate(), a.teamRename(), a.teamDelete(),
		a.teamChange("add", "Put accounts into a team", (*client.Client).AddToTeam),
		a.teamChange("remove", "Take accounts out of a team", (*client.Client).RemoveFromTeam))
	return cmd
}

func (a *app) teamList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List teams", Args: cobra.NoArgs}
	query := limited(cmd)
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
		page, err := server.Teams(c.Context(), query())
		if err != nil {
			return err
		}
		return list(a, page,
			column[remit.Team]{"TEAM", func(t remit.Team) string { return t.Name }},
			column[remit.Team]{"TITLE", func(t remit.Team) string { return t.Title }},
			column[remit.Team]{"USERS", usersOf},
		)
	})
	return cmd
}

func (a *app) sayTeam(t remit.Team) {
	a.say("%s  %s  %s", t.Name, printable(t.Title), first(usersOf(t), "nobody"))
}

// usersOf are the names of who is in a team.
func usersOf(t remit.Team) string {
	names := make([]string, len(t.Users))
	for i, name := range t.Users {
		names[i] = marked(name, slices.Contains(t.Deleted, name))
	}
	return strings.Join(names, ", ")
}

func (a *app) teamShow() *cobra.Command {
	return &cobra.Command{Use: "show TEAM", Short: "Show a team and who is in it", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			t, err := server.Team(c.Context(), args[0])
			if err != nil {
				return err
			}
			return one(a, t, a.sayTeam)
		})}
}

func (a *app) teamCreate() *cobra.Command {
	var title string
	cmd := &cobra.Command{Use: "create TEAM", Short: "Make a team; nobody is in it yet", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			t, err := server.CreateTeam(c.Context(), client.NewTeam{Name: args[0], Title: title})
			if err != nil {
				return err
			}
			return one(a, t, a.sayTeam)
		})}
	cmd.Flags().StringVar(&title, "title", "", "a title for people")
	return cmd
}

func (a *app) teamRename() *cobra.Command {
	var title string
	cmd := &cobra.Command{Use: "rename TEAM [NAME]", Short: "Change a team's name, or with --title its title", Args: cobra.RangeArgs(1, 2)}
	cmd.Flags().StringVar(&title, "title", "", "a title for people")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		var p client.TeamPatch
		if len(args) == 2 {
			p.Name = &args[1]
		}
		if cmd.Flags().Changed("title") {
			p.Title = &title
		}
		t, err := server.UpdateTeam(c.Context(), args[0], p)
		if err != nil {
			return err
		}
		return one(a, t, a.sayTeam)
	})
	return cmd
}

func (a *app) teamDelete() *cobra.Command {
	return &cobra.Command{Use: "delete TEAM", Short: "Delete a team, with all that it holds", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			if err := server.DeleteTeam(c.Context(), args[0]); err != nil {
				return err
			}
			a.tell("Team %s is deleted.", args[0])
			return nil
		})}
}

func (a *app) teamChange(verb, short string, change func(c *client.Client, ctx context.Context, team, user string) (remit.Team, error)) *cobra.Command {
	return &cobra.Command{Use: verb + " TEAM USER…", Short: short, Args: cobra.MinimumNArgs(2),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) (err error) {
			var t remit.Team
			for _, user := range args[1:] {
				if t, err = change(server, c.Context(), args[0], user); err != nil {
					return err
				}
			}
			return one(a, t, a.sayTeam)
		})}
}
