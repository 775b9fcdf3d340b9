package auditor_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/auditor"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

var (
	setup  = authz.Subject{Kind: authz.System, ID: "setup", Name: "setup"}
	nobody = authz.Subject{}
	node   = authz.Subject{Kind: authz.Node, ID: "node_1", Name: "node-1", Site: true}
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// world has two projects, each with an owner and a reader, and a superuser:
//
//	moths  ada owns, ron reads     stars  eve owns, ron reads
//
// The clock goes on by a second with every change.
type world struct {
	*testing.T
	*auditor.Service
	db       *db.DB
	dir      string
	gate     *gate.Gate
	projects *projects.Service
	accounts *identity.Service
	people   map[string]authz.Subject
	now      atomic.Int64
}

func inWorlds(t *testing.T, fn func(w *world)) {
	t.Helper()
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) { fn(newWorld(t, d)) })
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{T: t, db: d, dir: filepath.Join(t.TempDir(), "audit"), people: map[string]authz.Subject{}}
	w.now.Store(noon.UnixMicro())
	w.gate = gate.New(d, projects.PolicySource{}, func() time.Time { return time.UnixMicro(w.now.Load()).UTC() }, slog.New(slog.DiscardHandler))
	w.Service = auditor.New(w.gate, auditor.Options{Dir: w.dir})
	w.projects = projects.New(w.gate, projects.Options{})
	w.accounts = identity.New(w.gate, identity.Options{Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	w.role("owner", false, "*")
	w.role("reader", false, "project:view", "job:read")
	w.role("signed_in", true, "user:read@own")
	for _, name := range []string{"ada", "eve", "ron", "sue", "tom"} {
		w.tick()
		u, err := w.accounts.Create(t.Context(), setup, identity.NewUser{Name: name, Password: "correct horse", Superuser: name == "sue"})
		w.must(err)
		w.people[name] = authz.Subject{Kind: authz.Person, ID: string(u.ID), Name: name}
	}
	for slug, owner := range map[string]string{"moths": "ada", "stars": "eve"} {
		w.tick()
		_, err := w.projects.Create(t.Context(), setup, projects.NewProject{Slug: slug})
		w.must(err)
		w.member(slug, owner, "owner")
		w.member(slug, "ron", "reader")
	}
	return w
}

func (w *world) tick() { w.now.Add(time.Second.Microseconds()) }

func (w *world) role(name string, site bool, allow ...string) {
	w.Helper()
	w.tick()
	w.must(w.projects.PutRole(w.Context(), setup, remit.Role{Name: name, Site: site, Allow: allow}))
}

func (w *world) member(slug, name, role string) {
	w.Helper()
	w.tick()
	_, err := w.projects.AddMember(w.Context(), setup, slug, projects.NewMember{User: name, Roles: []string{role}})
	w.must(err)
}

// refuse has ron try what he may not do in a project.
func (w *world) refuse(slug string) {
	w.Helper()
	w.tick()
	_, err := w.projects.AddMember(w.Context(), w.people["ron"], slug, projects.NewMember{User: "tom", Roles: []string{"reader"}})
	wantKind(w.T, err, remit.Denied)
}

// is asks as one of the people.
func (w *world) is(name string) auditor.Asker {
	return func(context.Context) (authz.Subject, error) { return w.people[name], nil }
}

// keyed is somebody with an API key.
func (w *world) keyed(name string, caps authz.Caps) authz.Subject {
	who := w.people[name]
	who.Key, who.Caps = "key-of-"+name, &caps
	return who
}

// list is everything that who may read under a filter, page by page.
func (w *world) list(who authz.Subject, f auditor.Filter) (all []remit.AuditEntry) {
	w.Helper()
	f.Limit = 3
	for {
		page, err := w.List(w.Context(), who, f)
		w.must(err)
		all = append(all, page.Items...)
		if f.After = page.Next; f.After == "" {
			return all
		}
	}
}

// verify is what who-may-all sees.
func (w *world) verify(head string) (found []remit.AuditFinding, verdict remit.AuditVerdict) {
	w.Helper()
	verdict, err := w.Verify(w.Context(), w.is("sue"), head, func(more []remit.AuditFinding) error { found = append(found, more...); return nil })
	w.must(err)
	return found, verdict
}

// seal seals everything, a minute later.
func (w *world) seal() {
	w.Helper()
	w.now.Add(time.Minute.Microseconds())
	_, err := w.Seal(w.Context())
	w.must(err)
}

// sql changes the database behind the gate's back.
func (w *world) sql(query string, args ...any) {
	w.Helper()
	w.must(w.db.Write(w.Context(), db.Shared, func(tx *db.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	}))
}

func (w *world) files() []string {
	w.Helper()
	names, err := filepath.Glob(filepath.Join(w.dir, "*"))
	w.must(err)
	for i := range names {
		names[i] = filepath.Base(names[i])
	}
	return names
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func wantKind(t *testing.T, err error, kind remit.Kind) {
	t.Helper()
	if remit.KindOf(err) != kind {
		t.Errorf("got %q (%v), want an error of kind %q", remit.KindOf(err), err, kind)
	}
}

func wantEqual[T any](t *testing.T, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
