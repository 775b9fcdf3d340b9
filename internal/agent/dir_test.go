package agent

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// refusedDir runs a node in dir, which must be refused with the text.
func refusedDir(t *testing.T, dir, text string) {
	t.Helper()
	c, err := client.New("http://127.0.0.1:1", "") // nobody is asked
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Second) // it would go on asking the server
	defer stop()
	err = New(Options{Client: c, Dir: dir}).Run(ctx)
	if remit.KindOf(err) != remit.Invalid || !strings.Contains(err.Error(), text) {
		t.Errorf("%s: %v, want %q", dir, err, text)
	}
}

func mode(t *testing.T, dir string, mode os.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, mode); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestADirectoryThatOthersMayWriteInIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, m := range []os.FileMode{0o770, 0o707, 0o777 | os.ModeSticky, 0o720} {
		refusedDir(t, mode(t, filepath.Join(dir, "node"), m), "others may write in the node's directory")
	}
}

func TestADirectoryOfSomebodyElseIsRefused(t *testing.T) {
	t.Parallel()
	dir := "/usr" // root's, should the tests run as somebody else
	if os.Geteuid() == 0 {
		dir = t.TempDir()
		if err := os.Chown(dir, 12345, 12345); err != nil {
			t.Fatal(err)
		}
	}
	refusedDir(t, dir, "belongs to another user")
}

// passable is a new directory of ours that everybody may pass.
func passable(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	mode(t, filepath.Dir(dir), 0o755)
	return mode(t, dir, 0o755)
}

func TestADirectoryThatOthersMayReplaceIsRefused(t *testing.T) {
	t.Parallel()
	open := mode(t, filepath.Join(passable(t), "open"), 0o777)
	refusedDir(t, filepath.Join(open, "a", "node"), "others may put another in the place")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(open, link); err != nil {
		t.Fatal(err)
	}
	refusedDir(t, filepath.Join(link, "node"), "others may put another in the place")
}

func TestADirectoryIsOursWhereNobodyElseCanRenameIt(t *testing.T) {
	t.Parallel()
	sticky := mode(t, filepath.Join(passable(t), "tmp"), 0o777|os.ModeSticky)
	shut := mode(t, filepath.Join(passable(t), "shut"), 0o700)
	shared := mode(t, filepath.Join(shut, "shared"), 0o777) // but nobody else gets there
	for _, parent := range []string{sticky, shut, shared} {
		dir := filepath.Join(parent, "a", "node")
		got, err := ownDirectory(dir)
		if err != nil {
			t.Errorf("%s: %v", dir, err)
		}
		if info, err := os.Stat(got); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", got, info, err)
		}
	}
}

func TestTwoNodesDoNotShareADirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := New(Options{}).opts.Log
	first, err := lockDirectory(t.Context(), dir, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if second, err := lockDirectory(ctx, dir, log); err == nil {
		second.Close()
		t.Error("a second node got the directory")
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	next, err := lockDirectory(t.Context(), dir, log)
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	next.Close()
}
