package identity_test

import (
	"log/slog"
	"slices"
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
)

const password = "correct horse"

var setup = authz.Subject{Kind: authz.System, ID: "setup", Name: "setup"}

// ordinary is what every account may do, as the starter policy has it.
var ordinary = []string{"user:read@own", "user:password@own", "session:read@own", "session:delete@own", "key:read@own", "key:create@own", "key:delete@own"}

// world is an installation with a clock that is moved by hand.
type world struct {
	*testing.T
	*identity.Service
	db    *db.DB
	gate  *gate.Gate
	clock *clock
}

func newWorld(t *testing.T, d *db.DB, signedIn ...string) *world {
	t.Helper()
	c := &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	g := gate.New(d, projects.PolicySource{}, c.Now, slog.New(slog.DiscardHandler))
	w := &world{T: t, db: d, gate: g, clock: c, Service: identity.New(g, identity.Options{
		Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}, SessionTTL: time.Hour})}
	w.OnGive(projects.Rights)
	roles := projects.New(g, projects.Options{})
	w.must(roles.PutRole(t.Context(), setup, remit.Role{Name: "signed_in", Site: true, Allow: slices.Concat(ordinary, signedIn)}))
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

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// person makes an account and returns it as somebody who is signed in.
func (w *world) person(name string) authz.Subject {
	w.Helper()
	return w.account(identity.NewUser{Name: name, Password: password})
}

func (w *world) superuser(name string) authz.Subject {
	w.Helper()
	return w.account(identity.NewUser{Name: name, Password: password, Superuser: true})
}

func (w *world) account(n identity.NewUser) authz.Subject {
	w.Helper()
	u, err := w.Create(w.Context(), setup, n)
	w.must(err)
	return authz.Subject{Kind: authz.Person, ID: string(u.ID), Name: u.Name}
}

// key makes a key and returns it with who asks by it.
func (w *world) key(who authz.Subject, n identity.NewKey) (remit.APIKey, authz.Subject) {
	w.Helper()
	n.Title = "of a test"
	key, err := w.CreateKey(w.Context(), who, n)
	w.must(err)
	asker, err := w.AuthenticateKey(w.Context(), key.Secret)
	w.must(err)
	return key, asker
}

func (w *world) login(name string) (secret string) {
	w.Helper()
	secret, _, err := w.Login(w.Context(), name, password)
	w.must(err)
	return secret
}

func (w *world) disable(name string) {
	w.Helper()
	_, err := w.Update(w.Context(), setup, name, identity.UserPatch{Disabled: new(true)})
	w.must(err)
}

// wantKind also returns the error as it reads, for further looks.
func wantKind(t *testing.T, err error, kind remit.Kind) *remit.Error {
	t.Helper()
	if remit.KindOf(err) != kind {
		t.Fatalf("got %q (%v), want an error of kind %q", remit.KindOf(err), err, kind)
	}
	e, ok := err.(*remit.Error)
	if !ok {
		t.Fatalf("got %T, want a bare *remit.Error", err)
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
