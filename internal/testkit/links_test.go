package testkit

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	fence    = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	link     = regexp.MustCompile(`\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)`)
	heading  = regexp.MustCompile(`(?m)^#{1,6}\s+(.+?)\s*#*$`)
	noAnchor = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// anchors returns the names that Markdown's headings get on the usual forges.
func anchors(markdown string) []string {
	var found []string
	for _, h := range heading.FindAllStringSubmatch(fence.ReplaceAllString(markdown, ""), -1) {
		slug := noAnchor.ReplaceAllString(strings.ToLower(h[1]), "")
		found = append(found, strings.ReplaceAll(slug, " ", "-"))
	}
	return found
}

// links returns the targets of a Markdown text's links inside the repository.
func links(markdown string) []string {
	var found []string
	for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(markdown, ""), -1) {
		if !strings.Contains(m[1], "://") && !strings.HasPrefix(m[1], "mailto:") {
			found = append(found, m[1])
		}
	}
	return found
}

// documents are the Markdown files that people read: those of the root and docs/.
func documents(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(os.DirFS(repo), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && name != "." && name != "docs" && !strings.HasPrefix(name, "docs/") {
			return fs.SkipDir
		}
		if path.Ext(name) == ".md" {
			found[name] = string(readFile(t, name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestLinksInDocumentsLeadSomewhere(t *testing.T) {
	t.Parallel()
	docs := documents(t)
	for name, text := range docs {
		for _, target := range links(text) {
			file, anchor, _ := strings.Cut(target, "#")
			to := name
			if file != "" {
				to = path.Join(path.Dir(name), file)
			}
			if _, err := os.Stat(path.Join(repo, to)); err != nil {
				t.Errorf("%s links to %s, which is not there", name, target)
			} else if anchor != "" && !hasAnchor(t, to, anchor) {
				t.Errorf("%s links to %s, which has no such heading", name, target)
			}
		}
	}
}

func hasAnchor(t *testing.T, name, anchor string) bool {
	t.Helper()
	for _, a := range anchors(string(readFile(t, name))) {
		if a == anchor {
			return true
		}
	}
	return false
}

func TestLinksAndAnchorsAreRead(t *testing.T) {
	t.Parallel()
	text := "# The `gate`, once\n[a](docs/a.md#x) ![p](p.png \"P\") [w](https://example.org/) [self](#the-gate-once)\n```sh\n# not a heading [no](no.md)\n```\n"
	if diff := cmp.Diff([]string{"docs/a.md#x", "p.png", "#the-gate-once"}, links(text)); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"the-gate-once"}, anchors(text)); diff != "" {
		t.Errorf("anchors (-want +got):\n%s", diff)
	}
}
