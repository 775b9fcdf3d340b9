package testkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// modulePath is ours; it stands in go.mod.
const modulePath = "github.com/remit-server/remit"

// repo is the folder of go.mod, seen from this package.
const repo = "../.."

// pkg is what `go list -json` says of a package.
type pkg struct {
	ImportPath, Doc                    string
	GoFiles, TestGoFiles, XTestGoFiles []string
	IgnoredGoFiles                     []string
	Imports, TestImports, XTestImports []string
}

// dir is the package's folder from the root of the repository, "." for that.
func (p pkg) dir() string {
	dir, _ := ownDir(p.ImportPath)
	return dir
}

func ownDir(importPath string) (dir string, ours bool) {
	if importPath == modulePath {
		return ".", true
	}
	return strings.CutPrefix(importPath, modulePath+"/")
}

// isStd knows the standard library by its first element, which has no dot.
func isStd(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// within says whether path is root or below it.
func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

func packages(t *testing.T) []pkg {
	t.Helper()
	found, err := listPackages()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// -e because what does not build is for the compiler to tell.
var listPackages = sync.OnceValues(func() ([]pkg, error) {
	cmd := exec.Command("go", "list", "-e", "-json", "-buildvcs=false", "./...")
	cmd.Dir = repo
	out, err := cmd.Output()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, errors.New("go list: " + string(e.Stderr))
	} else if err != nil {
		return nil, err
	}
	var found []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); err == io.EOF {
			return found, nil
		} else if err != nil {
			return nil, err
		}
		found = append(found, p)
	}
})

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repo, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func isDir(t *testing.T, name string) bool {
	t.Helper()
	info, err := os.Stat(filepath.Join(repo, name))
	return err == nil && info.IsDir()
}
