package figures

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

// NotMeasured stands where a section was not run.
const NotMeasured = "(not measured in this run)"

// Result is what a section of a report measured.
type Result struct {
	Columns []string
	Rows    [][]string
	Targets []Target
	Figures map[string]string // for the prose
}

// Target is something that the project wants to show.
type Target struct {
	Text, Want, Measured string
	Met                  bool
	Profile              string // where the time goes, when it is not met
}

// Report is prose with the results of its sections in it. The prose is a
// text/template with the functions section, figure, targets and missed.
type Report struct {
	Prose    string
	Sections []string // all there are, in order
	Results  map[string]Result
	About    map[string]any // the template's data
}

// Write prints the report, and writes it to the file out if that is set.
func (r Report) Write(out string) error {
	text, err := r.Render()
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

// Render is the report's text.
func (r Report) Render() ([]byte, error) {
	functions := template.FuncMap{"section": r.section, "figure": r.figure, "targets": r.targets, "missed": r.missed}
	parsed, err := template.New("report").Option("missingkey=error").Funcs(functions).Parse(r.Prose)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = parsed.Execute(&text, r.About)
	return text.Bytes(), err
}

// section is its table.
func (r Report) section(name string) (string, error) {
	if !slices.Contains(r.Sections, name) {
		return "", fmt.Errorf("there is no section %q", name)
	}
	result, ok := r.Results[name]
	if !ok {
		return NotMeasured, nil
	}
	return Table(result.Columns, result.Rows), nil
}

func (r Report) figure(section, name string) string {
	if figure, ok := r.Results[section].Figures[name]; ok {
		return figure
	}
	return NotMeasured
}

// targets are all that was to be shown, with what was.
func (r Report) targets() string {
	var rows [][]string
	for _, s := range r.Sections {
		for _, t := range r.Results[s].Targets {
			rows = append(rows, []string{s, t.Text, t.Want, t.Measured, map[bool]string{true: "met", false: "**missed**"}[t.Met]})
		}
	}
	return Table([]string{"section", "target", "wanted", "measured", ""}, rows)
}

// missed are the profiles of the targets that are not met, each once.
func (r Report) missed() string {
	var text strings.Builder
	shown := map[string]bool{"": true}
	for _, s := range r.Sections {
		for _, t := range r.Results[s].Targets {
			if !shown[t.Profile] {
				fmt.Fprintf(&text, "### %s: %s\n\n```text\n%s\n```\n\n", s, t.Text, t.Profile)
			}
			shown[t.Profile] = true
		}
	}
	if text.Len() == 0 {
		return "None of those that this program can look into."
	}
	return strings.TrimSpace(text.String())
}
