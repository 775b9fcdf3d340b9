package gate_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/testkit"
)

var (
	errBoom = errors.New("boom")
	noon    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	setup   = authz.Subject{Kind: authz.System, ID: "setup", Name: "setup"}
	nobody  = authz.Subject{}
	n1      = authz.Subject{Kind: authz.Node, ID: "n1", Name: "n1", Site: true}
)

func person(id string) authz.Subject {
	return authz.Subject{Kind: authz.Person, ID: id, Name: id}
}

func key(id string, scopes ...string) authz.Subject {
	who := person(id)
	who.Key, who.Caps = "key-of-"+id, &authz.Caps{Scopes: scopes}
	return who
}

// rights are what stands in the database: one row of meta that holds a policy
// as JSON. Its first reader after a change reads it anew, as the gate promises.
type rights struct{ loads *atomic.Int64 }

func (s rights) LoadPolicy(r db.Reader) (src authz.Source, err error) {
	s.loads.Add(1)
	text, err := db.One(r, db.Value[string], `SELECT value FROM meta WHERE key = 'rights'`)
	if err != nil {
		return src, err
	}
	return src, json.Unmarshal([]byte(text), &src)
}

// LoadStates reads them as LoadPolicy does.
func (s rights) LoadStates(r db.Reader) (states map[remit.ProjectID]gate.State, err error) {
	texts, err := db.Rows(r, db.Value[string], `SELECT value FROM meta WHERE key = 'states'`)
	if err != nil || len(texts) == 0 {
		return nil, err
	}
	return states, json.Unmarshal([]byte(texts[0]), &states)
}

// RefreshPolicy takes only the parts from what LoadPolicy reads.
func (s rights) RefreshPolicy(r db.Reader, old authz.Source, _ *authz.Policy, parts []gate.Part) (authz.Source, error) {
	s.loads.Add(-1) // it is no reading of everything
	src, err := s.LoadPolicy(r)
	for _, part := range parts {
		switch id, one := part.Project(); {
		case one:
			at := func(p authz.Project) bool { return p.ID == id }
			old.Projects = slices.Clone(old.Projects)
			old.Projects[slices.IndexFunc(old.Projects, at)] = src.Projects[slices.IndexFunc(src.Projects, at)]
		case part == gate.Users:
			old.Users = src.Users
		}
	}
	return old, err
}

// world is a gate over a fresh database with the people below in it.
type world struct {
	*testing.T
	db    *db.DB
	gate  *gate.Gate
	loads atomic.Int64
}

// policy is one private project, p1, and one with something public, p2.
//
//	ada  owner, may everything       mel  reads jobs and members
//	dan  reads all jobs, cancels own  sol  reads and cancels own jobs only
//	vic  sees that p1 exists          eve  holds nothing
//	sue  superuser                    sam  sees all accounts
func policy() authz.Source {
	render := remit.RunPermissions(remit.JobType{Key: "render", On: []string{"none", "file"}})
	src := authz.Source{
		Catalog: authz.Catalog{Permissions: append(remit.Permissions(), render...), Operations: remit.Operations(),
			System: remit.SystemRoles(), Node: remit.NodeRights()},
		Roles: []authz.Role{
			{Name: "owner", Allow: []string{"*"}},
			{Name: "worker", Allow: []string{"job:read", "job:create", "job:cancel@own", "collection:read"}},
			{Name: "observer", Allow: []string{"job:read", "member:read"}},
			{Name: "hermit", Allow: []string{"job:read@own", "job:cancel@own"}},
			{Name: "viewer", Allow: []string{authz.ProjectView}},
		},
		SiteRoles: []authz.Role{{Name: "staff", Allow: []string{"user:read"}}, {Name: "signed_in", Allow: []string{"user:read@own", "user:update@own"}}},
		Projects:  []authz.Project{{ID: "p1"}, {ID: "p2", HasPublic: true}},
	}
	for user, role := range map[string]string{"ada": "owner", "dan": "worker", "mel": "observer", "sol": "hermit", "vic": "viewer", "eve": "", "sue": "", "sam": ""} {
		src.Users = append(src.Users, authz.User{ID: user, Name: user, Superuser: user == "sue"})
		if role != "" {
			src.Projects[0].Members = append(src.Projects[0].Members, authz.Member{User: user, Role: role})
		}
	}
	src.SiteMembers = []authz.Member{{User: "sam", Role: "staff"}}
	return src
}

func engines(t *testing.T, fn func(w *world)) {
	t.Helper()
	testkit.Engines(t, func(t *testing.T, d *db.DB) { fn(newWorld(t, d)) })
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{T: t, db: d}
	w.gate = w.over(d)
	store(t, d, policy())
	return w
}

// over is a gate as another program would open it.
func (w *world) over(d *db.DB) *gate.Gate {
	return gate.New(d, rights{&w.loads}, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
}

// store makes the tables that the tests write to and the first policy.
func store(tb testing.TB, d *db.DB, src authz.Source) {
	tb.Helper()
	text := encode(tb, src)
	err := d.Write(tb.Context(), db.Exclusive, func(tx *db.Tx) error {
		if _, err := tx.Exec(`CREATE TABLE notes (id TEXT PRIMARY KEY)`); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO meta (key, value) VALUES ('rights', $1)`, text)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
}

func encode(tb testing.TB, src authz.Source) string {
	tb.Helper()
	text, err := json.Marshal(src)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// p1 is a thing of owner's in the private project.
func p1(owner string) authz.Resource {
	return authz.Resource{Project: "p1", Owner: owner, Thing: "job-of-" + owner, Run: "render"}
}

func about(on authz.Resource) func(*gate.Tx) (authz.Resource, error) {
	return func(*gate.Tx) (authz.Resource, error) { return on, nil }
}

// note is an operation that writes a row.
func note(operation string, on authz.Resource, id string) gate.Op[string] {
	return gate.Op[string]{Name: operation, On: about(on), Apply: func(tx *gate.Tx) (string, error) {
		_, err := tx.Exec(`INSERT INTO notes (id) VALUES ($1)`, id)
		return id, err
	}}
}

// change is an operation that edits the policy.
func change(tb testing.TB, edit func(*authz.Source)) gate.Op[struct{}] {
	src := policy()
	edit(&src)
	text := encode(tb, src)
	return gate.Op[struct{}]{Name: "member.delete", On: about(authz.Resource{Project: "p1"}), Apply: func(tx *gate.Tx) (none struct{}, err error) {
		_, err = tx.Exec(`UPDATE meta SET value = $1 WHERE key = 'rights'`, text)
		return none, err
	}}
}

// without takes somebody out of p1.
func without(user string) func(*authz.Source) {
	return func(src *authz.Source) {
		members := src.Projects[0].Members
		src.Projects[0].Members = slices.DeleteFunc(members, func(m authz.Member) bool { return m.User == user })
	}
}

func do[R any](w *world, g *gate.Gate, who authz.Subject, op gate.Op[R]) (R, error) {
	return gate.Do(w.Context(), g, who, op)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func ask[T any](w *world, query func(db.Reader) (T, error)) T {
	w.Helper()
	var got T
	w.must(w.db.Read(w.Context(), func(r db.Reader) (err error) {
		got, err = query(r)
		return err
	}))
	return got
}

func (w *world) notes() []string {
	w.Helper()
	return ask(w, func(r db.Reader) ([]string, error) {
		return db.Rows(r, db.Value[string], `SELECT id FROM notes ORDER BY id`)
	})
}

func (w *world) version() string {
	w.Helper()
	return ask(w, func(r db.Reader) (string, error) {
		return db.One(r, db.Value[string], `SELECT value FROM meta WHERE key = 'policy_version'`)
	})
}

// entries is the audit log, oldest first.
func (w *world) entries() []gate.Entry {
	w.Helper()
	return ask(w, func(r db.Reader) ([]gate.Entry, error) {
		return db.Rows(r, func(s db.Scanner, e *gate.Entry) error {
			return s.Scan(db.Time(&e.At), &e.ActorKind, &e.ActorID, &e.Actor, &e.Key, &e.Operation, &e.Project, &e.Thing, &e.Allowed, &e.Rule, &e.Permission, &e.Detail, &e.Request)
		}, `SELECT at, actor_kind, actor_id, actor, key_id, operation, project_id, thing, allowed, rule, permission, detail, request FROM audit_entries ORDER BY id`)
	})
}
