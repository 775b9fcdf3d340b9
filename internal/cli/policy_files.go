package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/policyfile"
)

type ctx = context.Context

func (a *app) policySchema() *cobra.Command {
	return &cobra.Command{Use: "schema", Short: "Print the JSON Schema of policy files, for editors", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(a.Out, policyfile.Schema)
			return err
		}}
}

func (a *app) policyLint() *cobra.Command {
	cmd := &cobra.Command{Use: "lint FILE…", Short: "Look for what is wrong with policy files, or most likely not meant; exit 1 for errors",
		Long: `Look for what is wrong with policy files, or most likely not meant. Without
--server they are read against the permissions that this program brings and what
they add themselves, and any role, user and project may be named; with it against
what the server stores, which takes what "remit policy plan" takes.

Exit 1 for errors, which apply would refuse. Warnings and notes are told too.`,
		Args: someFiles, Example: "  remit policy lint policy/\n  remit policy lint --server policy/"}
	strict := cmd.Flags().Bool("strict", false, "exit 1 for warnings too")
	online := cmd.Flags().Bool("server", false, "read them against the permissions, roles, people and projects of the server")
	cmd.RunE = func(c *cobra.Command, args []string) error {
		files, err := a.policyFiles(args)
		if err != nil {
			return err
		}
		found, err := a.lint(c.Context(), files, *online)
		if err != nil {
			return err
		}
		if err := a.sayFindings(found); err != nil {
			return err
		}
		if worst := policyfile.Worst(found); worst == policyfile.LevelError || *strict && worst == policyfile.LevelWarning {
			return errNo
		}
		return nil
	}
	return cmd
}

func (a *app) lint(ctx context.Context, files []policyfile.File, online bool) ([]policyfile.Finding, error) {
	if !online {
		doc, err := policyfile.Parse(files...)
		if err != nil {
			return nil, err
		}
		return policyfile.Lint(doc, policyfile.BuiltIn(), time.Now()), nil
	}
	server, err := a.client()
	if err != nil {
		return nil, err
	}
	page, err := server.LintPolicy(ctx, client.PolicyFiles{Files: sent(files)})
	found := make([]policyfile.Finding, len(page.Items))
	for i, f := range page.Items {
		found[i] = policyfile.Finding{Code: f.Code, Level: policyfile.Level(f.Level), At: policyfile.Place{File: f.File, Line: f.Line, Col: f.Column}, Message: f.Message}
	}
	return found, err
}

func (a *app) sayFindings(found []policyfile.Finding) error {
	if a.json || a.jsonl {
		items := make([]client.PolicyFinding, len(found))
		for i, f := range found {
			items[i] = client.PolicyFinding{Code: f.Code, Level: string(f.Level), File: f.At.File, Line: f.At.Line, Column: f.At.Col, Message: f.Message}
		}
		return list(a, remit.Page[client.PolicyFinding]{Items: items, Permissions: []string{}})
	}
	for _, f := range found {
		a.say("%s", printable(f.String()))
	}
	if len(found) == 0 {
		a.tell("Nothing found.")
	}
	return nil
}

// testResult is a result as programs read it.
type testResult struct {
	Test     string `json:"test"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Question string `json:"question"`
	Want     string `json:"want"`
	Got      string `json:"got"`
	Pass     bool   `json:"pass"`
}

func (a *app) policyTest() *cobra.Command {
	cmd := &cobra.Command{Use: "test FILE…", Short: "Put the questions of scenario files to their policies; exit 1 when an answer is another",
		Long: `Put the questions of scenario files to the policies that they give, and compare
the answers with those that they expect. No server is asked. The file format is
described in docs/policy-files.md, with an example.`,
		Args: someFiles, Example: "  remit policy test scenarios.yaml\n  remit policy test --junit results.xml scenarios/"}
	junit := cmd.Flags().String("junit", "", "also write the results into this `FILE`, for a build server")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		files, err := a.policyFiles(args)
		if err != nil {
			return err
		}
		suite, err := policyfile.ParseSuite(func(path string) (string, error) { return a.readFile(path) }, files...)
		if err != nil {
			return err
		}
		results := suite.Run(time.Now())
		if err := writeJUnit(*junit, results); err != nil {
			return err
		}
		if err := a.sayResults(results); err != nil {
			return err
		}
		if failed := policyfile.Failed(results); failed > 0 {
			a.tell("%d of %d failed", failed, len(results))
			return errNo
		}
		a.tell("%d passed", len(results))
		return nil
	}
	return cmd
}

func writeJUnit(path string, results []policyfile.Result) error {
	if path == "" {
		return nil
	}
	var b bytes.Buffer
	if err := policyfile.JUnit(&b, results); err != nil {
		return err
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		return usage("%v", err)
	}
	return nil
}

func (a *app) sayResults(results []policyfile.Result) error {
	items := make([]testResult, len(results))
	for i, r := range results {
		items[i] = testResult{r.Test, r.At.File, r.At.Line, r.Question, r.Want, r.Got, r.Pass}
	}
	return list(a, remit.Page[testResult]{Items: items, Permissions: []string{}},
		column[testResult]{"RESULT", func(r testResult) string { return map[bool]string{true: "ok", false: "FAILED"}[r.Pass] }},
		column[testResult]{"TEST", func(r testResult) string { return r.Test }},
		column[testResult]{"QUESTION", func(r testResult) string { return r.Question }},
		column[testResult]{"WANT", func(r testResult) string { return r.Want }},
		column[testResult]{"GOT", func(r testResult) string { return map[bool]string{false: r.Got}[r.Pass] }},
		column[testResult]{"AT", func(r testResult) string { return fmt.Sprintf("%s:%d", r.File, r.Line) }},
	)
}

func (a *app) policyMigrate() *cobra.Command {
	var m client.Migrate
	cmd := &cobra.Command{Use: "migrate [FILE…]", Short: "Write old names of permissions anew: in files, or without one in what the server stores",
		Long: `Find old names of permissions, and with --write put today's names in their
place: in files, or without a FILE in what the server stores. Old names go on
working until then.

What the server stores is migrated as far as you may read it, and takes what
"remit policy apply" takes; archived projects are left as they are.`,
		Example: "  remit policy migrate policy/            report what would change in files\n  remit policy migrate --write policy/    change them\n  remit policy migrate --write --drop     clean what the server stores"}
	cmd.Flags().BoolVar(&m.Write, "write", false, "write it; without this it is only reported")
	cmd.Flags().BoolVar(&m.Drop, "drop", false, "also take out of what the server stores the names that mean nothing any more")
	cmd.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			if m.Drop {
				return usage("--drop is for what the server stores; take names out of files by hand")
			}
			if m.Write && slices.Contains(args, "-") {
				return usage("standard input cannot be written; name a file, or leave out --write")
			}
			return a.migrateFiles(args, m.Write)
		}
		server, err := a.client()
		if err != nil {
			return err
		}
		page, err := server.MigratePolicy(c.Context(), m)
		if err != nil {
			return err
		}
		return a.sayMigrations(page.Items, m.Write)
	}
	return cmd
}

func (a *app) migrateFiles(args []string, write bool) error {
	files, err := a.policyFiles(args)
	if err != nil {
		return err
	}
	var all []client.Migration
	for _, f := range files {
		text, report, err := policyfile.MigrateFile(f, policyfile.BuiltIn())
		if err != nil {
			return err
		}
		for _, m := range report {
			all = append(all, client.Migration(m))
		}
		if write && text != f.Text {
			if err := os.WriteFile(f.Name, []byte(text), 0o644); err != nil {
				return usage("%v", err)
			}
		}
	}
	return a.sayMigrations(all, write)
}

func (a *app) sayMigrations(all []client.Migration, written bool) error {
	if a.json || a.jsonl {
		return list(a, remit.Page[client.Migration]{Items: all, Permissions: []string{}})
	}
	for _, m := range all {
		a.say("%s", printable(strings.TrimSpace(policyfile.Migration(m).String())))
	}
	if len(all) == 0 {
		a.tell("No old names.")
	} else if !written {
		a.tell("Nothing was written; use --write.")
	}
	return nil
}
