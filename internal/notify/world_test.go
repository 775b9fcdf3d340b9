package notify_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/blob"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
	"github.com/remit-server/remit/internal/notify"
	"github.com/remit-server/remit/internal/outward"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/seal"
	"github.com/remit-server/remit/internal/testkit"
)

var setup = authz.Subject{Kind: authz.System, ID: "setup", Name: "setup"}

// world is an installation with the project "moths" and the people ada and bob
// (run jobs), eve (sees the project and no job) and max (everything). It is noon.
type world struct {
	t *testing.T
	*notify.Service
	gate               *gate.Gate
	people             *identity.Service
	projects           *projects.Service
	jobs               *jobs.Service
	nodes              *nodes.Service
	clock              *clock
	ada, bob, eve, max authz.Subject
	node               authz.Subject
	post               *post
	hook               *hook
	ring               *seal.Ring
}

type clock struct{ micros atomic.Int64 }

func (c *clock) now() time.Time          { return time.UnixMicro(c.micros.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.micros.Add(d.Microseconds()) }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var types = []remit.JobType{
	{Key: "ml", Title: "Find insects", On: []string{"none"}, Runner: "process", Command: []string{"true"},
		Params: json.RawMessage(`{"type":"object","properties":{"token":{"type":"string","writeOnly":true},"site":{"type":"string"}}}`)},
	{Key: "tidy", Title: "Tidy up", On: []string{"none"}, Runner: "process", Command: []string{"true"}},
}

func engines(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d)) })
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{clock: &clock{}, post: &post{}, ring: seal.New()}
	w.t, _ = t.(*testing.T)
	w.clock.micros.Store(noon.UnixMicro())
	blobs, err := blob.Open(t.TempDir())
	must(t, err)
	t.Cleanup(func() { blobs.Close() })
	w.gate = gate.New(d, projects.PolicySource{}, w.clock.now, slog.New(slog.DiscardHandler))
	w.people = identity.New(w.gate, identity.Options{Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	w.people.OnDelete(jobs.HandOver, notify.HandOver)
	w.projects = projects.New(w.gate, projects.Options{})
	w.jobs = jobs.New(w.gate, jobs.Options{Blobs: blobs, Seal: w.ring})
	w.nodes = nodes.New(w.gate, nodes.Options{Jobs: w.jobs})
	web := outward.NewWeb(outward.WebOptions{Agent: "Remit/test", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	w.Service = notify.New(w.gate, notify.Options{Jobs: w.jobs, Seal: w.ring, Web: web, Mail: w.post.open(t), URL: "https://remit.example.org",
		Log: slog.New(slog.DiscardHandler)})
	w.hook = newHook(t)
	w.populate(t)
	return w
}

func (w *world) populate(t testing.TB) {
	for _, kind := range types {
		must(t, w.jobs.DeclareType(t.Context(), setup, kind))
	}
	for name, allow := range map[string]string{"worker": "project:view job:read job:create job:run.* job:cancel", "guest": "project:view", "manager": "*"} {
		must(t, w.projects.PutRole(t.Context(), setup, remit.Role{Name: name, Allow: strings.Fields(allow)}))
	}
	for _, slug := range []string{"moths", "birds"} {
		_, err := w.projects.Create(t.Context(), setup, projects.NewProject{Slug: slug})
		must(t, err)
	}
	w.ada, w.bob, w.eve, w.max = w.person(t, "ada", "worker"), w.person(t, "bob", "worker"), w.person(t, "eve", "guest"), w.person(t, "max", "manager")
	n, err := w.nodes.Register(t.Context(), setup, nodes.NewNode{Name: "n1"})
	must(t, err)
	w.node, err = w.nodes.Authenticate(t.Context(), n.Secret)
	must(t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v (%s)", err, remit.CodeOf(err))
	}
}

func (w *world) must(err error) { w.t.Helper(); must(w.t, err) }

// want checks the kind of an error, and what its message, field or code holds.
func (w *world) want(err error, kind remit.Kind, words string) {
	w.t.Helper()
	e, ok := err.(*remit.Error)
	if !ok || e.Kind != kind || !strings.Contains(e.Field+" "+e.Code+" "+e.Message, words) {
		w.t.Errorf("got error %v, want kind %v with %q", err, kind, words)
	}
}

func (w *world) person(t testing.TB, name, role string) authz.Subject {
	t.Helper()
	u, err := w.people.Create(t.Context(), setup, identity.NewUser{Name: name, Email: name + "@example.org", Password: "correct horse"})
	must(t, err)
	_, err = w.projects.AddMember(t.Context(), setup, "moths", projects.NewMember{User: name, Roles: []string{role}})
	must(t, err)
	return authz.Subject{Kind: authz.Person, ID: string(u.ID), Name: name}
}

func (w *world) entry(user, permission, effect string) {
	w.t.Helper()
	_, err := w.projects.AddEntry(w.t.Context(), setup, "moths", remit.Entry{User: user, Permission: permission, Effect: effect})
	w.must(err)
}

// ends makes a job of somebody's and brings it to its end.
func (w *world) ends(t testing.TB, who authz.Subject, spec remit.JobSpec, o jobs.Outcome) remit.Job {
	t.Helper()
	spec.Start = true
	job, err := w.jobs.Submit(t.Context(), who, "moths", spec)
	must(t, err)
	given, err := w.nodes.Claim(t.Context(), w.node, nodes.Want{Want: jobs.Want{Runners: []string{"process"}}})
	must(t, err)
	if len(given) != 1 {
		t.Fatalf("claimed %d jobs, want one", len(given))
	}
	must(t, w.jobs.Start(t.Context(), w.node, given[0].Lease))
	must(t, w.jobs.Finish(t.Context(), w.node, given[0].Lease, o))
	return job
}

func (w *world) fails(who authz.Subject, name, because string) remit.Job {
	w.t.Helper()
	return w.ends(w.t, who, remit.JobSpec{Type: "ml", Name: name}, jobs.Outcome{State: remit.JobFailed, Error: because})
}

// send says how many messages were taken.
func (w *world) send() int {
	w.t.Helper()
	n, err := w.Send(w.t.Context())
	w.must(err)
	return n
}

// hook is a receiver of webhooks.
type hook struct {
	url   string
	mu    sync.Mutex
	down  int // the status that it answers; 0 = 200
	got   []received
	tried int
}

type received struct {
	header http.Header
	body   string
	message
}

type message struct {
	ID, Event, Text string
	Job             map[string]any
}

func newHook(t testing.TB) *hook {
	h := &hook{}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	h.url = s.URL + "/hooks/token"
	return h
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tried++
	if h.down != 0 {
		w.WriteHeader(h.down)
		return
	}
	m := received{header: r.Header, body: string(body)}
	_ = json.Unmarshal(body, &m.message)
	h.got = append(h.got, m)
}

func (h *hook) answers(status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.down = status
}

// events are what was taken since they were asked for.
func (h *hook) events() (all []received) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all, h.got = h.got, nil
	return all
}
