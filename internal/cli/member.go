package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) member() *cobra.Command {
	cmd := &cobra.Command{Use: "member", Short: "Members of a project: list, add, update, remove, leave"}
	project := cmd.PersistentFlags().StringP("project", "p", "", "the project (default: $REMIT_PROJECT, or the only one)")
	cmd.AddCommand(a.memberList(project), a.memberCreate(project), a.memberUpdate(project), a.memberDelete(project), a.memberLeave(project))
	return cmd
}

// inProject is with for a command about one project.
func (a *app) inProject(project *string, do func(c *cobra.Command, server *client.Client, slug string, args []string) error) func(*cobra.Command, []string) error {
	return a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		slug, err := a.chosen(c.Context(), server, *project)
		if err != nil {
			return err
		}
		return do(c, server, slug, args)
	})
}

func (a *app) memberList(project *string) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the members of a project", Args: cobra.NoArgs}
	query := limited(cmd)
	cmd.RunE = a.inProject(project, func(c *cobra.Command, server *client.Client, slug string, _ []string) error {
		page, err := server.Members(c.Context(), slug, query())
		if err != nil {
			return err
		}
		return list(a, page,
			column[remit.Member]{"MEMBER", func(m remit.Member) string { return string(m.ID) }},
			column[remit.Member]{"WHO", func(m remit.Member) string { return marked(holder(m.User, m.Team), m.Deleted) }},
			column[remit.Member]{"ROLES", func(m remit.Member) string { return strings.Join(m.Roles, ", ") }},
			column[remit.Member]{"ONLY IN", func(m remit.Member) string { return first(string(m.Collection), "-") }},
			column[remit.Member]{"FROM", func(m remit.Member) string { return moment(m.From) }},
			column[remit.Member]{"UNTIL", func(m remit.Member) string { return moment(m.Until) }},
			column[remit.Member]{"BY", func(m remit.Member) string { return first(m.By, "-") }},
			column[remit.Member]{"WHY", func(m remit.Member) string { return m.Why }},
		)
	})
	return cmd
}

func (a *app) sayMember(m remit.Member) {
	a.say("%s  %s  %s", m.ID, printable(holder(m.User, m.Team)), printable(strings.Join(m.Roles, ", ")))
}

func (a *app) memberCreate(project *string) *cobra.Command {
	var collection string
	cmd := &cobra.Command{Use: "add USER|team:TEAM ROLE…", Aliases: []string{"create"}, Short: "Give somebody, or a team, roles in a project", Args: cobra.MinimumNArgs(2),
		Example: "  remit member add bob reader writer -p moths\n  remit member add team:night observer -p sky --for 12h --why 'tonight'"}
	cmd.Flags().StringVar(&collection, "collection", "", "only in this collection, by its id")
	g := giving(cmd)
	cmd.RunE = a.inProject(project, func(c *cobra.Command, server *client.Client, slug string, args []string) error {
		n := client.NewMember{Roles: args[1:], Collection: remit.CollectionID(collection), Why: g.why}
		n.User, n.Team = whom(args[0])
		var err error
		if n.From, n.Until, err = g.span(); err != nil {
			return err
		}
		m, err := server.AddMember(c.Context(), slug, n)
		if err != nil {
			return err
		}
		return one(a, m, a.sayMember)
	})
	return cmd
}

func (a *app) memberUpdate(project *string) *cobra.Command {
	var roles []string
	cmd := &cobra.Command{Use: "update MEMBER", Short: "Change a membership; --from '' and --until '' open it", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringSliceVar(&roles, "role", nil, "the roles from now on, instead of those that it has")
	g := giving(cmd)
	cmd.RunE = a.inProject(project, func(c *cobra.Command, server *client.Client, slug string, args []string) error {
		p, err := g.patch()
		if err != nil {
			return err
		}
		p.Roles = roles
		m, err := server.UpdateMember(c.Context(), slug, remit.MemberID(args[0]), p)
		if err != nil {
			return err
		}
		return one(a, m, a.sayMember)
	})
	return cmd
}

func (a *app) memberDelete(project *string) *cobra.Command {
	return &cobra.Command{Use: "remove MEMBER", Aliases: []string{"delete"}, Short: "Take a membership away: its id, or the name of who has one", Args: cobra.ExactArgs(1),
		RunE: a.inProject(project, func(c *cobra.Command, server *client.Client, slug string, args []string) error {
			id, err := memberOf(c.Context(), server, slug, args[0])
			if err == nil {
				err = server.RemoveMember(c.Context(), slug, id)
			}
			if err != nil {
				return err
			}
			a.tell("%s is removed.", args[0])
			return nil
		})}
}

// memberOf is the membership with an id, or the only one of somebody with a name.
func memberOf(ctx context.Context, server *client.Client, slug, ref string) (remit.MemberID, error) {
	if remit.IsID[remit.MemberID](ref) {
		return remit.MemberID(ref), nil
	}
	var found []string
	for after, more := "", true; more; more = after != "" {
		page, err := server.Members(ctx, slug, client.Query{"limit": "500", "after": after})
		if err != nil {
			return "", err
		}
		for _, m := range page.Items {
			if m.User == ref || m.Team == ref {
				found = append(found, string(m.ID))
			}
		}
		after = page.Next
	}
	if len(found) == 1 {
		return remit.MemberID(found[0]), nil
	}
	if len(found) > 1 {
		return "", remit.Errorf(remit.Invalid, "%s is a member more than once", ref).WithHint("Name one of %s.", strings.Join(found, ", "))
	}
	return "", remit.Errorf(remit.NotFound, "%s is no member of %s", ref, slug).WithHint("`remit member list -p %s` lists them.", slug)
}

func (a *app) memberLeave(project *string) *cobra.Command {
	return &cobra.Command{Use: "leave", Short: "Leave a project; what I hold by a team stays", Args: cobra.NoArgs,
		RunE: a.inProject(project, func(c *cobra.Command, server *client.Client, slug string, _ []string) error {
			if err := server.Leave(c.Context(), slug); err != nil {
				return err
			}
			a.tell("You left %s.", slug)
			return nil
		})}
}
