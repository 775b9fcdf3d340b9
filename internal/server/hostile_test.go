package server_test

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

// strange is a name that no page, header or log may choke on.
const strange = "a\n\"<script>alert(1)' b.fits"

// hostileRoot is a data root with a good file among bad ones.
func hostileRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	night := filepath.Join(root, "night")
	if err := os.Mkdir(night, 0o755); err != nil {
		t.Fatal(err)
	}
	const testdata = "../metadata/testdata"
	hostile, err := filepath.Glob(testdata + "/hostile/*")
	if err != nil || len(hostile) < 5 {
		t.Fatalf("hostile files: %v, %v", hostile, err)
	}
	for _, from := range hostile {
		copyFile(t, from, filepath.Join(night, filepath.Base(from)))
	}
	good := testdata + "/observatory/fixed-1890.fits"
	for _, name := range []string{"good.fits", strange, "locked.fits"} {
		copyFile(t, good, filepath.Join(night, name))
	}
	if err := os.Chmod(filepath.Join(night, "locked.fits"), 0); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(t.TempDir(), "secret.fits")
	copyFile(t, good, secret)
	for name, to := range map[string]string{"out.fits": secret, "dir": filepath.Dir(secret), "loop": ".", "nowhere.fits": "no-such-file"} {
		if err := os.Symlink(to, filepath.Join(night, name)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Bad files cost nothing but themselves: each is recorded with its reason,
// nothing outside of the root is read, and the good ones are complete.
func TestHostileFilesAreRecordedAndLoseNothing(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db, func(_ *server.Options, roots map[string][]string) { roots["observatory"] = []string{hostileRoot(t)} })
		w.node()
		w.scan("observatory")
		files := w.files("observatory")
		w.checkRecords(files)
		w.checkContents(files)
		w.scan("observatory")
		if diff := cmp.Diff(files, w.files("observatory")); diff != "" {
			t.Errorf("a second scan changed (-first +second):\n%s", diff)
		}
		w.detectHostile(files)
	})
}

func (w *world) checkRecords(files map[string]remit.File) {
	w.t.Helper()
	type record struct{ State, Preview, Problem string }
	locked := record{remit.FileUnreadable, "none", "permission denied"}
	if os.Geteuid() == 0 { // who reads what it wants
		locked = record{remit.FilePresent, "ready", ""}
	}
	want := map[string]record{
		"night/good.fits":           {remit.FilePresent, "ready", ""},
		"night/locked.fits":         locked,
		"night/checksum_false.fits": {remit.FilePresent, "", ""},
		"night/empty.fits":          {remit.FilePresent, "failed", "empty"},
		"night/garbage.fits":        {remit.FilePresent, "", "FITS"},
		"night/truncated.fits":      {remit.FilePresent, "failed", ""},
		"night/no-date.jpg":         {remit.FilePresent, "", ""},
	}
	for name, expect := range want {
		got, there := files[name]
		switch {
		case !there:
			w.t.Errorf("%s is not recorded", name)
		case got.State != expect.State, expect.Preview != "" && got.Preview != expect.Preview, !strings.Contains(got.Problem, expect.Problem):
			w.t.Errorf("%s: state %s, preview %s, problem %q; want %+v", name, got.State, got.Preview, got.Problem, expect)
		}
	}
	for name, f := range files {
		if f.State == remit.FilePresent && f.Preview == "failed" && f.Problem == "" {
			w.t.Errorf("%q has no picture and does not say why", name)
		}
		if strings.Contains(name, "secret") || strings.HasPrefix(name, "night/dir/") || strings.HasPrefix(name, "night/loop/") {
			w.t.Errorf("%q was reached through a link", name)
		}
	}
}

// checkContents reads the good file, and through the link nothing.
func (w *world) checkContents(files map[string]remit.File) {
	w.t.Helper()
	good := files["night/good.fits"]
	disk, err := os.ReadFile("../metadata/testdata/observatory/fixed-1890.fits")
	if err != nil {
		w.t.Fatal(err)
	}
	at := "/api/v1/files/" + string(good.ID)
	if r := w.call("observatory-student", "GET", at+"/content", nil); r.status != 200 || string(r.body) != string(disk) {
		w.t.Errorf("the good file: %d, %d bytes of %d", r.status, len(r.body), len(disk))
	}
	if r := w.call("observatory-student", "GET", at+"/preview", nil); r.status != 200 || !strings.HasPrefix(string(r.body), "\x89PNG") {
		w.t.Errorf("its picture: %d", r.status)
	}
	if len(into[remit.Page[remit.Card]](w.t, w.call("observatory-student", "GET", at+"/header", nil), 200).Items) < 10 {
		w.t.Error("its header is not complete")
	}
	if out, there := files["night/out.fits"]; there {
		if r := w.call("root", "GET", "/api/v1/files/"+string(out.ID)+"/content", nil); r.status == 200 || out.SHA256 != "" {
			w.t.Errorf("the link out of the root gives %d, %d bytes, sum %q", r.status, len(r.body), out.SHA256)
		}
	}
	w.checkStrangeName(files)
}

// checkStrangeName finds the file by what its name can be told as, and looks
// at its header lines and its page.
func (w *world) checkStrangeName(files map[string]remit.File) {
	w.t.Helper()
	for name, f := range files {
		if !strings.Contains(name, "script") {
			continue
		}
		at := "/api/v1/files/" + string(f.ID)
		r := w.call("root", "GET", at+"/content", nil)
		if strings.ContainsAny(r.header.Get("Content-Disposition"), "\n<>") || f.State == remit.FilePresent && r.status != 200 {
			w.t.Errorf("%q: %d, %v", name, r.status, r.header)
		}
		if page := w.call("root", "GET", "/projects/observatory/files/"+string(f.ID), nil); strings.Contains(string(page.body), "<script>alert") {
			w.t.Errorf("the page of %q runs it", name)
		}
		return
	}
	w.t.Errorf("the strange name is not recorded: %q", slices.Sorted(maps.Keys(files)))
}

// detectHostile runs ml on each bad file and then on the whole night.
func (w *world) detectHostile(files map[string]remit.File) {
	w.t.Helper()
	submit := func(on remit.On) remit.JobID {
		r := w.call("observatory-supervisor", "POST", "/api/v1/projects/observatory/jobs", remit.JobSpec{Type: "ml", On: on, Start: true})
		return into[remit.Job](w.t, r, 201).ID
	}
	for _, name := range []string{"night/empty.fits", "night/garbage.fits", "night/truncated.fits"} {
		job := w.finished(submit(remit.On{File: files[name].ID}))
		if words := w.log(job.ID); job.State != remit.JobFailed || !strings.Contains(words, filepath.Base(name)) || job.Error == "" {
			w.t.Errorf("ml on %s %s, error %q, log %q", name, job.State, job.Error, words)
		}
	}
	night := w.finished(submit(remit.On{Collection: files["night/good.fits"].Collection}))
	if night.State != remit.JobSucceeded {
		w.t.Errorf("the night %s: %s\n%s", night.State, night.Error, w.log(night.ID))
	}
	failed, err := w.as("observatory-student").OpenArtifact(w.t.Context(), night.ID, 0, "failed.csv")
	if err != nil {
		w.t.Fatalf("failed.csv: %v", err)
	}
	defer failed.Close()
	text, err := io.ReadAll(failed)
	for _, name := range []string{"empty.fits", "garbage.fits", "truncated.fits"} {
		if err != nil || !strings.Contains(string(text), name) {
			w.t.Errorf("failed.csv does not name %s: %v\n%s", name, err, text)
		}
	}
}
