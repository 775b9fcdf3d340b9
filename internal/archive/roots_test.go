package archive_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

func TestDataRootsNeverOverlap(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.newProject("other", remit.VisibilityPrivate)
		own, free := realDir(t), realDir(t)
		w.write("night/a.txt", "a")
		link := filepath.Join(free, "link")
		w.must(os.Symlink(w.root, link))
		w.must(os.Mkdir(w.root+"-beside", 0o755))
		guarded := archive.New(w.gate, archive.Options{Previews: w.previews, Forbidden: []string{own}, Under: []string{filepath.Dir(w.root)}})
		for path, want := range map[string]struct {
			kind remit.Kind
			says string
		}{
			"relative":                           {remit.Invalid, "absolute"},
			filepath.Join(w.root, "nowhere"):     {remit.Invalid, "no such file"},
			filepath.Join(w.root, "night/a.txt"): {remit.Invalid, "no directory"},
			w.root:                               {remit.Conflict, "overlaps"},
			filepath.Join(w.root, "night"):       {remit.Conflict, "overlaps"},
			link:                                 {remit.Conflict, "overlaps"},
			own:                                  {remit.Invalid, "own data"},
			filepath.Dir(own):                    {remit.Invalid, "own data"},
			"/":                                  {remit.Invalid, "own data"},
			"/usr":                               {remit.Invalid, "may be in"},
		} {
			_, err := guarded.AddRoot(t.Context(), setup, "other", path)
			if remit.KindOf(err) != want.kind || !strings.Contains(err.Error(), want.says) {
				t.Errorf("%s: got %v, want %s with %q", path, err, want.kind, want.says)
			}
		}
		_, err := w.AddRoot(t.Context(), setup, "other", filepath.Dir(w.root))
		wantKind(t, err, remit.Conflict, "root_overlaps")
		root, err := guarded.AddRoot(t.Context(), setup, "other", w.root+"-beside/")
		w.must(err)
		page, err := w.Roots(t.Context(), setup, "other")
		w.must(err)
		if len(page.Items) != 1 || page.Items[0].ID != root.ID || page.Items[0].Path != w.root+"-beside" || !page.Items[0].CreatedAt.Equal(root.CreatedAt) {
			t.Errorf("the roots are %+v, want %+v", page.Items, root)
		}
	})
}

func TestOnlyThoseWhoMayRegisterRootsLearnAboutPaths(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.role("owner", false, "*")
		member := w.person("ada", false, "owner")
		for _, path := range []string{w.root, "/nowhere/at/all"} {
			_, err := w.AddRoot(t.Context(), member, "sky", path)
			wantKind(t, err, remit.Denied, "")
		}
		page, err := w.Roots(t.Context(), member, "sky")
		w.must(err)
		if len(page.Items) != 0 || len(page.Permissions) != 0 {
			t.Errorf("a member without root:read sees %+v", page)
		}
	})
}

func TestConcurrentRegistrationsOfOverlappingRootsLeaveOne(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		dir := realDir(t)
		w.must(os.MkdirAll(filepath.Join(dir, "a/b/c"), 0o755))
		paths := []string{dir, dir + "/a", dir + "/a/b", dir + "/a/b/c"}
		errs := make(chan error, len(paths))
		for _, path := range paths {
			go func() { errs <- errOf(w.AddRoot(t.Context(), setup, "sky", path)) }()
		}
		made := 0
		for range paths {
			if err := <-errs; err == nil {
				made++
			} else if remit.KindOf(err) != remit.Conflict {
				t.Error(err)
			}
		}
		if made != 1 {
			t.Errorf("%d overlapping roots were registered", made)
		}
	})
}

func TestOpenedBytesAreThoseThatWereScanned(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write("night/a.txt", "as scanned")
		w.write("night/b.txt", "b")
		w.scan()
		files := w.files()
		f, rc, err := w.OpenFile(t.Context(), setup, files["night/a.txt"].ID)
		w.must(err)
		if text := w.read(rc); text != "as scanned" || f.ID != files["night/a.txt"].ID {
			t.Errorf("%s reads %q", f.Path, text)
		}
		w.write("night/a.txt", "changed since")
		_, _, err = w.OpenFile(t.Context(), setup, files["night/a.txt"].ID)
		wantKind(t, err, remit.Conflict, "file_changed")
		w.remove("night/b.txt")
		_, _, err = w.OpenFile(t.Context(), setup, files["night/b.txt"].ID)
		wantKind(t, err, remit.Gone, "file_missing")
		_, _, err = w.Preview(t.Context(), setup, files["night/a.txt"].ID)
		wantKind(t, err, remit.NotFound, "no_preview")
	})
}
