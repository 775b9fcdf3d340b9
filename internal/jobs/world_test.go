package jobs_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/blob"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/seal"
	"github.com/remit-server/remit/internal/testkit"
)

var setup = authz.Subject{Kind: authz.System, ID: "setup", Name: "setup"}

// world is an installation with the project "moths", a collection of two
// files in it, the job types of types, and the people ada (may run ml on one
// file), bob (ml on collections as well) and max (everything).
type world struct {
	t *testing.T
	*jobs.Service
	gate          *gate.Gate
	people        *identity.Service
	projects      *projects.Service
	files         *archive.Service
	nodes         *nodes.Service
	clock         *clock
	root          string
	ada, bob, max authz.Subject
	others        map[string]authz.Subject
	night         remit.CollectionID
	first         remit.FileID
}

type clock struct{ micros atomic.Int64 }

func (c *clock) now() time.Time          { return time.UnixMicro(c.micros.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.micros.Add(d.Microseconds()) }

const (
	leaseTTL      = 45 * time.Second
	cancelTimeout = time.Minute
)

var keys = seal.New()

var thresholds = json.RawMessage(`{"type":"object","properties":{"threshold":{"type":"number","exclusiveMinimum":0}},"additionalProperties":false}`)

var types = []remit.JobType{
	{Key: "ml", Title: "Find insects", On: []string{"file", "collection"}, Params: thresholds, Runner: "process",
		Command: []string{"{remit}", "sample", "detect", "{inputs}"}, Args: true, MaxAttempts: 3, BackoffS: 10},
	{Key: "once", Title: "Runs once", On: []string{"none"}, Runner: "process", Command: []string{"true"}},
	{Key: "note", Title: "Write labels", On: []string{"none", "collection"}, Runner: "builtin",
		Lends: []remit.Lend{{Permission: "collection:update"}, {Permission: "collection:ingest", Of: "type"}}},
}

const basic = "project:view collection:read file:read file:download job:read job:create job:run.ml.single job:cancel@own member:read"

func engines(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d, jobs.Options{})) })
}

func newWorld(t *testing.T, d *db.DB, opts jobs.Options) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{}, others: map[string]authz.Subject{}, root: filepath.Join(t.TempDir(), "data")}
	w.clock.micros.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixMicro())
	w.gate = gate.New(d, projects.PolicySource{}, w.clock.now, slog.New(slog.DiscardHandler))
	w.people = identity.New(w.gate, identity.Options{Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	w.projects = projects.New(w.gate, projects.Options{})
	w.files = archive.New(w.gate, archive.Options{Previews: w.blobs()})
	opts.Blobs, opts.Seal, opts.LeaseTTL, opts.CancelTimeout = w.blobs(), keys, leaseTTL, cancelTimeout
	w.Service = jobs.New(w.gate, opts)
	w.nodes = nodes.New(w.gate, nodes.Options{Jobs: w.Service})
	w.populate()
	return w
}

func (w *world) blobs() *blob.Store {
	w.t.Helper()
	store, err := blob.Open(w.t.TempDir())
	w.must(err)
	w.t.Cleanup(func() { store.Close() })
	return store
}

func (w *world) populate() {
	w.t.Helper()
	for _, t := range types {
		w.must(w.DeclareType(w.t.Context(), setup, t))
	}
	w.role("basic", basic)
	w.role("batch", basic+" job:run.ml")
	w.role("manager", "*")
	w.newProject("moths")
	w.ada, w.bob, w.max = w.person("ada", "basic"), w.person("bob", "batch"), w.person("max", "manager")
	w.write("night/one.txt", "one")
	w.write("night/two.txt", "two")
	_, err := w.files.AddRoot(w.t.Context(), setup, "moths", w.root)
	w.must(err)
	w.scan()
	page, err := w.files.Files(w.t.Context(), setup, archive.FileFilter{Project: "moths"})
	w.must(err)
	first := slices.IndexFunc(page.Items, func(f remit.File) bool { return f.Path == "one.txt" })
	w.night, w.first = page.Items[first].Collection, page.Items[first].ID
}

func (w *world) scan() {
	w.t.Helper()
	_, err := w.files.Scan(w.t.Context(), archive.ScanRequest{Who: setup, Lending: func(tx *gate.Tx) (authz.Resource, error) {
		p, err := projects.Locate(tx, "moths")
		return p.Resource(), err
	}})
	w.must(err)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v (%s)", err, remit.CodeOf(err))
	}
}

// want checks the code of an error; "" wants none.
func (w *world) want(err error, code string) {
	w.t.Helper()
	if remit.CodeOf(err) != code {
		w.t.Fatalf("got error %v with code %q, want code %q", err, remit.CodeOf(err), code)
	}
}

func (w *world) role(name, allow string) {
	w.t.Helper()
	w.must(w.projects.PutRole(w.t.Context(), setup, remit.Role{Name: name, Allow: strings.Fields(allow)}))
}

func (w *world) newProject(slug string) {
	w.t.Helper()
	_, err := w.projects.Create(w.t.Context(), setup, projects.NewProject{Slug: slug, CollectionVisibility: remit.VisibilityProject})
	w.must(err)
}

func (w *world) person(name string, roles ...string) authz.Subject {
	w.t.Helper()
	u, err := w.people.Create(w.t.Context(), setup, identity.NewUser{Name: name, Password: "correct horse"})
	w.must(err)
	if len(roles) > 0 {
		_, err = w.projects.AddMember(w.t.Context(), setup, "moths", projects.NewMember{User: name, Roles: roles})
		w.must(err)
	}
	return authz.Subject{Kind: authz.Person, ID: string(u.ID), Name: name}
}

// leave ends somebody's membership in "moths".
func (w *world) leave(name string) { w.t.Helper(); w.leaveIn("moths", name) }

func (w *world) leaveIn(slug, name string) {
	w.t.Helper()
	page, err := w.projects.Members(w.t.Context(), setup, slug, 0, "")
	w.must(err)
	for _, m := range page.Items {
		if m.User == name {
			w.must(w.projects.RemoveMember(w.t.Context(), setup, slug, m.ID))
		}
	}
}

func (w *world) join(name string, roles ...string) {
	w.t.Helper()
	_, err := w.projects.AddMember(w.t.Context(), setup, "moths", projects.NewMember{User: name, Roles: roles})
	w.must(err)
}

func (w *world) write(path, text string) {
	w.t.Helper()
	full := filepath.Join(w.root, path)
	w.must(os.MkdirAll(filepath.Dir(full), 0o755))
	w.must(os.WriteFile(full, []byte(text), 0o644))
}

func (w *world) node(name string) authz.Subject {
	w.t.Helper()
	n, err := w.nodes.Register(w.t.Context(), setup, nodes.NewNode{Name: name})
	w.must(err)
	who, err := w.nodes.Authenticate(w.t.Context(), n.Secret)
	w.must(err)
	return who
}

// own is the server's own node, which runs the built-in types.
func (w *world) own() authz.Subject {
	w.t.Helper()
	n, err := w.nodes.Own(w.t.Context(), setup, "server")
	w.must(err)
	who, err := w.nodes.Authenticate(w.t.Context(), n.Secret)
	w.must(err)
	return who
}

var everything = nodes.Want{Want: jobs.Want{Runners: []string{"process", "builtin"}}}

// claim takes one job, or fails when there is none.
func (w *world) claim(node authz.Subject) remit.Assignment {
	w.t.Helper()
	given, err := w.nodes.Claim(w.t.Context(), node, everything)
	w.must(err)
	if len(given) != 1 {
		w.t.Fatalf("node %s was given %d jobs, want one", node.Name, len(given))
	}
	return given[0]
}

func (w *world) claimNothing(node authz.Subject) {
	w.t.Helper()
	given, err := w.nodes.Claim(w.t.Context(), node, everything)
	w.must(err)
	if len(given) != 0 {
		w.t.Fatalf("node %s was given %v, want nothing", node.Name, given)
	}
}

// started is a claimed job that its node has begun to work on.
func (w *world) started(node authz.Subject) remit.Assignment {
	w.t.Helper()
	as := w.claim(node)
	w.must(w.Start(w.t.Context(), node, as.Lease))
	return as
}

func (w *world) finish(node authz.Subject, l remit.Lease, state remit.JobState) {
	w.t.Helper()
	w.must(w.Finish(w.t.Context(), node, l, jobs.Outcome{State: state}))
}

func (w *world) onFile() remit.JobSpec {
	return remit.JobSpec{Type: "ml", On: remit.On{File: w.first}, Start: true}
}

func (w *world) submit(who authz.Subject, spec remit.JobSpec) remit.Job {
	w.t.Helper()
	job, err := w.Submit(w.t.Context(), who, "moths", spec)
	w.must(err)
	return job
}

func (w *world) sweep() {
	w.t.Helper()
	_, err := w.Sweep(w.t.Context())
	w.must(err)
}

// wantState returns the job, having compared its state.
func (w *world) wantState(id remit.JobID, state remit.JobState) remit.Job {
	w.t.Helper()
	job, err := w.Job(w.t.Context(), w.max, id)
	w.must(err)
	if job.State != state {
		w.t.Fatalf("job %s is %s (held %q, error %q), want %s", id, job.State, job.Held, job.Error, state)
	}
	return job
}

func (w *world) all() []remit.Job {
	w.t.Helper()
	page, err := w.Jobs(w.t.Context(), w.max, jobs.Filter{Project: "moths", Limit: remit.MaxLimit})
	w.must(err)
	return page.Items
}

// attempts are the states of a job's attempts, in order.
func (w *world) attempts(id remit.JobID) string {
	w.t.Helper()
	all, err := w.Attempts(w.t.Context(), w.max, id)
	w.must(err)
	states := make([]string, len(all))
	for i, a := range all {
		states[i] = a.State
	}
	return strings.Join(states, " ")
}

func (w *world) log(id remit.JobID, attempt int) string {
	w.t.Helper()
	part, err := w.Log(w.t.Context(), w.max, id, attempt, 0, 0)
	w.must(err)
	return string(part.Data)
}

func (w *world) read(rc io.ReadCloser) string {
	w.t.Helper()
	defer rc.Close()
	b, err := io.ReadAll(rc)
	w.must(err)
	return string(b)
}

// hide takes a file away, and tells the archive.
func (w *world) hide(path string) {
	w.t.Helper()
	w.must(os.Remove(filepath.Join(w.root, path)))
	w.scan()
}
