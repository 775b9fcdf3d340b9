package testkit

import (
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parseTree returns the folders that the fenced tree in a Markdown text names,
// from the root of the repository. A line whose first word ends in "/" names a
// folder, inside the one above it that is indented less; other lines go on
// with the description. The tree begins with "remit/", the root.
func parseTree(markdown string) []string {
	var dirs []string
	var open []treeEntry
	for _, line := range treeLines(markdown) {
		text := strings.TrimLeft(line, " │├└─")
		name, _, _ := strings.Cut(text, " ")
		if !strings.HasSuffix(name, "/") {
			continue
		}
		indent := len([]rune(line)) - len([]rune(text))
		for len(open) > 0 && open[len(open)-1].indent >= indent {
			open = open[:len(open)-1]
		}
		dir := "."
		if len(dirs) > 0 {
			dir = strings.TrimSuffix(name, "/")
			if len(open) > 0 {
				dir = path.Join(open[len(open)-1].dir, dir)
			}
		}
		open = append(open, treeEntry{indent, dir})
		dirs = append(dirs, dir)
	}
	return dirs
}

type treeEntry struct {
	indent int
	dir    string
}

// treeLines returns the lines of the fenced block that begins with "remit/".
func treeLines(markdown string) []string {
	for i, block := range strings.Split("\n"+markdown, "\n```") {
		_, body, _ := strings.Cut(block, "\n") // after the fence's language
		if i%2 == 1 && strings.HasPrefix(body, "remit/") {
			return strings.Split(body, "\n")
		}
	}
	return nil
}

func TestTreeIsReadByItsIndentation(t *testing.T) {
	t.Parallel()
	flat := "# A\n```go\nremitted()\n```\nb\n```\nremit/        package remit\ncmd/remit/    main.go\nauthz/        the engine:\n" +
		"              Source → Compile\ninternal/\n  db/         one/two\n    sub/\n  blob/\ndocs/\n```\nend remit/ x\n"
	drawn := "```text\nremit/\n├── cmd/remit/ x\n├── authz/\n├── internal/\n│   ├── db/\n│   │   └── sub/\n│   └── blob/\n└── docs/\n```\n"
	want := []string{".", "cmd/remit", "authz", "internal", "internal/db", "internal/db/sub", "internal/blob", "docs"}
	for _, markdown := range []string{flat, drawn} {
		if diff := cmp.Diff(want, parseTree(markdown)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestRankRulesCanRefuse(t *testing.T) {
	t.Parallel()
	type edge struct{ from, to string }
	for e, want := range map[edge]bool{
		{".", "authz"}:                                true,
		{"authz", "."}:                                false,
		{"internal/naive", "authz"}:                   true,
		{"internal/gate", "internal/naive"}:           false,
		{"internal/jobs", "internal/archive"}:         true,
		{"internal/archive", "internal/jobs"}:         false,
		{"internal/jobs", "internal/blob"}:            true,
		{"internal/nodes", "internal/blob"}:           false,
		{"internal/web", "internal/db"}:               false,
		{"internal/web", "internal/api"}:              false,
		{"internal/agent", "internal/jobs"}:           false,
		{"internal/server", "internal/testkit"}:       false,
		{"internal/testkit", "internal/server"}:       true,
		{"internal/server", "internal/identity/oidc"}: true,
		{"internal/new", "."}:                         false,
	} {
		if got := mayImport(e.from, e.to); got != want {
			t.Errorf("%s imports %s: %v, want %v", e.from, e.to, got, want)
		}
	}
}

func TestSourceRulesSeeWhatTheyForbid(t *testing.T) {
	t.Parallel()
	s, err := parse("internal/jobs/x.go", []byte("package jobs\nimport clock \"time\"\nvar now = clock.Now\nvar q = `UPDATE jobs\n SET x = 1`\nvar s = \"Please SELECTED one\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{3}, s.uses("time", "Now")); diff != "" {
		t.Errorf("clock (-want +got):\n%s", diff)
	}
	var sql []int
	for _, text := range s.strings() {
		if isSQL(text.value) {
			sql = append(sql, text.line)
		}
	}
	if diff := cmp.Diff([]int{4}, sql); diff != "" {
		t.Errorf("SQL (-want +got):\n%s", diff)
	}
}
