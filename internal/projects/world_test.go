package projects_test

import (
	"bytes"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

var (
	setup    = authz.Subject{Kind: authz.System, ID: "setup", Name: "setup"}
	stranger = authz.Subject{Kind: authz.Anonymous}
)

// world is an installation with a few roles and a clock that is moved by hand.
type world struct {
	*testing.T
	*projects.Service
	gate     *gate.Gate
	accounts *identity.Service
	clock    *clock
	log      *log
	people   map[string]authz.Subject
}

// inWorlds runs fn in a fresh world on each engine.
func inWorlds(t *testing.T, fn func(w *world)) {
	t.Helper()
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) { fn(newWorld(t, d)) })
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{T: t, clock: &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}, log: &log{}, people: map[string]authz.Subject{}}
	w.gate = gate.New(d, projects.PolicySource{Log: slog.New(slog.NewTextHandler(w.log, nil))}, w.clock.Now, slog.New(slog.DiscardHandler))
	w.Service = projects.New(w.gate, projects.Options{})
	w.accounts = identity.New(w.gate, identity.Options{Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	w.accounts.OnDisable(projects.KeepManaged)
	for _, role := range []remit.Role{
		{Name: "owner", Allow: []string{"*"}},
		{Name: "reader", Title: "Reader", Allow: []string{"project:view", "member:read", "job:read"}},
		{Name: "worker", Allow: []string{"job:read", "job:create", "job:cancel@own"}},
		{Name: "signed_in", Site: true, Allow: []string{"user:read@own", "role:read", "project:create"}},
	} {
		w.must(w.PutRole(t.Context(), setup, role))
	}
	return w
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// log collects what the policy warns of.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// person is the signed-in account with this name, made when it is not there.
func (w *world) person(name string) authz.Subject {
	w.Helper()
	return w.account(identity.NewUser{Name: name})
}

func (w *world) superuser(name string) authz.Subject {
	w.Helper()
	return w.account(identity.NewUser{Name: name, Superuser: true})
}

func (w *world) account(n identity.NewUser) authz.Subject {
	w.Helper()
	if who, ok := w.people[n.Name]; ok {
		return who
	}
	n.Password = "correct horse"
	u, err := w.accounts.Create(w.Context(), setup, n)
	w.must(err)
	w.people[n.Name] = authz.Subject{Kind: authz.Person, ID: string(u.ID), Name: u.Name}
	return w.people[n.Name]
}

// project makes one without members, later than those before.
func (w *world) project(slug string) remit.Project {
	w.Helper()
	w.clock.Advance(time.Millisecond)
	p, err := w.Create(w.Context(), setup, projects.NewProject{Slug: slug, Description: "about " + slug})
	w.must(err)
	return p
}

// member gives a person, made when absent, roles in a project.
func (w *world) member(slug, name string, roles ...string) (authz.Subject, remit.Member) {
	w.Helper()
	return w.memberFor(slug, projects.NewMember{User: name, Roles: roles})
}

func (w *world) memberFor(slug string, n projects.NewMember) (authz.Subject, remit.Member) {
	w.Helper()
	w.clock.Advance(time.Millisecond)
	who := w.person(n.User)
	m, err := w.AddMember(w.Context(), setup, slug, n)
	w.must(err)
	return who, m
}

func (w *world) override(slug, role, permission, effect string) {
	w.Helper()
	w.must(w.SetOverride(w.Context(), setup, slug, remit.Override{Role: role, Permission: permission, Effect: effect}))
}

// verdict is what who may do in a project, asked by who.
func (w *world) verdict(who authz.Subject, permission, slug string) projects.Verdict {
	w.Helper()
	v, err := w.Check(w.Context(), who, projects.Question{Permission: permission, Project: slug})
	w.must(err)
	return v
}

func (w *world) wantAllowed(who authz.Subject, permission, slug string, want bool) {
	w.Helper()
	if v := w.verdict(who, permission, slug); v.Allowed != want {
		w.Errorf("%s %s in %q: allowed %t by %s, want %t", who.Name, permission, slug, v.Allowed, v.Rule, want)
	}
}

// wantKind also returns the error as it reads.
func wantKind(t *testing.T, err error, kind remit.Kind) *remit.Error {
	t.Helper()
	e, ok := err.(*remit.Error)
	if !ok || e.Kind != kind {
		t.Fatalf("got %T of kind %q (%v), want kind %q", err, remit.KindOf(err), err, kind)
	}
	return e
}

// wantSame fails when a person could tell the two errors apart.
func wantSame(t *testing.T, a, b error) {
	t.Helper()
	if diff := cmp.Diff(a, b, cmpopts.IgnoreFields(remit.Error{}, "Decision", "Err")); diff != "" {
		t.Errorf("the answers differ (-first +second):\n%s", diff)
	}
}

func wantEqual[T any](t *testing.T, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected (-want +got):\n%s", diff)
	}
}
