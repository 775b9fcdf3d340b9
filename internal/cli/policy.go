package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
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
for standard input. What a file says about a thing it says wholly; what it does
not mention is left alone.`}
	cmd.AddCommand(a.policyExport(), a.policyPlan(), a.policyApply(), a.policyTest(), a.policyLint(), a.policyMigrate(), a.policySchema(), a.policyOperations())
	return cmd
}

func (a *app) policyExport() *cobra.Command {
	cmd := &cobra.Command{Use: "export", Short: "Print what is stored as a policy file", Args: cobra.NoArgs,
		Example: "  remit policy export > policy.yaml\n  remit policy export -p moths > moths.yaml"}
	project := cmd.Flags().StringP("project", "p", "", "only who holds what in this project")
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
	for _, m := range access.Members {
		r.Members = append(r.Members, remit.Member{User: m.User, Team: m.Team, Roles: m.Roles, Collection: m.Collection, From: m.From, Until: m.Until, Why: m.Why})
	}
	for _, e := range access.Entries {
		r.Entries = append(r.Entries, remit.Entry{User: e.User, Permission: e.Permission, Effect: e.Effect, Collection: e.Collection, From: e.From, Until: e.Until, Why: e.Why})
	}
	return r
}

// accessOf is the section of a file as the server takes it.
func accessOf(r policyfile.Rows, version string) client.Access {
	out := client.Access{Version: version, Public: r.Public, Overrides: r.Overrides}
	if r.Members != nil {
		out.Members = []client.AccessMember{}
	}
	for _, m := range r.Members {
		out.Members = append(out.Members, client.AccessMember{User: m.User, Team: m.Team, Roles: m.Roles, Collection: m.Collection, From: m.From, Until: m.Until, Why: m.Why})
	}
	if r.Entries != nil {
		out.Entries = []client.AccessEntry{}
	}
	for _, e := range r.Entries {
		out.Entries = append(out.Entries, client.AccessEntry{User: e.User, Permission: e.Permission, Effect: e.Effect, Collection: e.Collection, From: e.From, Until: e.Until, Why: e.Why})
	}
	return out
}

// changing are the flags of plan and apply.
type changing struct {
	project, version string
	prune            bool
}

func (f *changing) add(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.project, "project", "p", "", "files about this project alone, for its managers")
	cmd.Flags().BoolVar(&f.prune, "prune", false, "remove roles and teams that the files do not name, where they have such a section")
}

func (a *app) policyPlan() *cobra.Command {
	var f changing
	cmd := &cobra.Command{Use: "plan FILE…", Short: "Say what applying the files would write, and who would gain and lose what; exit 1 when something changes",
		Args: cobra.MinimumNArgs(1), Example: "  remit policy plan policy/\n  remit policy plan -p moths moths.yaml"}
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
		Args: cobra.MinimumNArgs(1), Example: "  remit policy apply policy/\n  remit policy apply --version 4f0c… policy/"}
	f.add(cmd)
	cmd.Flags().StringVar(&f.version, "version", "", "refuse when something else is stored than at this plan (its `version` in --json)")
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
		return client.Plan{}, usage("with --project %s the files may be about that project alone", f.project)
	}
	return part(c.Context(), f.project, accessOf(doc.Projects[0].Rows(), f.version))
}

func sent(files []policyfile.File) []client.PolicyFile {
	all := make([]client.PolicyFile, len(files))
	for i, f := range files {
		all[i] = client.PolicyFile(f)
	}
	return all
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
