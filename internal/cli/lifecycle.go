package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) projectUpdate() *cobra.Command {
	var p client.ProjectPatch
	fields := []struct {
		flag, usage string
		into        **string
	}{
		{"slug", "another name; addresses with the old one lead nowhere then", &p.Slug},
		{"title", "a title for people", &p.Title},
		{"description", "what it is about", &p.Description},
		{"collection-visibility", "of collections made from now on: private or project", &p.CollectionVisibility},
	}
	cmd := &cobra.Command{Use: "update PROJECT", Aliases: []string{"rename"}, Short: "Change a project's name, title, description", Args: cobra.ExactArgs(1)}
	for _, f := range fields {
		cmd.Flags().String(f.flag, "", f.usage)
	}
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		for _, f := range fields {
			if flag := c.Flags().Lookup(f.flag); flag.Changed {
				*f.into = new(flag.Value.String())
			}
		}
		changed, err := server.UpdateProject(c.Context(), args[0], p)
		if err != nil {
			return err
		}
		return one(a, changed, a.sayProject)
	})
	return cmd
}

func (a *app) projectPublish(public bool) *cobra.Command {
	cmd := &cobra.Command{Use: "publish PROJECT PERMISSION", Short: "Open a part of a project to everybody, signed in or not",
		Example: "  remit project publish moths collection:read", Args: cobra.ExactArgs(2)}
	if !public {
		cmd.Use, cmd.Short, cmd.Example = "unpublish PROJECT PERMISSION", "Close a part of a project again", ""
	}
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		p, err := server.Publish(c.Context(), args[0], client.Publication{Permission: args[1], Public: public})
		if err != nil {
			return err
		}
		a.warn(p.Warnings)
		return one(a, p, func(p client.Publication) {
			a.say("%s  %s  %s", args[0], printable(p.Permission), map[bool]string{true: "public", false: "not public"}[p.Public])
		})
	})
	return cmd
}

// warn tells the person what a change does not do.
func (a *app) warn(warnings []string) {
	for _, w := range warnings {
		a.tell("warning: %s", w)
	}
}

func (a *app) projectTransfer() *cobra.Command {
	return &cobra.Command{Use: "transfer PROJECT USER", Short: "Hand a project to somebody else, who becomes its owner instead of me", Args: cobra.ExactArgs(2),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			m, err := server.Transfer(c.Context(), args[0], args[1])
			if err != nil {
				return err
			}
			return one(a, m, func(m remit.Member) { a.say("%s is %s of %s.", printable(m.User), m.Roles[0], m.Project) })
		})}
}

func (a *app) projectArchive(archived bool) *cobra.Command {
	cmd := &cobra.Command{Use: "archive PROJECT", Short: "Make a project read-only", Args: cobra.ExactArgs(1)}
	if !archived {
		cmd.Use, cmd.Short = "unarchive PROJECT", "Take a project out of the archive"
	}
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		p, err := server.Archive(c.Context(), args[0], archived)
		if err != nil {
			return err
		}
		return one(a, p, a.sayProject)
	})
	return cmd
}

func (a *app) projectDelete() *cobra.Command {
	return &cobra.Command{Use: "delete PROJECT", Short: "Delete a project; it can be brought back for a while", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			p, err := server.DeleteProject(c.Context(), args[0])
			if err != nil {
				return err
			}
			a.tell("Bring it back until %s with `remit project restore %s`.", moment(&p.RestoreUntil), p.Slug)
			return one(a, p, func(p remit.DeletedProject) { a.say("%s  %s is deleted.", p.ID, p.Slug) })
		})}
}

func (a *app) listDeleted(ctx context.Context, server *client.Client, q client.Query) error {
	page, err := server.DeletedProjects(ctx, q)
	if err != nil {
		return err
	}
	return list(a, page,
		column[remit.DeletedProject]{"PROJECT", func(p remit.DeletedProject) string { return p.Slug }},
		column[remit.DeletedProject]{"ID", func(p remit.DeletedProject) string { return string(p.ID) }},
		column[remit.DeletedProject]{"TITLE", func(p remit.DeletedProject) string { return p.Title }},
		column[remit.DeletedProject]{"DELETED BY", func(p remit.DeletedProject) string { return p.DeletedBy }},
		column[remit.DeletedProject]{"CAN COME BACK UNTIL", func(p remit.DeletedProject) string { return moment(&p.RestoreUntil) }},
	)
}

func (a *app) projectRestore() *cobra.Command {
	var as string
	cmd := &cobra.Command{Use: "restore PROJECT|ID", Short: "Bring a deleted project back", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVar(&as, "slug", "", "under another name")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		id, err := deletedID(c.Context(), server, args[0])
		if err != nil {
			return err
		}
		p, err := server.RestoreProject(c.Context(), id, as)
		if err != nil {
			return err
		}
		return one(a, p, a.sayProject)
	})
	return cmd
}

// deletedID finds the one deleted project that was called so.
func deletedID(ctx context.Context, server *client.Client, name string) (remit.ProjectID, error) {
	if remit.IsID[remit.ProjectID](name) {
		return remit.ProjectID(name), nil
	}
	page, err := server.DeletedProjects(ctx, client.Query{"limit": "500"})
	if err != nil {
		return "", err
	}
	var found []remit.ProjectID
	for _, p := range page.Items {
		if p.Slug == name {
			found = append(found, p.ID)
		}
	}
	switch len(found) {
	case 0:
		return "", remit.Errorf(remit.NotFound, "No deleted project %s that you may bring back", name).WithHint("See `remit project list --deleted`.")
	case 1:
		return found[0], nil
	}
	return "", remit.Errorf(remit.Conflict, "%d deleted projects were called %s", len(found), name).WithHint("Name its id; see `remit project list --deleted`.")
}
