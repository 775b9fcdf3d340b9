package archive_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

func TestUnreadableFilesAreRecordedAndReadOnceTheyCanBe(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		runAsNobody(t) // root may read everything
		return
	}
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write("night/a.txt", "a")
		w.write("night/b.txt", "b")
		w.must(os.Chmod(filepath.Join(w.root, "night/a.txt"), 0))
		w.wantScan(archive.ScanReport{Collections: 1, Added: 1, Unreadable: 1})
		if f := w.files()["night/a.txt"]; f.State != "unreadable" || !strings.Contains(f.Problem, "permission denied") {
			t.Errorf("the unreadable file is %+v", f)
		}
		w.wantScan(archive.ScanReport{Collections: 1, Unchanged: 1, Unreadable: 1})
		w.must(os.Chmod(filepath.Join(w.root, "night/a.txt"), 0o644))
		w.wantScan(archive.ScanReport{Collections: 1, Returned: 1, Unchanged: 1})
		if f := w.files()["night/a.txt"]; f.State != "present" || f.Problem != "" || f.SHA256 == "" {
			t.Errorf("the file that can be read again is %+v", f)
		}
	})
}

// runAsNobody runs the calling test in a process of an ordinary user.
func runAsNobody(t *testing.T) {
	t.Helper()
	dir, err := os.MkdirTemp("", "archive-nobody")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "archive.test")
	if err := errors.Join(os.WriteFile(copied, text, 0o755), os.Mkdir(filepath.Join(dir, "tmp"), 0o755),
		os.Chmod(dir, 0o755), os.Chmod(filepath.Join(dir, "tmp"), 0o777)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), copied, "-test.v", "-test.run=^"+t.Name()+"$")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "TMPDIR="+filepath.Join(dir, "tmp"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(out), "--- PASS: "+t.Name()) != 3 { // the test and its two engines
		t.Errorf("as user nobody: %v\n%s", err, out)
	}
}

func TestScanNeverLeavesTheRoot(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		outside := realDir(t)
		w.must(os.WriteFile(filepath.Join(outside, "secret.txt"), []byte("secret"), 0o644))
		w.write("night/a.txt", "a")
		w.write("night/b.txt", "b")
		for name, target := range map[string]string{
			"night/out.txt":    filepath.Join(outside, "secret.txt"),
			"night/outdir":     outside,
			"night/up.txt":     "../../" + filepath.Base(outside) + "/secret.txt",
			"night/broken.txt": "nowhere",
			"night/loop":       "loop",
			"night/same.txt":   "a.txt",
			"nightlink":        "night",
			"away":             outside,
		} {
			w.must(os.Symlink(target, filepath.Join(w.root, name)))
		}
		w.must(syscall.Mkfifo(filepath.Join(w.root, "night/pipe"), 0o644))
		w.write("stray.fits", "no collection")
		problems := w.wantScan(archive.ScanReport{Collections: 1, Added: 3})
		for _, refused := range []string{"night/out.txt", "night/outdir", "night/up.txt", "night/broken.txt", "night/loop", "night/pipe"} {
			w.wantProblem(problems, refused+": ")
		}
		w.wantProblem(problems, "1 ignored at the top of the data root: a link that leaves")
		w.wantProblem(problems, "1 ignored at the top of the data root: a link to a directory")
		w.wantProblem(problems, "1 ignored at the top of the data root: a file in no directory")
		files := w.files()
		if len(files) != 3 || files["night/a.txt"].SHA256 != files["night/same.txt"].SHA256 {
			t.Errorf("files are %v, want a.txt, b.txt and the link to a.txt", files)
		}
		// A file that is replaced by a link out of the root later is not opened through it.
		w.remove("night/a.txt")
		w.must(os.Symlink(filepath.Join(outside, "secret.txt"), filepath.Join(w.root, "night/a.txt")))
		_, _, err := w.OpenFile(t.Context(), setup, files["night/a.txt"].ID)
		wantKind(t, err, remit.Unavailable, "file_unreadable")
		w.wantScan(archive.ScanReport{Collections: 1, Missing: 2, Unchanged: 1})
	})
}

func TestEmptyOrAbsentRootStopsWithoutMarkingAnything(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, err := w.Scan(t.Context(), w.request())
		wantKind(t, err, remit.Unavailable, "root_empty")
		w.write("night/a.txt", "a")
		w.scan()
		before := w.files()
		stops := func(what, code string) {
			t.Helper()
			if _, err := w.Scan(t.Context(), w.request()); remit.CodeOf(err) != code || remit.KindOf(err) != remit.Unavailable {
				t.Errorf("%s: scanning gives %v (%s), want %s", what, err, remit.CodeOf(err), code)
			}
			if diff := cmp.Diff(before, w.files()); diff != "" {
				t.Errorf("%s: files changed:\n%s", what, diff)
			}
		}
		w.rename("night", "../elsewhere")
		stops("nothing in it", "root_empty")
		w.must(os.Mkdir(filepath.Join(w.root, "lost+found"), 0o755))
		stops("no file in it", "root_empty")
		w.must(os.Rename(w.root, w.root+".away"))
		stops("absent", "root_unavailable")
		w.must(os.Rename(w.root+".away", w.root))
		w.rename("../elsewhere", "night")
		w.wantScan(archive.ScanReport{Collections: 2, Unchanged: 1})
	})
}

func TestReportOfAMillionProblemsStaysSmall(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for i := range 150 {
			w.must(os.MkdirAll(filepath.Join(w.root, "night"), 0o755))
			w.must(os.Symlink("/", filepath.Join(w.root, "night", strings.Repeat("\x01", i)+"link")))
		}
		report := w.scan()
		if n := len(report.Problems); n != archive.MaxProblems+1 || !strings.HasPrefix(report.Problems[n-1], "and 50 more") {
			t.Errorf("the report has %d problems, the last is %q", n, report.Problems[n-1])
		}
		if strings.Contains(strings.Join(report.Problems, ""), "\x01") {
			t.Error("a problem has control characters in it")
		}
	})
}
