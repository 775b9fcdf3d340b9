package builtin_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/blob"
	"github.com/remit-server/remit/internal/builtin"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/seal"
	"github.com/remit-server/remit/internal/testkit"
)

var (
	setup = authz.Subject{Kind: authz.System, ID: "setup", Name: "setup"}
	node  = authz.Subject{Kind: authz.Node, ID: "node_06g00000000000000000000000", Name: "server", Site: true}
)

// world has a project with a data root of one collection of two files, and ada,
// whose only right over data is to run a scan.
type world struct {
	*testing.T
	gate    *gate.Gate
	archive *archive.Service
	jobs    *jobs.Service
	run     *builtin.Functions
	people  *identity.Service
	rooms   *projects.Service
	clock   *clock
	blobs   string // their directory
	ada     authz.Subject
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	c, dir := &clock{}, t.TempDir()
	g := gate.New(d, projects.PolicySource{}, c.now, slog.New(slog.DiscardHandler))
	blobs, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blobs.Close() })
	w := &world{T: t, gate: g, clock: c, blobs: dir, archive: archive.New(g, archive.Options{Previews: blobs}), jobs: jobs.New(g, jobs.Options{Blobs: blobs, Seal: seal.New()})}
	w.run = builtin.New(builtin.Options{Archive: w.archive, Jobs: w.jobs, Node: node})
	w.people, w.rooms = identity.New(g, identity.Options{Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}}), projects.New(g, projects.Options{})
	for _, jobType := range builtin.Types() {
		w.must(w.jobs.DeclareType(t.Context(), setup, jobType))
		w.must(w.jobs.DeclareType(t.Context(), setup, jobType)) // every start does
	}
	_, err = w.rooms.Create(t.Context(), setup, projects.NewProject{Slug: "sky", CollectionVisibility: remit.VisibilityProject})
	w.must(err)
	w.role("scanner", "project:view job:read job:create job:run.scan")
	w.ada = w.person("ada", "sky", "scanner")
	root := t.TempDir()
	w.must(os.Mkdir(filepath.Join(root, "night"), 0o755))
	for _, name := range []string{"a.txt", "b.txt"} {
		w.must(os.WriteFile(filepath.Join(root, "night", name), []byte(name), 0o644))
	}
	_, err = w.archive.AddRoot(t.Context(), setup, "sky", root)
	w.must(err)
	return w
}

// clock goes on by a microsecond each time it is asked.
type clock struct{ after atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(c.after.Add(1)) * time.Microsecond)
}

func (c *clock) advance(d time.Duration) { c.after.Add(d.Microseconds()) }

func (w *world) role(name, allow string) {
	w.Helper()
	w.must(w.rooms.PutRole(w.Context(), setup, remit.Role{Name: name, Allow: strings.Fields(allow)}))
}

// person makes an account with a role in a project.
func (w *world) person(name, slug, role string) authz.Subject {
	w.Helper()
	u, err := w.people.Create(w.Context(), setup, identity.NewUser{Name: name, Password: "correct horse"})
	w.must(err)
	_, err = w.rooms.AddMember(w.Context(), setup, slug, projects.NewMember{User: name, Roles: []string{role}})
	w.must(err)
	return authz.Subject{Kind: authz.Person, ID: string(u.ID), Name: name}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// claim is a scan that ada asked for, in the hands of the node.
func (w *world) claim() remit.Assignment {
	w.Helper()
	return w.started(w.ada, "sky", remit.JobSpec{Type: "scan"})
}

// started is a built-in job that who asked for, in the hands of the node.
func (w *world) started(who authz.Subject, slug string, spec remit.JobSpec) remit.Assignment {
	w.Helper()
	spec.Start = true
	job, err := w.jobs.Submit(w.Context(), who, slug, spec)
	w.must(err)
	a := w.claimed()
	if a.Job != job.ID {
		w.Fatalf("the node claimed %+v, want the %s %s", a, spec.Type, job.ID)
	}
	return a
}

// claimed is what the node gets.
func (w *world) claimed() remit.Assignment {
	w.Helper()
	claimed, err := gate.Do(w.Context(), w.gate, node, gate.Op[jobs.Claimed]{
		Name: "job.claim",
		Apply: func(tx *gate.Tx) (jobs.Claimed, error) {
			return w.jobs.Claim(tx, []jobs.NodeInfo{{ID: remit.NodeID(node.ID), Name: node.Name, Site: true, Own: true}}, jobs.Want{Runners: []string{"builtin"}})
		},
	})
	w.must(err)
	if len(claimed.Assignments) != 1 {
		w.Fatalf("the node claimed nothing: %+v", claimed)
	}
	return claimed.Assignments[0]
}

func (w *world) files() int {
	w.Helper()
	page, err := w.archive.Files(w.Context(), setup, archive.FileFilter{})
	w.must(err)
	return len(page.Items)
}

func nothing(remit.Progress) error { return nil }

func TestScanJobTakesInTheDataRootsUnderItsLease(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var log bytes.Buffer
		var last remit.Progress
		result, err := w.run.Run(t.Context(), w.claim(), func(p remit.Progress) error { last = p; return nil }, &log)
		w.must(err)
		var report archive.ScanReport
		w.must(json.Unmarshal(result, &report))
		if report.Added != 2 || report.Collections != 1 || report.Problems == nil {
			t.Errorf("the result is %s", result)
		}
		if len(last.Stages) != 1 || last.Stages[0].Done != 2 || last.Stages[0].Total != 2 || last.Fraction != 0.95 {
			t.Errorf("the last progress is %+v", last)
		}
		if !strings.Contains(log.String(), "night: 2 added") {
			t.Errorf("the log is %q", &log)
		}
		if n := w.files(); n != 2 {
			t.Errorf("the archive has %d files, want 2", n)
		}
	})
}

func TestScanStopsWhenItsLeaseIsLost(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a := w.claim()
		_, err := w.jobs.Wrest(t.Context(), setup, a.Job)
		w.must(err)
		_, err = w.run.Run(t.Context(), a, nothing, io.Discard)
		if remit.CodeOf(err) != "lease_lost" {
			t.Errorf("scanning without the lease gives %v", err)
		}
		forged := a
		forged.Lease.Lease = "guessed"
		if _, err := w.run.Run(t.Context(), forged, nothing, io.Discard); remit.CodeOf(err) != "lease_lost" {
			t.Errorf("scanning with a forged lease gives %v", err)
		}
		if n := w.files(); n != 0 {
			t.Errorf("%d files were written without a lease", n)
		}
	})
}

func TestJobStopsWhenItsProgressIsRefused(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		refused := errors.New("no more")
		result, err := w.run.Run(t.Context(), w.claim(), func(remit.Progress) error { return refused }, io.Discard)
		if !errors.Is(err, refused) || !json.Valid(result) {
			t.Errorf("got %v and the result %q, want the reason and what was done", err, result)
		}
	})
}

func TestUnknownTypeIsInvalid(t *testing.T) {
	t.Parallel()
	_, err := builtin.New(builtin.Options{}).Run(t.Context(), remit.Assignment{Type: "mine"}, nothing, io.Discard)
	if remit.KindOf(err) != remit.Invalid {
		t.Errorf("got %v", err)
	}
}
