package archive_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/testkit"
)

func TestScanTakesInRealFilesAndRecordsHostileOnes(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.bring("observatory", "night1")
		w.bring("camera", "trap/2012")
		w.bring("hostile", "bad")
		w.write("night1/README.txt", "observed by hand\n")
		w.write("night1/.hidden.fits", "x")
		w.write("night1/coming.fits.part", "x")
		w.write(".git/config", "x")

		problems := w.wantScan(archive.ScanReport{Collections: 3, Added: 6 + 8 + 5 + 1})

		files := w.files()
		if len(files) != 20 {
			t.Errorf("%d files are listed, want 20", len(files))
		}
		light := files["night1/a8280271.fits"]
		text, err := os.ReadFile(filepath.Join(w.root, "night1/a8280271.fits"))
		w.must(err)
		sum := sha256.Sum256(text)
		if light.SHA256 != hex.EncodeToString(sum[:]) || light.Size != 561600 || light.MediaType != "image/fits" || light.State != "present" ||
			light.Preview != "ready" || light.Problem != "" || light.Project != "sky" {
			t.Errorf("the frame is recorded as %+v", light)
		}
		if m := light.Metadata; m == nil || m.Object != "rf0420" || *m.ExposureS != 150.04 || !m.TakenAt.Equal(time.Date(2013, 7, 13, 0, 57, 33, 0, time.UTC)) || m.Header != nil {
			t.Errorf("its metadata in a list is %+v", m)
		}
		whole, err := w.File(t.Context(), setup, light.ID)
		w.must(err)
		if len(whole.Metadata.Header) < 20 {
			t.Errorf("the file shows %d header cards", len(whole.Metadata.Header))
		}
		if raw := files["trap/2012/eos-1ds.CR2"]; raw.MediaType != "image/x-canon-cr2" || *raw.Metadata.Width != 5616 {
			t.Errorf("the raw picture is recorded as %+v", raw)
		}
		if readme := files["night1/README.txt"]; readme.MediaType != "text/plain" || readme.Preview != "none" || readme.Problem != "" {
			t.Errorf("a text without a header is recorded as %+v", readme)
		}
		for _, name := range []string{"empty.fits", "garbage.fits", "truncated.fits"} {
			if f := files["bad/"+name]; f.State != "present" || f.Problem == "" || f.Preview == "ready" || f.SHA256 == "" {
				t.Errorf("the hostile %s is recorded as %+v", name, f)
			}
			w.wantProblem(problems, "bad/"+name)
		}
		if c := w.collections(setup)["night1"]; c.Files != 7 || c.Bytes < 561600 || c.Visibility != "project" || c.Kind != "folder" || c.Project != "sky" {
			t.Errorf("the night is the collection %+v", c)
		}
	})
}

func TestPreviewsAreBoundedPictures(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.bring("observatory", "night1")
		w.bring("observatory", "copy")
		w.scan()
		sha, rc, err := w.Preview(t.Context(), setup, w.files()["night1/a8280271.fits"].ID)
		w.must(err)
		text := w.read(rc)
		sum := sha256.Sum256([]byte(text))
		if sha != hex.EncodeToString(sum[:]) {
			t.Error("the preview is not named by its own hash")
		}
		picture, err := png.DecodeConfig(strings.NewReader(text))
		w.must(err)
		if max(picture.Width, picture.Height) != 512 {
			t.Errorf("the preview is %d × %d, want 512 on the long side", picture.Width, picture.Height)
		}
		again, rc, err := w.Preview(t.Context(), setup, w.files()["copy/a8280271.fits"].ID)
		w.must(err)
		rc.Close()
		if again != sha {
			t.Error("equal files do not share their preview")
		}
	})
}

func TestScanningAgainChangesNothing(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.bring("observatory", "night1")
		w.bring("hostile", "bad")
		w.scan()
		before, collections := w.files(), w.collections(setup)
		problems := w.wantScan(archive.ScanReport{Collections: 2, Unchanged: 11})
		if len(problems) > 0 {
			t.Errorf("the second scan has problems: %q", problems)
		}
		if diff := cmp.Diff(before, w.files()); diff != "" {
			t.Errorf("files differ after the second scan:\n%s", diff)
		}
		if diff := cmp.Diff(collections, w.collections(setup)); diff != "" {
			t.Errorf("collections differ after the second scan:\n%s", diff)
		}
		roots, err := w.Roots(t.Context(), setup, "sky")
		w.must(err)
		if roots.Items[0].LastScannedAt == nil {
			t.Error("the root does not say when it was scanned")
		}
	})
}

func TestChangedBytesAreReadAgainAndTheOldHashIsKept(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write("night/a.txt", "before")
		w.write("night/touched.txt", "the same")
		w.scan()
		before := w.files()
		w.write("night/a.txt", "after all")
		w.must(os.Chtimes(filepath.Join(w.root, "night/touched.txt"), time.Time{}, time.Unix(1e9, 0)))
		w.wantScan(archive.ScanReport{Collections: 1, Changed: 1, Unchanged: 1})
		after := w.files()
		if a := after["night/a.txt"]; a.ID != before["night/a.txt"].ID || a.SHA256 == before["night/a.txt"].SHA256 || a.Size != 9 {
			t.Errorf("the changed file is %+v", a)
		}
		if touched := after["night/touched.txt"]; !touched.ModifiedAt.Equal(time.Unix(1e9, 0)) {
			t.Errorf("the touched file has the time %v", touched.ModifiedAt)
		}
		history := w.history(string(after["night/a.txt"].ID))
		if len(history) != 1 || !strings.Contains(history[0], before["night/a.txt"].SHA256) {
			t.Errorf("the history is %q, want the old hash in it", history)
		}
	})
}

func TestVanishedFilesAreMissingUntilTheyAreBack(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write("night/a.txt", "a")
		w.write("night/b.txt", "b")
		w.scan()
		id := w.files()["night/a.txt"].ID
		w.remove("night/a.txt")
		w.wantScan(archive.ScanReport{Collections: 1, Missing: 1, Unchanged: 1})
		w.wantScan(archive.ScanReport{Collections: 1, Unchanged: 1})
		if f := w.files()["night/a.txt"]; f.State != "missing" || f.MissingAt == nil || f.ID != id {
			t.Errorf("the vanished file is %+v", f)
		}
		if c := w.collections(setup)["night"]; c.Files != 1 || c.Bytes != 1 {
			t.Errorf("the collection counts %d files of %d bytes, want 1 of 1", c.Files, c.Bytes)
		}
		_, _, err := w.OpenFile(t.Context(), setup, id)
		wantKind(t, err, remit.Gone, "file_missing")
		w.write("night/a.txt", "a")
		w.wantScan(archive.ScanReport{Collections: 1, Returned: 1, Unchanged: 1})
		if f := w.files()["night/a.txt"]; f.State != "present" || f.MissingAt != nil || f.ID != id {
			t.Errorf("the returned file is %+v", f)
		}
	})
}

func TestScanNeedsTheLentRightInEveryTransaction(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.role("owner", false, "*")
		w.write("night/a.txt", "a")
		request := w.request()
		request.Who = w.person("ada", false, "owner")
		_, err := w.Scan(t.Context(), request)
		wantKind(t, err, remit.Denied, "") // reserved (R4), whatever role one has

		node := authz.Subject{Kind: authz.Node, ID: "node_1", Name: "n1", Site: true}
		asked := 0
		lent := func(facts authz.Facts, times int) func(*gate.Tx) (authz.Resource, error) {
			return func(*gate.Tx) (authz.Resource, error) {
				if asked++; asked > times {
					return authz.Resource{}, remit.Errorf(remit.Conflict, "The lease is lost").WithCode("lease_lost")
				}
				return authz.Resource{Project: string(w.project), Facts: facts}, nil
			}
		}
		_, err = w.Scan(t.Context(), archive.ScanRequest{Who: node, Lending: lent(0, 99)})
		if err == nil {
			t.Error("a node scans what is not lent to it")
		}
		asked = 0
		_, err = w.Scan(t.Context(), archive.ScanRequest{Who: node, Lending: lent(authz.IsLent, 3)})
		wantKind(t, err, remit.Conflict, "lease_lost")
		if n := len(w.files()); n != 0 {
			t.Errorf("%d files were written after the lease was lost", n)
		}
		asked = 0
		var log bytes.Buffer
		var done, total int64
		report, err := w.Scan(t.Context(), archive.ScanRequest{Who: node, Lending: lent(authz.IsLent, 99), Log: &log,
			Progress: func(d, t int64, _ string) { done, total = d, t }})
		w.must(err)
		if report.Added != 1 || done != 1 || total != 1 || !strings.Contains(log.String(), "night: 1 added") {
			t.Errorf("the scan reports %+v, progress %d of %d and the log %q", report, done, total, &log)
		}
		elsewhere := w.newProject("other", remit.VisibilityPrivate)
		request = w.request()
		request.Project = elsewhere
		_, err = w.Scan(t.Context(), request)
		wantKind(t, err, remit.NotFound, "") // lent in one project, scanned in another
	})
}

func TestLargeDirectoriesAreTakenInBatchByBatch(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for i := range 1203 {
			w.write("many/"+strings.Repeat("d/", i%5)+"f"+hex.EncodeToString([]byte{byte(i >> 8), byte(i)})+".txt", string(rune('a'+i%26)))
		}
		w.wantScan(archive.ScanReport{Collections: 1, Added: 1203})
		w.rename("many", "lots")
		w.wantScan(archive.ScanReport{Collections: 1, Unchanged: 1203})
		if c := w.collections(setup)["lots"]; c.Files != 1203 {
			t.Errorf("the collection counts %d files", c.Files)
		}
		var all int
		for after := ""; ; {
			page, err := w.Files(t.Context(), setup, archive.FileFilter{Collection: w.collections(setup)["lots"].ID, Limit: 500, After: after})
			w.must(err)
			all += len(page.Items)
			if after = page.Next; after == "" {
				break
			}
		}
		if all != 1203 {
			t.Errorf("the pages hold %d files in all", all)
		}
	})
}

// hook is a log that calls a function at its first line.
type hook struct{ first func() }

func (h *hook) Write(p []byte) (int, error) {
	if first := h.first; first != nil {
		h.first = nil
		first()
	}
	return len(p), nil
}

func TestTwoScansDoNotWorkOnOneRoot(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write("night/a.txt", "a")
		var second error
		request := w.request()
		request.Log = &hook{func() { _, second = w.Scan(t.Context(), w.request()) }}
		_, err := w.Scan(t.Context(), request)
		w.must(err)
		wantKind(t, second, remit.Conflict, "scan_running")
		w.wantScan(archive.ScanReport{Collections: 1, Unchanged: 1})
	})
}

func TestOneBadRootDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		other := realDir(t)
		w.must(os.MkdirAll(filepath.Join(other, "more"), 0o755))
		w.must(os.WriteFile(filepath.Join(other, "more/b.txt"), []byte("b"), 0o644))
		_, err := w.AddRoot(t.Context(), setup, "sky", other)
		w.must(err)
		report, err := w.Scan(t.Context(), w.request())
		wantKind(t, err, remit.Unavailable, "root_empty")
		if report.Added != 1 {
			t.Errorf("the other root's scan reports %+v", report)
		}
	})
}

func TestStoppedScanKeepsWhatItDid(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for i := range 150 {
			w.write(fmt.Sprintf("night/%03d.txt", i), "x")
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		request := w.request()
		request.Progress = func(done, _ int64, _ string) {
			if done >= 140 {
				stop()
			}
		}
		report, err := w.Scan(ctx, request)
		if !errors.Is(err, context.Canceled) || report.Added < 100 {
			t.Errorf("the stopped scan reports %+v, %v", report, err)
		}
		w.wantScan(archive.ScanReport{Collections: 1, Added: 150 - report.Added, Unchanged: report.Added})
	})
}
