package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"github.com/remit-server/remit/bench/figures"
	"github.com/remit-server/remit/bench/host"
)

//go:embed authz.md.tmpl
var prose string

// report prints the tables with their prose, and writes them to out if that is set.
func report(results map[string]result, quick bool, out string) error {
	text, err := render(results, quick)
	if err != nil {
		return err
	}
	if _, err := os.Stdout.Write(text); err != nil || out == "" {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	return os.WriteFile(out, text, 0o644)
}

func render(results map[string]result, quick bool) ([]byte, error) {
	functions := template.FuncMap{
		"section": func(name string) (string, error) { return tableOf(results, name) },
		"targets": func() string { return targetsOf(results) },
		"missed":  func() string { return missedOf(results) },
		"figure":  func(section, name string) string { return figureOf(results, section, name) },
	}
	parsed, err := template.New("authz.md").Option("missingkey=error").Funcs(functions).Parse(prose)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	about := map[string]any{"Machine": host.Describe(), "Quick": quick, "Date": time.Now().UTC().Format(time.DateOnly)}
	err = parsed.Execute(&text, about)
	return text.Bytes(), err
}

const notMeasured = "(not measured in this run)"

// tableOf is a section's table.
func tableOf(results map[string]result, name string) (string, error) {
	known := false
	for _, s := range sections {
		known = known || s.name == name
	}
	if !known {
		return "", fmt.Errorf("there is no section %q", name)
	}
	r, ok := results[name]
	if !ok {
		return notMeasured, nil
	}
	return figures.Table(r.columns, r.rows), nil
}

func figureOf(results map[string]result, section, name string) string {
	if figure, ok := results[section].figures[name]; ok {
		return figure
	}
	return notMeasured
}

// targetsOf are all that was to be shown, with what was.
func targetsOf(results map[string]result) string {
	var rows [][]string
	for _, s := range sections {
		for _, t := range results[s.name].targets {
			rows = append(rows, []string{s.name, t.text, t.want, t.measured, map[bool]string{true: "met", false: "**missed**"}[t.met]})
		}
	}
	return figures.Table([]string{"section", "target", "wanted", "measured", ""}, rows)
}

// missedOf are the profiles of the targets that are not met, each once.
func missedOf(results map[string]result) string {
	var text strings.Builder
	shown := map[string]bool{}
	for _, s := range sections {
		for _, t := range results[s.name].targets {
			if t.profile == "" || shown[t.profile] {
				continue
			}
			shown[t.profile] = true
			fmt.Fprintf(&text, "### %s: %s\n\n```text\n%s\n```\n\n", s.name, t.text, t.profile)
		}
	}
	if text.Len() == 0 {
		return "None of those that this program can look into."
	}
	return strings.TrimSpace(text.String())
}
