package jobs_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/internal/jobs"
)

const (
	page      = "../../docs/jobs.md"
	pageBegin = "<!-- moves: REMIT_UPDATE=1 go test ./internal/jobs -run Diagram -->\n"
	pageEnd   = "<!-- /moves -->\n"
)

func TestTheDiagramInTheDocsIsTheTransitionTable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), pageBegin)
	drawn, after, closed := strings.Cut(rest, pageEnd)
	if !found || !closed {
		t.Fatalf("%s has no place for the diagram", page)
	}
	want := "\n" + diagram(jobs.Moves()) + "\n" + table(jobs.Moves()) + "\n"
	if os.Getenv("REMIT_UPDATE") == "1" {
		if err := os.WriteFile(page, []byte(before+pageBegin+want+pageEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, drawn); diff != "" {
		t.Errorf("%s is not what jobs.Moves says; REMIT_UPDATE=1 rewrites it (-want +got):\n%s", page, diff)
	}
}

// diagram draws the moves that lead to another state, one arrow for each pair.
func diagram(moves []jobs.Move) string {
	var pairs []string
	words := map[string][]string{}
	for _, m := range moves {
		pair := fmt.Sprintf("    %s --> %s: ", m.From, m.To)
		if m.From == m.To {
			continue
		}
		if !slices.Contains(pairs, pair) {
			pairs = append(pairs, pair)
		}
		words[pair] = append(words[pair], string(m.Event))
	}
	var b strings.Builder
	b.WriteString("```mermaid\nstateDiagram-v2\n    [*] --> created\n    [*] --> queued\n")
	for _, pair := range pairs {
		b.WriteString(pair + strings.Join(words[pair], ", ") + "\n")
	}
	b.WriteString("    succeeded --> [*]\n```\n")
	return b.String()
}

// table lists every move, those that change nothing as well.
func table(moves []jobs.Move) string {
	var b strings.Builder
	b.WriteString("| a job that is | on | is then |\n|---|---|---|\n")
	for _, m := range moves {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", m.From, m.Event, m.To)
	}
	return b.String()
}
