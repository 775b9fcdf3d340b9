// Package server puts the parts together: database, gate, services, surfaces,
// background loops and the server's own node.
//
// Its one invariant: nothing else builds a service, so what a test starts is
// what an installation runs.
//
//	s, err := server.New(ctx, server.Options{Dir: "/var/lib/remit", Listen: "127.0.0.1:8080"})
//	err = s.Run(ctx) // until ctx ends, then everything is stopped in order
package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/api"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/auditor"
	"github.com/remit-server/remit/internal/blob"
	"github.com/remit-server/remit/internal/builtin"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
	"github.com/remit-server/remit/internal/notify"
	"github.com/remit-server/remit/internal/policyfile"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/schedules"
	"github.com/remit-server/remit/internal/seal"
)

// Options say where a server keeps its things and how it is reached.
type Options struct {
	Dir       string // data directory: database (unless DB), blobs
	DB        string // "" = SQLite inside Dir; else postgres://…
	Listen    string // "127.0.0.1:8080"; port 0 picks one; "" = not reached at all
	Version   string
	LeaseTTL  time.Duration // 0 = 45 s
	Heartbeat time.Duration // 0 = 10 s
	PublicURL string        // "https://remit.example.org": how browsers reach it, through a proxy; "" = as requests come
	// SecretsKey are the keys of secret parameters themselves, SecretsKeyFile a
	// file of them; "" = the file secrets.key in Dir, made when it is not there.
	SecretsKey, SecretsKeyFile string
	Roots                      []string // directories that data roots must lie in; none = anywhere
	Log                        *slog.Logger
	NoAuth                     bool             // everybody is the superuser Local (R32); only on a loopback address
	OIDC                       OIDC             // an identity provider; without an Issuer there is none
	SMTP                       SMTP             // a mail server; without a Host there is none
	WebhookNetworks            []string         // inside, that webhooks may reach all the same: "10.0.0.0/8"
	Projects                   projects.Options // how long a deleted project can come back, and access requests wait; zero = the defaults; Locate is filled in
	// Password is what hashing a password costs; zero = the default.
	Password identity.Cost
	Now      func() time.Time // nil = the system's clock
}

// Server is a running, or not yet running, installation.
type Server struct {
	api.Services
	opts     Options
	db       *db.DB
	listener net.Listener
	locks    []func() error // give back what no other server may use at once
	alone    bool           // the database is a file, and locked
	own      authz.Subject  // the server's own node
	oidc     *provider      // nil = there is none
}

// Setup is the subject that makes an installation's first things.
var Setup = authz.Subject{Kind: authz.System, ID: "setup", Name: "setup"}

// New opens the database and takes the address; nothing is served before Run.
func New(ctx context.Context, opts Options) (*Server, error) {
	opts = withDefaults(opts)
	s := &Server{opts: opts}
	err := s.open(ctx)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func withDefaults(o Options) Options {
	o.LeaseTTL = cmp.Or(o.LeaseTTL, 45*time.Second)
	o.Heartbeat = cmp.Or(o.Heartbeat, 10*time.Second)
	o.DB = cmp.Or(o.DB, "sqlite://"+filepath.ToSlash(filepath.Join(o.Dir, "remit.db")))
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func (s *Server) open(ctx context.Context) error {
	if err := s.opts.checkAuth(); err != nil {
		return err
	}
	if err := os.MkdirAll(s.opts.Dir, 0o700); err != nil {
		return fmt.Errorf("making the data directory: %w", err)
	}
	if err := s.lock(); err != nil {
		return err
	}
	var err error
	if s.db, err = db.Open(ctx, s.opts.DB); err != nil {
		return err
	}
	ring, fresh, err := s.opts.ring()
	if err != nil {
		return err
	}
	if err := s.build(ring); err != nil {
		return err
	}
	if err := s.keepRing(ctx, ring, fresh); err != nil || s.opts.Listen == "" {
		return err
	}
	if s.listener, err = net.Listen("tcp", s.opts.Listen); err != nil {
		return remit.Errorf(remit.Unavailable, "listening on %s: %w", s.opts.Listen, err).WithHint("Is another server running there? Choose another with --listen.")
	}
	return s.checkListener()
}

// build makes the services, each from those to its left.
func (s *Server) build(ring *seal.Ring) error {
	blobs, err := blob.Open(filepath.Join(s.opts.Dir, "blobs"))
	if err != nil {
		return fmt.Errorf("opening the blobs: %w", err)
	}
	g := gate.New(s.db, projects.PolicySource{}, s.opts.Now, s.opts.Log)
	s.Gate, s.Log = g, s.opts.Log
	if s.alone {
		g.Alone()
	}
	if s.opts.NoAuth {
		g.OpenToAll()
	}
	s.oidc, s.SignIn = newProvider(s.opts)
	s.Identity = identity.New(g, identity.Options{Log: s.opts.Log, Password: s.opts.Password})
	s.Identity.OnDisable(projects.KeepManaged)
	s.Identity.OnDelete(jobs.HandOver, schedules.HandOver, archive.HandOver, notify.HandOver)
	s.Identity.OnGive(projects.Rights, jobs.Owned, schedules.Owned, archive.Owned)
	s.Identity.OnSync(projects.KeepSynced)
	s.opts.Projects.Locate = archive.LocateOn
	s.Projects = projects.New(g, s.opts.Projects)
	s.Policy = policyfile.New(g)
	s.Policy.OnCollection(s.Projects.KnownCollection)
	s.Archive = archive.New(g, archive.Options{Previews: blobs, Forbidden: []string{s.opts.Dir}, Under: s.opts.Roots, RunsOn: jobs.TypesOn,
		Uses: []archive.Uses{jobs.UsesSet, schedules.UsesSet}})
	s.Jobs = jobs.New(g, jobs.Options{Blobs: blobs, Seal: ring, Brought: builtin.Types(), LeaseTTL: s.opts.LeaseTTL, Heartbeat: s.opts.Heartbeat, Grace: s.opts.LeaseTTL})
	s.Schedules = schedules.New(g, s.Jobs)
	if s.Notify, err = s.newNotify(g, ring); err != nil {
		return err
	}
	s.Nodes = nodes.New(g, nodes.Options{Jobs: s.Jobs})
	s.Audit = auditor.New(g, auditor.Options{Dir: filepath.Join(s.opts.Dir, "audit")})
	return nil
}

// URL is the address that the server answers on, "" when it is not reached at all.
func (s *Server) URL() string {
	if s.listener == nil {
		return ""
	}
	return "http://" + s.listener.Addr().String()
}

// Close gives back what New took. Run does so itself.
func (s *Server) Close() error {
	var errs []error
	if s.listener != nil {
		if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
		s.db = nil
	}
	for _, unlock := range s.locks {
		errs = append(errs, unlock())
	}
	s.locks = nil
	return errors.Join(errs...)
}

// stopping is how long open requests may take to end.
const stopping = 5 * time.Second

// Run serves until ctx ends, then stops: first the listeners and the streams,
// then the other requests, the loops and the server's own node, last the
// database.
func (s *Server) Run(ctx context.Context) error {
	handler := s.handler()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	loops, err := s.startLoops(ctx, handler)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	if s.listener == nil {
		<-ctx.Done()
	} else {
		err = s.answer(ctx, handler)
		cancel(err)
	}
	loops.Wait()
	last, done := context.WithTimeout(context.WithoutCancel(ctx), stopping)
	defer done()
	return errors.Join(err, s.Identity.NoteUses(last), s.Close())
}

// answer serves on the listener until ctx ends. Requests that are open then
// have `stopping` to end; only streams end at once.
func (s *Server) answer(ctx context.Context, handler http.Handler) error {
	requests, cut := context.WithCancel(api.StreamsUntil(context.WithoutCancel(ctx), ctx))
	defer cut()
	web := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return requests },
		ErrorLog:    slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelDebug)}
	served := make(chan error, 1)
	go func() { served <- web.Serve(s.listener) }()
	select {
	case <-ctx.Done():
	case err := <-served:
		return errors.Join(err, web.Close())
	}
	last, done := context.WithTimeout(context.WithoutCancel(ctx), stopping)
	defer done()
	if web.Shutdown(last) != nil {
		return web.Close() // they had their time
	}
	return nil
}
