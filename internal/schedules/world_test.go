package schedules_test

import (
	"encoding/json"
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
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/schedules"
	"github.com/remit-server/remit/internal/testkit"
)

var setup = authz.Subject{Kind: authz.System, ID: "setup", Name: "setup"}

// world is an installation with the project "moths", a file in it, and the
// people ada and bob (may have schedules and run everything), eve (sees) and
// max (everything). It is noon.
type world struct {
	t *testing.T
	*schedules.Service
	gate               *gate.Gate
	people             *identity.Service
	projects           *projects.Service
	files              *archive.Service
	jobs               *jobs.Service
	nodes              *nodes.Service
	clock              *clock
	root               string
	ada, bob, eve, max authz.Subject
	night              remit.CollectionID
	one                remit.FileID
}

type clock struct{ micros atomic.Int64 }

func (c *clock) now() time.Time          { return time.UnixMicro(c.micros.Load()).UTC() }
func (c *clock) set(t time.Time)         { c.micros.Store(t.UnixMicro()) }
func (c *clock) advance(d time.Duration) { c.micros.Add(d.Microseconds()) }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	sees  = "project:view collection:read file:read job:read schedule:read"
	plans = sees + " job:create job:priority job:run.* job:cancel@own schedule:create schedule:update@own schedule:delete@own"
)

var types = []remit.JobType{
	{Key: "ml", Title: "Find insects", On: []string{"file", "collection"}, Runner: "process", Command: []string{"true"}, Args: true,
		Params: json.RawMessage(`{"type":"object","properties":{"threshold":{"type":"number"}},"additionalProperties":false}`)},
	{Key: "tidy", Title: "Tidy up", On: []string{"none"}, Runner: "process", Command: []string{"true"}},
	{Key: "fetch", Title: "Fetch", On: []string{"none"}, Runner: "process", Command: []string{"true"},
		Params: json.RawMessage(`{"type":"object","properties":{"token":{"type":"string","writeOnly":true}}}`)},
}

func engines(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d)) })
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{}, root: filepath.Join(t.TempDir(), "data")}
	w.clock.set(noon)
	w.open(d)
	for _, kind := range types {
		w.must(w.jobs.DeclareType(t.Context(), setup, kind))
	}
	for name, allow := range map[string]string{"planner": plans, "reader": sees, "manager": "*"} {
		w.must(w.projects.PutRole(t.Context(), setup, remit.Role{Name: name, Allow: strings.Fields(allow)}))
	}
	_, err := w.projects.Create(t.Context(), setup, projects.NewProject{Slug: "moths", CollectionVisibility: remit.VisibilityProject})
	w.must(err)
	w.ada, w.bob, w.eve, w.max = w.person("ada", "planner"), w.person("bob", "planner"), w.person("eve", "reader"), w.person("max", "manager")
	w.furnish()
	return w
}

// open builds the services over a database, as each process does.
func (w *world) open(d *db.DB) {
	w.t.Helper()
	blobs, err := blob.Open(w.t.TempDir())
	w.must(err)
	w.t.Cleanup(func() { blobs.Close() })
	w.gate = gate.New(d, projects.PolicySource{}, w.clock.now, slog.New(slog.DiscardHandler))
	w.people = identity.New(w.gate, identity.Options{Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	w.people.OnDelete(jobs.HandOver, schedules.HandOver, archive.HandOver)
	w.people.OnGive(projects.Rights, jobs.Owned, schedules.Owned, archive.Owned)
	w.projects = projects.New(w.gate, projects.Options{})
	w.files = archive.New(w.gate, archive.Options{Previews: blobs})
	w.jobs = jobs.New(w.gate, jobs.Options{Blobs: blobs})
	w.nodes = nodes.New(w.gate, nodes.Options{Jobs: w.jobs})
	w.Service = schedules.New(w.gate, w.jobs)
}

func (w *world) furnish() {
	w.t.Helper()
	w.must(os.MkdirAll(filepath.Join(w.root, "night"), 0o755))
	w.must(os.WriteFile(filepath.Join(w.root, "night/one.txt"), []byte("one"), 0o644))
	w.must(os.WriteFile(filepath.Join(w.root, "night/two.txt"), []byte("two"), 0o644))
	_, err := w.files.AddRoot(w.t.Context(), setup, "moths", w.root)
	w.must(err)
	w.scan()
	page, err := w.files.Files(w.t.Context(), setup, archive.FileFilter{Project: "moths"})
	w.must(err)
	for _, f := range page.Items {
		if w.night = f.Collection; f.Path == "one.txt" {
			w.one = f.ID
		}
	}
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

// want checks the kind of an error, and what its message or field holds.
func (w *world) want(err error, kind remit.Kind, words string) {
	w.t.Helper()
	e, ok := err.(*remit.Error)
	if !ok || e.Kind != kind || !strings.Contains(e.Field+" "+e.Code+" "+e.Message, words) {
		w.t.Errorf("got error %v, want kind %v with %q", err, kind, words)
	}
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

func (w *world) leave(name string) {
	w.t.Helper()
	page, err := w.projects.Members(w.t.Context(), setup, "moths", 0, "")
	w.must(err)
	for _, m := range page.Items {
		if m.User == name {
			w.must(w.projects.RemoveMember(w.t.Context(), setup, "moths", m.ID))
		}
	}
}

func (w *world) entry(user, permission, effect string) remit.EntryID {
	w.t.Helper()
	e, err := w.projects.AddEntry(w.t.Context(), setup, "moths", remit.Entry{User: user, Permission: permission, Effect: effect})
	w.must(err)
	return e.ID
}

func (w *world) disable(name string, disabled bool) {
	w.t.Helper()
	_, err := w.people.Update(w.t.Context(), setup, name, identity.UserPatch{Disabled: &disabled})
	w.must(err)
}

// hourly tidies up at each full hour.
func hourly(change ...func(*schedules.Plan)) schedules.Plan {
	p := schedules.Plan{Cron: "0 * * * *", Job: remit.JobSpec{Type: "tidy"}}
	for _, c := range change {
		c(&p)
	}
	return p
}

func (w *world) plan(who authz.Subject, change ...func(*schedules.Plan)) remit.Schedule {
	w.t.Helper()
	s, err := w.Create(w.t.Context(), who, "moths", hourly(change...))
	w.must(err)
	return s
}

// fire says how many jobs were made.
func (w *world) fire() int {
	w.t.Helper()
	n, err := w.Fire(w.t.Context())
	w.must(err)
	return n
}

// fireAt fires at a time of the day, like 13:00.
func (w *world) fireAt(text string) int {
	w.t.Helper()
	w.setTime(text)
	return w.fire()
}

func (w *world) setTime(text string) {
	w.t.Helper()
	at, err := time.Parse("15:04", text)
	w.must(err)
	w.clock.set(time.Date(2026, 3, 1, at.Hour(), at.Minute(), 1, 0, time.UTC))
}

func (w *world) show(id remit.ScheduleID) remit.Schedule {
	w.t.Helper()
	s, err := w.Schedule(w.t.Context(), w.max, id)
	w.must(err)
	return s
}

// told is what came of a schedule's times, oldest first.
func (w *world) told(id remit.ScheduleID) []string {
	w.t.Helper()
	page, err := w.Firings(w.t.Context(), w.max, id, remit.MaxLimit, "")
	w.must(err)
	var all []string
	for _, f := range page.Items {
		line := f.DueAt.Format("15:04 ") + string(f.Outcome)
		if f.Reason != "" {
			line += ": " + f.Reason
		}
		if (f.Job != "") != (f.Outcome == remit.FiringStarted) {
			line += " WITH JOB " + string(f.Job)
		}
		all = append([]string{line}, all...)
	}
	return all
}

// all are the jobs, oldest first.
func (w *world) all() []remit.Job {
	w.t.Helper()
	page, err := w.jobs.Jobs(w.t.Context(), w.max, jobs.Filter{Project: "moths", Limit: remit.MaxLimit})
	w.must(err)
	var all []remit.Job
	for _, j := range page.Items {
		all = append([]remit.Job{j}, all...)
	}
	return all
}

func (w *world) cancel(id remit.JobID) {
	w.t.Helper()
	_, err := w.jobs.Cancel(w.t.Context(), w.max, id)
	w.must(err)
}

func (w *world) node(name string) authz.Subject {
	w.t.Helper()
	n, err := w.nodes.Register(w.t.Context(), setup, nodes.NewNode{Name: name})
	w.must(err)
	who, err := w.nodes.Authenticate(w.t.Context(), n.Secret)
	w.must(err)
	return who
}

// start has a node begin to work on the next job.
func (w *world) start(node authz.Subject) {
	w.t.Helper()
	given, err := w.nodes.Claim(w.t.Context(), node, nodes.Want{Want: jobs.Want{Runners: []string{"process"}}})
	w.must(err)
	if len(given) != 1 {
		w.t.Fatalf("node %s was given %d jobs, want one", node.Name, len(given))
	}
	w.must(w.jobs.Start(w.t.Context(), node, given[0].Lease))
}
