package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
)

// fetching is a task whose server answers every path with itself.
func fetching(t *testing.T) (*task, *os.Root) {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return leased(t, 0, func(r *http.Request) (string, error) { return r.URL.Path, nil }), root
}

func promised(name, text string) remit.Input {
	sum := sha256.Sum256([]byte(text))
	return remit.Input{Name: name, Step: "find", Size: int64(len(text)), SHA256: hex.EncodeToString(sum[:]), URL: "/made"}
}

func TestWhatIsFetchedIsWhatWasPromised(t *testing.T) {
	t.Parallel()
	task, root := fetching(t)
	for name, in := range map[string]remit.Input{
		"shorter":       promised("a", "/mad"),
		"longer":        promised("a", "/made!"),
		"other":         promised("a", "/maid"),
		"of other size": {Name: "a", URL: "/made", Size: 4},
	} {
		if err := task.fetch(t.Context(), root, in); remit.KindOf(err) != remit.Conflict {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := root.Stat("a"); !os.IsNotExist(err) {
			t.Errorf("%s: it is there: %v", name, err)
		}
	}
	if err := task.fetch(t.Context(), root, promised("find/deep/a", "/made")); err != nil {
		t.Fatal(err)
	}
	if text, err := root.ReadFile("find/deep/a"); err != nil || string(text) != "/made" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestNoInputIsWrittenOverAnother(t *testing.T) {
	t.Parallel()
	task, root := fetching(t)
	if err := root.WriteFile("a", []byte("first"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc", filepath.Join(root.Name(), "out")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "a/b", "../b", "out/b", "/b"} {
		if err := task.fetch(t.Context(), root, promised(name, "/made")); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if text, err := root.ReadFile("a"); err != nil || string(text) != "first" {
		t.Errorf("the first one reads %q, %v", text, err)
	}
}

func TestFilesOfOtherStepsAreInputsAfterThoseThatTheJobIsOn(t *testing.T) {
	t.Parallel()
	own, made := remit.Input{File: "file_1", Name: "one.fits"}, remit.Input{Step: "find", Name: "find/a.csv"}
	line := func(inputs ...remit.Input) string {
		argv, err := commandLine(Work{Assignment: remit.Assignment{Command: []string{"x", "--of={input}", "{inputs}"}, Inputs: inputs}})
		if err != nil {
			return err.Error()
		}
		return strings.Join(argv, " ")
	}
	got := []string{line(own, made), line(own, made, made), line(made)}
	want := []string{"x --of=inputs/one.fits inputs/one.fits inputs/find/a.csv", "x --of=inputs/one.fits inputs/one.fits inputs/find/a.csv inputs/find/a.csv",
		"x --of=inputs/find/a.csv inputs/find/a.csv"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, inputs := range [][]remit.Input{{}, {made, made}, {own, own, made}} {
		if got := line(inputs...); !strings.Contains(got, "needs exactly one") {
			t.Errorf("%v is %s", inputs, got)
		}
	}
}
