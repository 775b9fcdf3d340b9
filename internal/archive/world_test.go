package archive_test

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/audit"
	"github.com/remit-server/remit/internal/blob"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
)

var setup = authz.Subject{Kind: authz.System, ID: "setup", Name: "setup"}

// world is an installation with one project, "sky", that has one data root.
type world struct {
	*testing.T
	*archive.Service
	gate     *gate.Gate
	people   *identity.Service
	projects *projects.Service
	previews *blob.Store
	root     string
	project  remit.ProjectID
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	g := gate.New(d, projects.PolicySource{}, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	blobs, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blobs.Close() })
	w := &world{T: t, gate: g, previews: blobs, root: realDir(t), Service: archive.New(g, archive.Options{Previews: blobs, RunsOn: func(db.Reader, string) (func(remit.ProjectID) []string, error) {
		return func(remit.ProjectID) []string { return []string{"ml"} }, nil
	}}),
		people:   identity.New(g, identity.Options{Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}}),
		projects: projects.New(g, projects.Options{Locate: archive.LocateOn})}
	w.project = w.newProject("sky", remit.VisibilityProject)
	_, err = w.AddRoot(t.Context(), setup, "sky", w.root)
	w.must(err)
	return w
}

// realDir is a fresh directory by its real path.
func realDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) newProject(slug, visibility string) remit.ProjectID {
	w.Helper()
	p, err := w.projects.Create(w.Context(), setup, projects.NewProject{Slug: slug, CollectionVisibility: visibility})
	w.must(err)
	return p.ID
}

func (w *world) role(name string, site bool, allow ...string) {
	w.Helper()
	w.must(w.projects.PutRole(w.Context(), setup, remit.Role{Name: name, Site: site, Allow: allow}))
}

// person makes an account that holds roles in "sky".
func (w *world) person(name string, superuser bool, roles ...string) authz.Subject {
	w.Helper()
	u, err := w.people.Create(w.Context(), setup, identity.NewUser{Name: name, Password: "correct horse", Superuser: superuser})
	w.must(err)
	if len(roles) > 0 {
		_, err = w.projects.AddMember(w.Context(), setup, "sky", projects.NewMember{User: name, Roles: roles})
		w.must(err)
	}
	return authz.Subject{Kind: authz.Person, ID: string(u.ID), Name: name}
}

// write makes a file below the root, with its directories.
func (w *world) write(path, text string) {
	w.Helper()
	full := filepath.Join(w.root, path)
	w.must(os.MkdirAll(filepath.Dir(full), 0o755))
	w.must(os.WriteFile(full, []byte(text), 0o644))
}

// bring copies a folder of the decoders' test data to a directory of the root.
func (w *world) bring(folder, to string) {
	w.Helper()
	w.must(os.CopyFS(filepath.Join(w.root, to), os.DirFS(filepath.Join("../metadata/testdata", folder))))
}

func (w *world) rename(from, to string) {
	w.Helper()
	w.must(os.MkdirAll(filepath.Dir(filepath.Join(w.root, to)), 0o755))
	w.must(os.Rename(filepath.Join(w.root, from), filepath.Join(w.root, to)))
}

func (w *world) remove(path string) {
	w.Helper()
	w.must(os.RemoveAll(filepath.Join(w.root, path)))
}

// request is a scan by the program itself, which needs no lease.
func (w *world) request() archive.ScanRequest {
	return archive.ScanRequest{Who: setup, Lending: func(*gate.Tx) (authz.Resource, error) {
		return authz.Resource{Project: string(w.project)}, nil
	}}
}

func (w *world) scan() archive.ScanReport {
	w.Helper()
	report, err := w.Scan(w.Context(), w.request())
	w.must(err)
	return report
}

// wantScan scans and compares the counts; the problems are returned.
func (w *world) wantScan(want archive.ScanReport) []string {
	w.Helper()
	got := w.scan()
	problems := got.Problems
	got.Problems = nil
	if diff := cmp.Diff(want, got); diff != "" {
		w.Fatalf("the scan reports (-want +got):\n%s\nproblems: %q", diff, problems)
	}
	return problems
}

func (w *world) wantProblem(problems []string, parts ...string) {
	w.Helper()
	if !slices.ContainsFunc(problems, func(p string) bool {
		return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(p, part) })
	}) {
		w.Errorf("no problem names %q: %q", parts, problems)
	}
}

func (w *world) collections(who authz.Subject) map[string]remit.Collection {
	w.Helper()
	page, err := w.Collections(w.Context(), who, archive.CollectionFilter{Project: "sky", Limit: remit.MaxLimit})
	w.must(err)
	byName := map[string]remit.Collection{}
	for _, c := range page.Items {
		byName[c.Name] = c
	}
	return byName
}

// files are those that setup sees, by "collection/path".
func (w *world) files() map[string]remit.File {
	w.Helper()
	names := map[remit.CollectionID]string{}
	for _, c := range w.collections(setup) {
		names[c.ID] = c.Name
	}
	page, err := w.Files(w.Context(), setup, archive.FileFilter{Project: "sky", Limit: remit.MaxLimit})
	w.must(err)
	byPath := map[string]remit.File{}
	for _, f := range page.Items {
		byPath[names[f.Collection]+"/"+f.Path] = f
	}
	return byPath
}

func (w *world) read(rc io.ReadCloser) string {
	w.Helper()
	defer rc.Close()
	b, err := io.ReadAll(rc)
	w.must(err)
	return string(b)
}

func wantKind(t *testing.T, err error, kind remit.Kind, code string) {
	t.Helper()
	if remit.KindOf(err) != kind || code != "" && remit.CodeOf(err) != code {
		t.Fatalf("got %v (%s, %s), want kind %s, code %q", err, remit.KindOf(err), remit.CodeOf(err), kind, code)
	}
}

// history is what the audit log says of a thing, in words.
func (w *world) history(thing string) []string {
	w.Helper()
	entries, err := gate.View(w.Context(), w.gate, setup, gate.Query[[]audit.Entry]{
		Name: "me.read",
		Read: func(r *gate.Reader) ([]audit.Entry, error) { return audit.History(r, thing) },
	})
	w.must(err)
	var details []string
	for _, e := range entries {
		details = append(details, e.Detail)
	}
	return details
}
