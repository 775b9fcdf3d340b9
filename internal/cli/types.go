package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/policyfile"
	"github.com/remit-server/remit/internal/server"
)

func (a *app) jobType() *cobra.Command {
	cmd := &cobra.Command{Use: "type", Aliases: []string{"job-type"}, Short: "Job types of the installation: list, show, add and change them",
		Example: "  remit type show ml --yaml > ml.yaml\n  remit type apply ml.yaml --dry-run\n  remit type apply ml.yaml"}
	cmd.AddCommand(a.typeList(), a.typeShow(), a.typeApply())
	return cmd
}

func (a *app) typeList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the job types of the installation", Args: cobra.NoArgs,
		RunE: a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
			page, err := server.AllJobTypes(c.Context())
			if err != nil {
				return err
			}
			type row = remit.JobType
			return list(a, page,
				column[row]{"TYPE", func(t row) string { return t.Key }},
				column[row]{"TITLE", func(t row) string { return t.Title }},
				column[row]{"ON", func(t row) string { return strings.Join(t.On, ", ") }},
				column[row]{"RUNNER", func(t row) string { return t.Runner }},
				column[row]{"I MAY", func(t row) string { return strings.Join(t.Permissions, ", ") }},
			)
		})}
}

func (a *app) typeShow() *cobra.Command {
	cmd := &cobra.Command{Use: "show TYPE", Short: "Show a job type, with --yaml as a file for `remit type apply`", Args: cobra.ExactArgs(1)}
	asYAML := cmd.Flags().Bool("yaml", false, "print YAML, as `remit type apply` reads it")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		if *asYAML && (a.json || a.jsonl) {
			return usage("--yaml and --json are two forms; use one of them")
		}
		page, err := server.AllJobTypes(c.Context())
		if err != nil {
			return err
		}
		at := slices.IndexFunc(page.Items, func(t remit.JobType) bool { return t.Key == args[0] })
		if at < 0 {
			return remit.Errorf(remit.NotFound, "there is no job type %q", args[0]).WithHint("`remit type list` shows them.")
		}
		if a.json || a.jsonl {
			return a.document(page.Items[at])
		}
		return a.typeYAML(page.Items[at])
	})
	return cmd
}

func (a *app) typeYAML(t remit.JobType) error {
	text, err := server.TypeYAML(t)
	if err == nil {
		_, err = fmt.Fprint(a.screen(), text)
	}
	return err
}

func (a *app) typeApply() *cobra.Command {
	cmd := &cobra.Command{Use: "apply FILE…", Short: "Add and change job types, all that the files have or none",
		Long: `Add and change job types: all that the files have, or none. A FILE holds one
type, a list of types, or a blueprint, of which the job types are taken; as YAML or
JSON. It may be a directory, which stands for its *.yaml and *.yml files, or "-" for
standard input. Types that no file names stay as they are.

It takes jobtype:declare, and what the types lend of themselves. The fields are
described in docs/job-types.md.`,
		Args: someFiles, Example: "  remit type apply count.yaml --dry-run\n  remit type apply types/"}
	dry := cmd.Flags().Bool("dry-run", false, "only say what would change; exit 1 when anything does")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		types, err := a.typeFiles(args)
		if err != nil {
			return err
		}
		page, err := server.ApplyJobTypes(c.Context(), client.JobTypes{Types: types.All, DryRun: *dry})
		if err != nil {
			return inFile(err, types)
		}
		changed := slices.ContainsFunc(page.Items, altered)
		if err := a.sayTypes(page, *dry && changed); err != nil {
			return err
		}
		if *dry && changed {
			return errNo
		}
		return nil
	})
	return cmd
}

func (a *app) typeFiles(args []string) (server.TypeFiles, error) {
	files, err := a.policyFiles(args)
	if err != nil {
		return server.TypeFiles{}, err
	}
	return server.ParseTypes(files...)
}

// inFile says where in the files stands what the server found fault with.
func inFile(err error, types server.TypeFiles) error {
	e, ok := errors.AsType[*remit.Error](err)
	if !ok || e.Kind != remit.Invalid && e.Kind != remit.Conflict && e.Kind != remit.Denied {
		return err
	}
	if at := types.Place(e.Field); at.File != "" {
		e.Message, e.Code = policyfile.Fault{At: at, Message: e.Message}.Error(), policyfile.CodeFile
	}
	return e
}

// altered says whether a type is not there yet, or not so.
func altered(c client.JobTypeChange) bool { return c.New || len(c.Fields) > 0 }

func (a *app) sayTypes(page remit.Page[client.JobTypeChange], unwritten bool) error {
	if a.json || a.jsonl {
		return list(a, page)
	}
	for _, c := range page.Items {
		if c.New {
			a.say("+ type %s", c.Key)
		} else if altered(c) {
			a.say("~ type %s: %s", c.Key, strings.Join(c.Fields, ", "))
		}
	}
	if !slices.ContainsFunc(page.Items, altered) {
		a.say("Nothing changes.")
	}
	if unwritten {
		a.tell("Nothing was written; leave out --dry-run.")
	}
	return nil
}
