package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/policyfile"
)

func (a *app) policy() *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "Policy as code: export, plan, apply, test, lint and migrate policy files",
		Long: `Policy as code: what everybody may do, in YAML files.

A FILE may be a directory, which stands for its *.yaml and *.yml files, or "-"
for standard input. What a file says about a thing it says wholly: a list that
is there is the whole list. What it does not mention is left alone.

No server is asked by test, lint, migrate FILE and schema.`,
		Example: "  remit policy export > policy.yaml     what the server stores now\n  remit policy plan policy.yaml         what would change; exit 1 when anything does\n" +
			"  remit policy apply policy.yaml        change it, as a whole or not at all"}
	cmd.AddCommand(a.policyExport(), a.policyPlan(), a.policyApply(), a.policyTest(), a.policyLint(), a.policyMigrate(), a.policySchema(), a.policyOperations())
	return cmd
}

func (a *app) policyExport() *cobra.Command {
	cmd := &cobra.Command{Use: "export", Short: "Print what the server stores as a policy file", Args: cobra.NoArgs,
		Long: `Print what the server stores as a policy file, which changes nothing when it is
applied again. It takes role:read, site:view and access:view on the site; with
--project, access:view there alone. Projects whose access you may not read are
left out.`,
		Example: "  remit policy export > policy.yaml\n  remit policy export -p moths > moths.yaml"}
	project := cmd.Flags().StringP("project", "p", "", "print who holds what in this project alone")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
		if *project == "" {
			p, err := server.Policy(c.Context())
			if err != nil {
				return err
			}
			return one(a, p, func(p client.Policy) { fmt.Fprint(a.screen(), p.Text) })
		}
		access, err := server.Access(c.Context(), *project)
		if err != nil {
			return err
		}
		return one(a, access, func(access client.Access) { fmt.Fprint(a.screen(), rowsOf(access).Document(*project).YAML()) })
	})
	return cmd
}

// rowsOf is what a server says of a project, as the section of a file.
func rowsOf(access client.Access) policyfile.Rows {
	r := policyfile.Rows{Public: access.Public, Overrides: access.Overrides}
	r.Members, r.Entries = access.Rows()
	return r
}

// accessOf is the section of a file as the server takes it.
func accessOf(r policyfile.Rows, version string) client.Access {
	return client.Access{Version: version, Public: r.Public, Overrides: r.Overrides}.WithRows(r.Members, r.Entries)
}

// changing are the flags of plan and apply.
type changing struct {
	project, version string
	prune            bool
}

func (f *changing) add(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.project, "project", "p", "", "the files are about this project alone; needs no right on the site")
	cmd.Flags().BoolVar(&f.prune, "prune", false, "also remove the roles and teams that no file names; only if the files have roles: or teams:")
}

func (a *app) policyPlan() *cobra.Command {
	var f changing
	cmd := &cobra.Command{Use: "plan FILE…", Short: "Say what applying the files would write, and who would gain and lose what; exit 1 when something changes",
		Long: `Say what applying the files would write, and who would gain and lose what and
when. Nothing is written. Exit 0 when nothing changes, 1 when something does.

It takes role:read, site:view and access:view on the site, and access:view in
each project that the files name; with --project, access:view and access:grant
there alone. What happens in projects whose access you may not read is left out.`,
		Args: someFiles, Example: "  remit policy plan policy/\n  remit policy plan -p moths moths.yaml"}
	f.add(cmd)
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		plan, err := a.change(c, server, f, args, server.PlanPolicy, server.PlanAccess)
		if err != nil {
			return err
		}
		if err := one(a, plan, a.sayPlan); err != nil {
			return err
		}
		if len(plan.Changes) > 0 {
			return errNo
		}
		return nil
	})
	return cmd
}

func (a *app) policyApply() *cobra.Command {
	var f changing
	cmd := &cobra.Command{Use: "apply FILE…", Short: "Write what the files say, as a whole or not at all",
		Long: `Write what differs from what the files say, as a whole or not at all, and print
it as plan does.

It takes role:update, site:grant, team:update and access:grant on the site, and
for each thing that changes what the same change takes by itself: access:view
and access:grant in a project, project:publish to open or close parts of it,
team:create for a new team, team:delete for one that goes. With --project it
takes no right on the site. Nobody gives or takes more than they hold, no project
is left without anybody to give access, and archived projects do not change.`,
		Args: someFiles, Example: "  remit policy apply policy/\n  remit policy apply --version 4f0c2b7d9a315e6680c1d2e3 policy/"}
	f.add(cmd)
	cmd.Flags().StringVar(&f.version, "version", "", "refuse when something else is stored than at the plan that printed this `VERSION`")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		plan, err := a.change(c, server, f, args, server.ApplyPolicy, server.PutAccess)
		if err != nil {
			return err
		}
		return one(a, plan, a.sayPlan)
	})
	return cmd
}

func (a *app) sayPlan(p client.Plan) {
	plan := policyfile.Plan{Version: p.Version, Partial: p.Partial}
	for _, c := range p.Changes {
		plan.Changes = append(plan.Changes, policyfile.Change(c))
	}
	for _, e := range p.Effects {
		plan.Effects = append(plan.Effects, policyfile.Effect(e))
	}
	for line := range strings.Lines(plan.Text()) {
		a.say("%s", printable(strings.TrimSuffix(line, "\n")))
	}
	if !plan.Empty() {
		a.tell("version %s", p.Version)
	}
}

// change sends files to the server: as they are, or as the section of one project.
func (a *app) change(c *cobra.Command, server *client.Client, f changing, args []string,
	whole func(ctx ctx, f client.PolicyFiles) (client.Plan, error), part func(ctx ctx, slug string, access client.Access) (client.Plan, error)) (client.Plan, error) {
	files, err := a.policyFiles(args)
	if err != nil {
		return client.Plan{}, err
	}
	if f.project == "" {
		return whole(c.Context(), client.PolicyFiles{Files: sent(files), Prune: f.prune, Version: f.version})
	}
	doc, err := policyfile.Parse(files...)
	if err != nil {
		return client.Plan{}, err
	}
	if len(doc.Projects) != 1 || doc.Projects[0].Slug.Text != f.project || doc.Permissions != nil || doc.Roles != nil || doc.Teams != nil || doc.Site != nil || f.prune {
		return client.Plan{}, usage("with --project %s the files may be about that project alone (projects: %[1]s:), and nothing is pruned", f.project)
	}
	plan, err := part(c.Context(), f.project, accessOf(doc.Projects[0].Rows(), f.version))
	return plan, placed(err, doc.Projects[0])
}

var rowOf = regexp.MustCompile(`(?m)^(public|overrides|members|entries)\[(\d+)\]`)

// placed says where in the files the rows stand that the server found fault with.
func placed(err error, in policyfile.Access) error {
	e, ok := errors.AsType[*remit.Error](err)
	if !ok {
		return err
	}
	e.Message = rowOf.ReplaceAllStringFunc(e.Message, func(row string) string {
		parts := rowOf.FindStringSubmatch(row)
		if at, known := rowAt(in, parts[1], parts[2]); known {
			return at.String()
		}
		return row
	})
	return e
}

func rowAt(in policyfile.Access, list, number string) (policyfile.Place, bool) {
	var places []policyfile.Place
	switch list {
	case "overrides":
		for _, o := range in.Overrides {
			places = append(places, o.At)
		}
	case "members":
		for _, m := range in.Members {
			places = append(places, m.At)
		}
	case "entries":
		for _, e := range in.Entries {
			places = append(places, e.At)
		}
	default:
		open := slices.SortedFunc(slices.Values(in.Public), func(a, b policyfile.Name) int { return strings.Compare(a.Text, b.Text) })
		for _, p := range open {
			places = append(places, p.At)
		}
	}
	i, err := strconv.Atoi(number)
	if err != nil || i >= len(places) {
		return policyfile.Place{}, false
	}
	return places[i], true
}

func sent(files []policyfile.File) []client.PolicyFile {
	all := make([]client.PolicyFile, len(files))
	for i, f := range files {
		all[i] = client.PolicyFile(f)
	}
	return all
}

// someFiles asks for at least one file.
func someFiles(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage("%s: no file is named; name a FILE, a directory, or - for standard input", c.CommandPath())
	}
	return nil
}

// policyFiles reads what is named: files, directories, or standard input.
func (a *app) policyFiles(names []string) (all []policyfile.File, err error) {
	for _, name := range names {
		paths := []string{name}
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			if paths, err = inDirectory(name); err != nil {
				return nil, err
			}
		}
		for _, path := range paths {
			text, err := a.readFile(path)
			if err != nil {
				return nil, err
			}
			all = append(all, policyfile.File{Name: filepath.ToSlash(path), Text: text})
		}
	}
	return all, nil
}

func inDirectory(dir string) ([]string, error) {
	var paths []string
	for _, form := range []string{"*.yaml", "*.yml"} {
		found, err := filepath.Glob(filepath.Join(dir, form))
		if err != nil {
			return nil, usage("%s: %v", dir, err)
		}
		paths = append(paths, found...)
	}
	if len(paths) == 0 {
		return nil, usage("there are no *.yaml files in %s", dir)
	}
	slices.Sort(paths)
	return paths, nil
}

func (a *app) readFile(path string) (string, error) {
	if path == "-" {
		text, err := io.ReadAll(a.In)
		return string(text), err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", usage("%v", err)
	}
	return string(text), nil
}
