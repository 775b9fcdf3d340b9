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

func TestMovedFilesKeepTheirID(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write("night1/a.txt", "alpha")
		w.write("night1/b.txt", "beta")
		w.write("night1/c.txt", "gamma")
		w.write("night2/d.txt", "delta")
		w.scan()
		before := w.files()
		w.rename("night1/a.txt", "night1/deep/renamed.txt")
		w.rename("night1/b.txt", "night2/b.txt")
		w.wantScan(archive.ScanReport{Collections: 2, Moved: 2, Unchanged: 2})
		after := w.files()
		if after["night1/deep/renamed.txt"].ID != before["night1/a.txt"].ID || after["night2/b.txt"].ID != before["night1/b.txt"].ID {
			t.Errorf("the moved files are not the old ones: %v → %v", before, after)
		}
		if len(after) != 4 {
			t.Errorf("there are %d files after the move, want 4", len(after))
		}
		w.remove("night1/c.txt")
		w.wantScan(archive.ScanReport{Collections: 2, Missing: 1, Unchanged: 3})
		w.write("night2/late.txt", "gamma")
		w.wantScan(archive.ScanReport{Collections: 2, Moved: 1, Unchanged: 3})
		if f := w.files()["night2/late.txt"]; f.ID != before["night1/c.txt"].ID || f.State != "present" || f.MissingAt != nil {
			t.Errorf("a missing file found elsewhere is %+v", f)
		}
	})
}

func TestAmbiguousMovesAreReportedAndLeftAlone(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write("night/a.txt", "alpha")
		w.write("night/keep.txt", "k")
		w.write("night/empty1.txt", "")
		w.scan()
		id := w.files()["night/a.txt"].ID
		w.rename("night/a.txt", "night/x.txt")
		w.write("night/y.txt", "alpha")
		w.rename("night/empty1.txt", "night/empty2.txt")
		problems := w.wantScan(archive.ScanReport{Collections: 1, Added: 3, Missing: 2, Unchanged: 1})
		w.wantProblem(problems, "night/x.txt", "night/a.txt")
		w.wantProblem(problems, "night/y.txt", "night/a.txt")
		files := w.files()
		if old := files["night/a.txt"]; old.ID != id || old.State != "missing" {
			t.Errorf("the file that may have moved is %+v, want it untouched and missing", old)
		}
		if files["night/x.txt"].State != "present" || files["night/y.txt"].State != "present" {
			t.Error("the copies were not taken in")
		}
		w.wantScan(archive.ScanReport{Collections: 1, Unchanged: 4})
	})
}

func TestRenamedDirectoryStaysTheSamePrivateCollection(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for _, name := range []string{"a", "b", "sub/c"} {
			w.write("secret/"+name+".txt", "content of "+name)
		}
		w.write("other/x.txt", "x")
		w.scan()
		before, files := w.collections(setup)["secret"], w.files()
		_, err := w.SetVisibility(t.Context(), setup, before.ID, remit.VisibilityPrivate)
		w.must(err)
		w.rename("secret", "renamed")
		w.write("renamed/new.txt", "n")
		w.wantScan(archive.ScanReport{Collections: 2, Added: 1, Unchanged: 4})
		after := w.collections(setup)["renamed"]
		if after.ID != before.ID || after.Visibility != "private" || len(w.collections(setup)) != 2 {
			t.Errorf("the renamed collection is %+v", after)
		}
		if w.files()["renamed/sub/c.txt"].ID != files["secret/sub/c.txt"].ID {
			t.Error("the files of the renamed directory are others")
		}
		// The same by copying, which gives the files other times.
		w.must(os.CopyFS(filepath.Join(w.root, "copied"), os.DirFS(filepath.Join(w.root, "renamed"))))
		w.remove("renamed")
		w.wantScan(archive.ScanReport{Collections: 2, Unchanged: 5})
		if c := w.collections(setup)["copied"]; c.ID != before.ID || c.Visibility != "private" {
			t.Errorf("the copied collection is %+v", c)
		}
	})
}

// lines calls a function with each line that is written.
type lines func(line string)

func (f lines) Write(line []byte) (int, error) {
	f(string(line))
	return len(line), nil
}

func TestDirectoryThatMayBeTwoRenamedOnesIsPrivate(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write("secret/a.txt", "alpha")
		w.write("other/x.txt", "x")
		w.scan()
		w.must(os.CopyFS(filepath.Join(w.root, "one"), os.DirFS(filepath.Join(w.root, "secret"))))
		w.rename("secret", "two")
		request := w.request()
		request.Log = lines(func(line string) { // who may learn of them is asked of them
			for _, name := range []string{"one", "two"} {
				if strings.Contains(line, name) && w.collections(setup)[name].ID == "" {
					t.Errorf("%q is told of %s, which is not there yet", line, name)
				}
			}
		})
		report, err := w.Scan(t.Context(), request)
		w.must(err)
		problems := report.Problems
		w.wantProblem(problems, "one", "secret")
		w.wantProblem(problems, "two", "secret")
		for _, name := range []string{"one", "two"} {
			if v := w.collections(setup)[name].Visibility; v != "private" {
				t.Errorf("the doubtful collection %s is %q", name, v)
			}
		}
	})
}
