// Package main_test tells whole stories with the real program: scripts of its
// command line (testdata/script), processes that are killed in mid-job, and a
// browser.
//
// Its one invariant: the program is built once, from the tree that is tested,
// and reached only as people reach it: by arguments, signals, files and HTTP.
//
//	d := startDemo(t, t.TempDir(), anyAddress)
//	job, err := d.as(t, "moths-basic_member").Submit(t.Context(), "moths", spec)
package main_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// bin is the directory that holds the program, remit is the program in it.
var bin, remit string

func TestMain(m *testing.M) {
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (code int, err error) {
	if bin, err = os.MkdirTemp("", "remit-bin-"); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(bin)) }()
	remit = filepath.Join(bin, "remit")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", remit, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("building remit: %w\n%s", err, said)
	}
	return m.Run(), nil
}
