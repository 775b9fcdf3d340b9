package policyfile_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/policyfile"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

var (
	setup = authz.Subject{Kind: authz.System, ID: "setup", Name: "setup"}
	noon  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// world is an installation with a few people, two projects and a root.
type world struct {
	*testing.T
	*policyfile.Service
	db       *db.DB
	gate     *gate.Gate
	projects *projects.Service
	accounts *identity.Service
	now      time.Time
	people   map[string]authz.Subject
}

// inWorlds runs fn in a fresh world on each engine.
func inWorlds(t *testing.T, fn func(w *world)) {
	t.Helper()
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := emptyWorld(t, d)
		for _, role := range []remit.Role{
			{Name: "owner", Title: "Owner", Allow: []string{"*"}},
			{Name: "reader", Title: "Reader", Allow: []string{"project:view", "member:read", "job:read"}},
			{Name: "signed_in", Site: true, Allow: []string{"user:read@own", "role:read"}},
			{Name: "anonymous", Site: true, Allow: []string{}},
		} {
			w.must(w.projects.PutRole(t.Context(), setup, role))
		}
		for _, name := range []string{"root", "ada", "bob", "cy", "dan"} {
			w.person(name)
		}
		for _, slug := range []string{"moths", "sky"} {
			_, err := w.projects.Create(t.Context(), setup, projects.NewProject{Slug: slug})
			w.must(err)
			w.member(slug, "ada", "owner")
		}
		fn(w)
	})
}

func emptyWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{T: t, db: d, now: noon, people: map[string]authz.Subject{}}
	w.gate = gate.New(d, projects.PolicySource{Log: slog.New(slog.DiscardHandler)}, func() time.Time { return w.now }, slog.New(slog.DiscardHandler))
	w.projects = projects.New(w.gate, projects.Options{})
	w.accounts = identity.New(w.gate, identity.Options{Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	w.Service = policyfile.New(w.gate)
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// person is the account with this name; root is a superuser.
func (w *world) person(name string) authz.Subject {
	w.Helper()
	if who, made := w.people[name]; made {
		return who
	}
	u, err := w.accounts.Create(w.Context(), setup, identity.NewUser{Name: name, Password: "correct horse", Superuser: name == "root"})
	w.must(err)
	w.people[name] = authz.Subject{Kind: authz.Person, ID: string(u.ID), Name: name}
	return w.people[name]
}

func (w *world) member(slug, name string, roles ...string) {
	w.Helper()
	_, err := w.projects.AddMember(w.Context(), setup, slug, projects.NewMember{User: name, Roles: roles})
	w.must(err)
}

func (w *world) allowed(name, permission, slug string) bool {
	w.Helper()
	v, err := w.projects.Check(w.Context(), w.person(name), projects.Question{Permission: permission, Project: slug})
	if remit.KindOf(err) == remit.NotFound {
		return false
	}
	w.must(err)
	return v.Allowed
}

func file(text string) []policyfile.File { return []policyfile.File{{Name: "p.yaml", Text: text}} }

func (w *world) plan(text string) policyfile.Plan {
	w.Helper()
	p, err := w.Plan(w.Context(), w.person("root"), policyfile.Request{Files: file(text)})
	w.must(err)
	return p
}

func (w *world) apply(text string) policyfile.Plan {
	w.Helper()
	p, err := w.Apply(w.Context(), w.person("root"), policyfile.Request{Files: file(text)})
	w.must(err)
	return p
}

func (w *world) export() string {
	w.Helper()
	text, _, err := w.Export(w.Context(), w.person("root"))
	w.must(err)
	return text
}

// policy is the compiled policy as the next request sees it.
func (w *world) policy() *authz.Policy {
	w.Helper()
	p, err := gate.View(w.Context(), w.gate, setup, gate.Query[*authz.Policy]{Name: "me.read", Read: func(r *gate.Reader) (*authz.Policy, error) { return r.Policy(), nil }})
	w.must(err)
	return p
}

func wantEqual[T any](t *testing.T, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected (-want +got):\n%s", diff)
	}
}

func wantError(t *testing.T, err error, kind remit.Kind, says string) {
	t.Helper()
	if remit.KindOf(err) != kind || !strings.Contains(err.Error(), says) {
		t.Errorf("got %q: %v\nwant %q with %q", remit.KindOf(err), err, kind, says)
	}
}
