package blob_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/blob"
)

const (
	helloSHA = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	emptySHA = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

var errBoom = errors.New("boom")

func open(t *testing.T, dir string) *blob.Store {
	t.Helper()
	s, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func put(t *testing.T, s *blob.Store, text string) blob.Ref {
	t.Helper()
	ref, err := s.Put(t.Context(), strings.NewReader(text))
	if err != nil {
		t.Fatalf("Put: %v", err)
	}
	return ref
}

// files lists all files under dir, sorted.
func files(t *testing.T, dir string) []string {
	t.Helper()
	found := []string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestPutNamesBytesByTheirHash(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "blobs")
	s := open(t, dir)
	for text, want := range map[string]blob.Ref{"hello": {helloSHA, 5}, "": {emptySHA, 0}} {
		if got := put(t, s, text); got != want {
			t.Errorf("Put(%q) = %v, want %v", text, got, want)
		}
		if got, err := s.Stat(want.SHA256); got != want || err != nil {
			t.Errorf("Stat = %v, %v; want %v", got, err, want)
		}
		f, size, err := s.Open(want.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if got, err := io.ReadAll(f); string(got) != text || size != want.Size || err != nil {
			t.Errorf("Open reads %q of %d bytes, %v", got, size, err)
		}
	}
	want := []string{"2c/" + helloSHA, "e3/" + emptySHA}
	if diff := cmp.Diff(want, files(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestReopenedStoreHasItsBlobs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ref := put(t, open(t, dir), "hello")
	f, _, err := open(t, dir).Open(ref.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Seek(-2, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(f); string(got) != "lo" || err != nil {
		t.Errorf("the end is %q, %v", got, err)
	}
}

func TestDeleteForgets(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	ref := put(t, s, "hello")
	for range 2 {
		if err := s.Delete(ref.SHA256); err != nil {
			t.Errorf("Delete: %v", err)
		}
	}
	if has, err := s.Has(ref.SHA256); has || err != nil {
		t.Errorf("Has after Delete: %v, %v", has, err)
	}
	if _, _, err := s.Open(ref.SHA256); remit.KindOf(err) != remit.NotFound {
		t.Errorf("Open after Delete: %v, want not found", err)
	}
	if _, err := s.Stat(ref.SHA256); remit.KindOf(err) != remit.NotFound {
		t.Errorf("Stat after Delete: %v, want not found", err)
	}
	put(t, s, "hello")
	if has, err := s.Has(ref.SHA256); !has || err != nil {
		t.Errorf("Has after the second Put: %v, %v", has, err)
	}
}

func TestWhatIsNoHashIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	bad := []string{"", "2c", "../../etc/passwd", strings.ToUpper(helloSHA), helloSHA + "0", helloSHA[:63] + "g", "../" + helloSHA[3:], helloSHA[:63] + "\x00"}
	for _, sha := range bad {
		_, _, errOpen := s.Open(sha)
		_, errStat := s.Stat(sha)
		_, errHas := s.Has(sha)
		for _, err := range []error{errOpen, errStat, errHas, s.Delete(sha)} {
			if remit.KindOf(err) != remit.Invalid {
				t.Errorf("%q: %v, want invalid", sha, err)
			}
		}
	}
}

func TestPutThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	_, err := s.Put(t.Context(), io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errBoom)))
	if !errors.Is(err, errBoom) {
		t.Errorf("Put of a broken reader: %v, want its error", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Put(ctx, strings.NewReader("late")); !errors.Is(err, context.Canceled) {
		t.Errorf("Put with an ended context: %v", err)
	}
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("files are left: %v", got)
	}
}

func TestPutLimitedTakesUpToTheLimit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	for _, limit := range []int64{0, 4} {
		_, err := s.PutLimited(t.Context(), strings.NewReader("hello"), limit)
		if remit.KindOf(err) != remit.Limited || remit.CodeOf(err) != "too_large" {
			t.Errorf("limit %d: %v, want too large", limit, err)
		}
	}
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("files are left: %v", got)
	}
	for _, limit := range []int64{5, 6} {
		ref, err := s.PutLimited(t.Context(), iotest.OneByteReader(strings.NewReader("hello")), limit)
		if ref.SHA256 != helloSHA || err != nil {
			t.Errorf("limit %d: %v, %v", limit, ref, err)
		}
	}
}

func TestOpenRemovesWhatACrashLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, open(t, dir), "hello")
	for name, age := range map[string]time.Duration{"crashed": 2 * time.Hour, "in-work": 0} {
		path := filepath.Join(dir, "incoming", name)
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		old := info.ModTime().Add(-age)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	open(t, dir)
	want := []string{"2c/" + helloSHA, "incoming/in-work"}
	if diff := cmp.Diff(want, files(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestConcurrentPutsAgree(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stores := []*blob.Store{open(t, dir), open(t, dir)} // as two programs
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			text := bytes.Repeat(fmt.Append(nil, i%4), 100_000)
			ref, err := stores[i%2].Put(t.Context(), bytes.NewReader(text))
			if err != nil {
				t.Errorf("Put: %v", err)
				return
			}
			f, size, err := stores[0].Open(ref.SHA256)
			if err != nil {
				t.Errorf("Open: %v", err)
				return
			}
			defer f.Close()
			if got, err := io.ReadAll(f); !bytes.Equal(got, text) || size != int64(len(text)) || err != nil {
				t.Errorf("blob %d reads wrong: %v", i%4, err)
			}
		})
	}
	all.Wait()
	if got := files(t, dir); len(got) != 4 {
		t.Errorf("%d files, want 4: %v", len(got), got)
	}
}

func TestStoreDoesNotFollowLinksOut(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	s := open(t, dir)
	if err := os.WriteFile(filepath.Join(outside, helloSHA), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, helloSHA[:2])); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Open(helloSHA); err == nil {
		t.Error("a link led out of the store")
	}
}
