package main_test

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// docs is where the pages are; scripts run elsewhere.
var docs, _ = filepath.Abs(filepath.Join("..", "..", "docs"))

// exampleCommand takes what a page shows, so that it is known to work.
func exampleCommand(ts *testscript.TestScript, neg bool, args []string) {
	needs(ts, neg, args, 3, "example FILE PAGE LINE")
	page, err := os.ReadFile(filepath.Join(docs, args[1]))
	ts.Check(err)
	text := exampleIn(string(page), args[2])
	if text == "" {
		ts.Fatalf("docs/%s has no example that begins with %q", args[1], args[2])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

// exampleIn is the indented block of a page that begins with a line.
func exampleIn(page, first string) string {
	const indent = "    "
	var b strings.Builder
	for line := range strings.Lines(page) {
		rest, inside := strings.CutPrefix(line, indent)
		switch {
		case b.Len() == 0 && strings.TrimSpace(rest) != first:
		case inside:
			b.WriteString(rest)
		case b.Len() > 0 && strings.TrimSpace(line) != "":
			return b.String()
		case b.Len() > 0:
			b.WriteString("\n")
		}
	}
	return b.String()
}
