package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) role() *cobra.Command {
	cmd := &cobra.Command{Use: "role", Short: "Role templates: list, show, create, update, delete, override, matrix"}
	cmd.AddCommand(a.roleList(), a.roleShow(), a.roleCreate(), a.roleUpdate(), a.roleDelete(), a.roleOverride(), a.roleMatrix())
	return cmd
}

func (a *app) roleList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List role templates", Args: cobra.NoArgs,
		RunE: a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
			page, err := server.Roles(c.Context())
			if err != nil {
				return err
			}
			return list(a, page,
				column[remit.Role]{"ROLE", func(r remit.Role) string { return r.Name }},
				column[remit.Role]{"HELD", func(r remit.Role) string { return map[bool]string{true: "on the site", false: "in projects"}[r.Site] }},
				column[remit.Role]{"ALLOWS", func(r remit.Role) string { return strings.Join(r.Allow, " ") }},
			)
		})}
}

func (a *app) sayRole(r remit.Role) {
	a.say("%s  %s", r.Name, printable(r.Title))
	for _, pattern := range r.Allow {
		a.say("  %s", pattern)
	}
}

func (a *app) roleShow() *cobra.Command {
	return &cobra.Command{Use: "show ROLE", Short: "Show a role template and the projects that change it", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			use, err := server.Role(c.Context(), args[0])
			if err != nil {
				return err
			}
			return one(a, use, func(use remit.RoleUse) {
				a.sayRole(use.Role)
				for _, in := range use.Overridden {
					for _, o := range in.Overrides {
						a.say("in %s: %s %s", in.Project, o.Effect, o.Permission)
					}
				}
			})
		})}
}

// describing are the flags of what a role is.
func describing(cmd *cobra.Command) (title, description *string, allow *[]string) {
	f := cmd.Flags()
	return f.String("title", "", "a title for people"), f.String("description", "", "what it is for"),
		f.StringArray("allow", nil, "a permission or pattern that it allows; may be repeated")
}

func (a *app) roleCreate() *cobra.Command {
	var site bool
	cmd := &cobra.Command{Use: "create ROLE", Short: "Make a role template", Args: cobra.ExactArgs(1),
		Example: "  remit role create drummer --allow job:read --allow job:cancel@own"}
	title, description, allow := describing(cmd)
	cmd.Flags().BoolVar(&site, "site", false, "held on the site instead of in projects")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		role, err := server.CreateRole(c.Context(), client.NewRole{Name: args[0], Title: *title, Description: *description, Allow: append([]string{}, *allow...), Site: site})
		if err != nil {
			return err
		}
		return one(a, role, a.sayRole)
	})
	return cmd
}

func (a *app) roleUpdate() *cobra.Command {
	cmd := &cobra.Command{Use: "update ROLE", Short: "Change a role template in every project that does not override it; --allow replaces all that it allows, and --allow '' leaves nothing", Args: cobra.ExactArgs(1)}
	title, description, allow := describing(cmd)
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		var p client.RolePatch
		if cmd.Flags().Changed("allow") {
			patterns := slices.DeleteFunc(*allow, func(pattern string) bool { return pattern == "" })
			p.Allow = &patterns
		}
		if cmd.Flags().Changed("title") {
			p.Title = title
		}
		if cmd.Flags().Changed("description") {
			p.Description = description
		}
		role, err := server.UpdateRole(c.Context(), args[0], p)
		if err != nil {
			return err
		}
		return one(a, role, a.sayRole)
	})
	return cmd
}

func (a *app) roleDelete() *cobra.Command {
	return &cobra.Command{Use: "delete ROLE", Short: "Delete a role template that nobody holds", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			if err := server.DeleteRole(c.Context(), args[0]); err != nil {
				return err
			}
			a.tell("Role %s is deleted.", args[0])
			return nil
		})}
}

func (a *app) roleOverride() *cobra.Command {
	var project string
	cmd := &cobra.Command{Use: "override ROLE PERMISSION allow|remove|deny|inherit", Short: "Change what a role means in one project", Args: cobra.ExactArgs(3),
		Example: "  remit role override drummer record:view.budget allow -p moths"}
	cmd.Flags().StringVarP(&project, "project", "p", "", "the project (default: $REMIT_PROJECT, or the only one)")
	cmd.RunE = a.inProject(&project, func(c *cobra.Command, server *client.Client, slug string, args []string) error {
		if err := server.SetOverride(c.Context(), slug, remit.Override{Role: args[0], Permission: args[1], Effect: args[2]}); err != nil {
			return err
		}
		a.tell("In %s, %s: %s %s.", slug, args[0], args[2], args[1])
		return nil
	})
	return cmd
}
