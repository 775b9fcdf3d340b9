package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) project() *cobra.Command {
	cmd := &cobra.Command{Use: "project", Short: "Projects: list, show, create, update, publish, transfer, archive, delete, types"}
	cmd.AddCommand(a.projectList(), a.projectShow(), a.projectCreate(), a.projectUpdate(), a.projectPublish(true), a.projectPublish(false),
		a.projectTransfer(), a.projectArchive(true), a.projectArchive(false), a.projectDelete(), a.projectRestore(), a.projectTypes())
	return cmd
}

func (a *app) projectList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the projects that I may see", Args: cobra.NoArgs}
	query := limited(cmd)
	deleted := cmd.Flags().Bool("deleted", false, "the deleted ones that I may bring back instead")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
		if *deleted {
			return a.listDeleted(c.Context(), server, query())
		}
		page, err := server.Projects(c.Context(), query())
		if err != nil {
			return err
		}
		return list(a, page,
			column[remit.Project]{"PROJECT", func(p remit.Project) string { return p.Slug }},
			column[remit.Project]{"TITLE", func(p remit.Project) string { return p.Title }},
			column[remit.Project]{"VISIBILITY", func(p remit.Project) string { return p.Visibility }},
			column[remit.Project]{"MY ROLES", func(p remit.Project) string { return strings.Join(p.Roles, ", ") }},
		)
	})
	return cmd
}

func (a *app) sayProject(p remit.Project) {
	a.say("%s  %s  %s", p.Slug, printable(p.Title), p.Visibility)
	if p.ArchivedAt != nil {
		a.say("  archived since %s", moment(p.ArchivedAt))
	}
	if len(p.Public) > 0 {
		a.say("  open to everybody: %s", strings.Join(p.Public, ", "))
	}
}

// showProject is sayProject with what I may do in it.
func (a *app) showProject(p remit.Project) {
	a.sayProject(p)
	for _, permission := range p.Permissions {
		a.say("  %s", permission)
	}
}

func (a *app) projectShow() *cobra.Command {
	return &cobra.Command{Use: "show PROJECT", Short: "Show a project and what I may do in it", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			p, err := server.Project(c.Context(), args[0])
			if err != nil {
				return err
			}
			return one(a, p, a.showProject)
		})}
}

func (a *app) projectCreate() *cobra.Command {
	var title, description, visibility string
	cmd := &cobra.Command{Use: "create PROJECT", Short: "Make a project; I become its owner", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			p, err := server.CreateProject(c.Context(), client.NewProject{Slug: args[0], Title: title, Description: description, CollectionVisibility: visibility})
			if err != nil {
				return err
			}
			return one(a, p, a.sayProject)
		})}
	cmd.Flags().StringVar(&title, "title", "", "a title for people (default: the name)")
	cmd.Flags().StringVar(&description, "description", "", "what it is about")
	cmd.Flags().StringVar(&visibility, "collection-visibility", "", "of new collections: private (default) or project")
	return cmd
}

func (a *app) dataRoot() *cobra.Command {
	cmd := &cobra.Command{Use: "root", Short: "Data roots of a project: list, create"}
	project := cmd.PersistentFlags().StringP("project", "p", "", "the project (default: $REMIT_PROJECT, or the only one)")
	cmd.AddCommand(
		&cobra.Command{Use: "list", Short: "List data roots", Args: cobra.NoArgs,
			RunE: a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
				slug, err := a.chosen(c.Context(), server, *project)
				if err != nil {
					return err
				}
				page, err := server.Roots(c.Context(), slug)
				if err != nil {
					return err
				}
				return list(a, page,
					column[remit.DataRoot]{"ROOT", func(r remit.DataRoot) string { return string(r.ID) }},
					column[remit.DataRoot]{"PATH", func(r remit.DataRoot) string { return r.Path }},
					column[remit.DataRoot]{"LAST SCANNED", func(r remit.DataRoot) string { return moment(r.LastScannedAt) }},
				)
			})},
		&cobra.Command{Use: "create PATH", Short: "Register a directory of the server; its directories become collections", Args: cobra.ExactArgs(1),
			RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
				slug, err := a.chosen(c.Context(), server, *project)
				if err != nil {
					return err
				}
				r, err := server.AddRoot(c.Context(), slug, client.NewRoot{Path: args[0]})
				if err != nil {
					return err
				}
				a.tell("Find its files with: remit file scan --project %s", slug)
				return one(a, r, func(r remit.DataRoot) { a.say("%s  %s", r.ID, printable(r.Path)) })
			})})
	return cmd
}

func (a *app) collection() *cobra.Command {
	cmd := &cobra.Command{Use: "collection", Short: "Collections: list, show, update; sets also create, fill, add, remove, delete"}
	var project string
	lists := &cobra.Command{Use: "list", Short: "List the collections of a project", Args: cobra.NoArgs}
	lists.Flags().StringVarP(&project, "project", "p", "", "the project (default: $REMIT_PROJECT, or the only one)")
	query := limited(lists)
	lists.RunE = a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
		slug, err := a.chosen(c.Context(), server, project)
		if err != nil {
			return err
		}
		page, err := server.Collections(c.Context(), slug, query())
		if err != nil {
			return err
		}
		return list(a, page,
			column[remit.Collection]{"COLLECTION", func(x remit.Collection) string { return string(x.ID) }},
			column[remit.Collection]{"NAME", func(x remit.Collection) string { return x.Name }},
			column[remit.Collection]{"VISIBILITY", func(x remit.Collection) string { return x.Visibility }},
			column[remit.Collection]{"FILES", func(x remit.Collection) string { return fmt.Sprint(x.Files) }},
			column[remit.Collection]{"SIZE", func(x remit.Collection) string { return bytesText(x.Bytes) }},
		)
	})
	show := &cobra.Command{Use: "show COLLECTION", Short: "Show a collection", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			x, err := server.Collection(c.Context(), remit.CollectionID(args[0]))
			if err != nil {
				return err
			}
			return one(a, x, func(x remit.Collection) {
				a.say("%s  %s  %s  %d files, %s", x.ID, printable(x.Name), x.Visibility, x.Files, bytesText(x.Bytes))
			})
		})}
	cmd.AddCommand(lists, show, a.setCreate(), a.setFill(), a.setPut("add"), a.setPut("remove"), a.collectionUpdate(), a.setDelete())
	return cmd
}

func (a *app) file() *cobra.Command {
	cmd := &cobra.Command{Use: "file", Short: "Files: list, show, scan"}
	cmd.AddCommand(a.fileList(), a.fileShow(), a.fileScan())
	return cmd
}

func (a *app) fileList() *cobra.Command {
	var project, collection, name, state string
	var all bool
	cmd := &cobra.Command{Use: "list", Short: "List files", Args: cobra.NoArgs}
	query := limited(cmd)
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, _ []string) (err error) {
		q := query()
		q["collection"], q["name"], q["state"] = collection, name, state
		switch {
		case all && project != "":
			return usage("--all is of all projects, and --project of one")
		case !all:
			if q["project"], err = a.chosen(c.Context(), server, project); err != nil {
				return err
			}
		}
		page, err := server.Files(c.Context(), q)
		if err != nil {
			return err
		}
		return list(a, page,
			column[remit.File]{"FILE", func(f remit.File) string { return string(f.ID) }},
			column[remit.File]{"PROJECT", func(f remit.File) string { return f.Project }},
			column[remit.File]{"PATH", func(f remit.File) string { return f.Path }},
			column[remit.File]{"SIZE", func(f remit.File) string { return bytesText(f.Size) }},
			column[remit.File]{"TYPE", func(f remit.File) string { return f.MediaType }},
			column[remit.File]{"STATE", func(f remit.File) string { return f.State }},
			column[remit.File]{"PROBLEM", func(f remit.File) string { return f.Problem }},
		)
	})
	f := cmd.Flags()
	f.StringVarP(&project, "project", "p", "", "the project (default: $REMIT_PROJECT, or the only one)")
	f.BoolVar(&all, "all", false, "of all projects")
	f.StringVar(&collection, "collection", "", "of one collection")
	f.StringVar(&name, "name", "", "with this in the path")
	f.StringVar(&state, "state", "", "present, missing or unreadable")
	return cmd
}

func (a *app) fileShow() *cobra.Command {
	return &cobra.Command{Use: "show FILE", Short: "Show a file and its header", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			f, err := server.File(c.Context(), remit.FileID(args[0]))
			if err != nil {
				return err
			}
			return one(a, f, a.sayFile)
		})}
}

func (a *app) sayFile(f remit.File) {
	a.say("%s  %s  %s  %s  %s", f.ID, printable(f.Path), bytesText(f.Size), f.MediaType, f.State)
	if f.SHA256 != "" {
		a.say("SHA-256  %s", f.SHA256)
	}
	if f.Problem != "" {
		a.say("problem  %s", printable(f.Problem))
	}
	if f.Metadata == nil {
		return
	}
	for _, card := range f.Metadata.Header {
		a.say("  %-10s %s", printable(card.Key), printable(card.Value))
	}
}

func (a *app) fileScan() *cobra.Command {
	var project string
	var noWait bool
	cmd := &cobra.Command{Use: "scan", Short: "Look for new, changed and vanished files in a project's data roots", Args: cobra.NoArgs,
		RunE: a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
			slug, err := a.chosen(c.Context(), server, project)
			if err != nil {
				return err
			}
			job, err := server.Submit(c.Context(), slug, remit.JobSpec{Type: "scan", Start: true})
			if err != nil {
				return err
			}
			return a.queued(c.Context(), server, job, waiting{wait: !noWait})
		})}
	cmd.Flags().StringVarP(&project, "project", "p", "", "the project (default: $REMIT_PROJECT, or the only one)")
	cmd.Flags().BoolVar(&noWait, "no-wait", false, "do not wait for the end")
	return cmd
}
