package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/agent"
	"github.com/remit-server/remit/internal/cli"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/sample"
	"github.com/remit-server/remit/internal/server"
)

// Nodes run {remit} as the program that they are in: here that is this test.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "sample" {
		os.Exit(cli.Main(os.Args[1:], cli.System()))
	}
	debug.SetGCPercent(400) // servers are many here, and small
	code := m.Run()
	os.RemoveAll(sampleDir)
	os.Exit(code)
}

var sampleDir string // "" until a test needs it

// sampleData are the demo's data roots, made once: tests only read them.
var sampleData = sync.OnceValues(func() (map[string][]string, error) {
	var err error
	if sampleDir, err = os.MkdirTemp("", "remit-server-test-"); err != nil {
		return nil, err
	}
	return map[string][]string{"moths": {filepath.Join(sampleDir, "moths")}, "observatory": {filepath.Join(sampleDir, "observatory")}}, sample.Tree(sampleDir)
})

// patience bounds every wait for something that goes on in the background.
const patience = 60 * time.Second

// world is a demo that is served over HTTP.
type world struct {
	t      *testing.T
	server *server.Server
	url    string
	dir    string
	keys   map[string]string // API keys by account; "anonymous" has none
	words  map[string]string // passwords by account
}

// serve starts the demo on a database, with the sample data or other roots.
func serve(t *testing.T, db string, change ...func(*server.Options, map[string][]string)) *world {
	t.Helper()
	made, err := sampleData()
	if err != nil {
		t.Fatalf("making sample data: %v", err)
	}
	roots := map[string][]string{}
	for slug, paths := range made {
		roots[slug] = paths
	}
	w := &world{t: t, dir: t.TempDir(), keys: map[string]string{"anonymous": ""}, words: map[string]string{}}
	opts := server.Options{Dir: filepath.Join(w.dir, "server"), DB: db, Listen: "127.0.0.1:0", Version: "test",
		LeaseTTL: 20 * time.Second, Heartbeat: time.Second, Log: testLog(t), Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}}
	for _, c := range change {
		c(&opts, roots)
	}
	w.server, err = server.New(t.Context(), opts)
	if err != nil {
		t.Fatalf("opening the server: %v", err)
	}
	demo, err := w.server.BuildDemo(t.Context(), server.Demo{}, roots)
	if err != nil {
		t.Fatalf("building the demo: %v", errors.Join(err, w.server.Close()))
	}
	for _, a := range demo.Accounts {
		w.keys[a.Name], w.words[a.Name] = a.Key, a.Password
	}
	w.url = w.server.URL()
	w.background("server", w.server.Run)
	return w
}

// background runs fn until the test ends, and waits for it then.
func (w *world) background(name string, fn func(context.Context) error) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- fn(ctx) }()
	w.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			w.t.Errorf("%s: %v", name, err)
		}
	})
}

// testLog shows what the server complains of when a test fails.
func testLog(t *testing.T) *slog.Logger {
	var text safeBuffer
	t.Cleanup(func() {
		if t.Failed() && text.String() != "" {
			t.Logf("the server's log:\n%s", text.String())
		}
	})
	return slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// node starts a node with the process executor.
func (w *world) node() {
	w.t.Helper()
	made, err := w.as("root").Register(w.t.Context(), client.NewNode{Name: "worker", Slots: 2})
	if err != nil {
		w.t.Fatalf("registering a node: %v", err)
	}
	c, err := client.New(w.url, made.Secret)
	if err != nil {
		w.t.Fatal(err)
	}
	a := agent.New(agent.Options{Client: c, Want: client.Want{Slots: 2}, Dir: filepath.Join(w.dir, "node"),
		Executors: map[string]agent.Executor{"process": &agent.Process{Grace: time.Second}}})
	w.background("node", a.Run)
}

// as is a client of an account.
func (w *world) as(name string) *client.Client {
	w.t.Helper()
	key, ok := w.keys[name]
	if !ok {
		w.t.Fatalf("no account is called %q", name)
	}
	c, err := client.New(w.url, key)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// account makes somebody who is a member of nothing.
func (w *world) account(name string) {
	w.t.Helper()
	w.words[name] = "correct horse"
	if _, err := w.as("root").CreateUser(w.t.Context(), client.NewUser{Name: name, Password: w.words[name]}); err != nil {
		w.t.Fatalf("making %s: %v", name, err)
	}
	w.keys[name] = w.key(name, client.NewKey{Title: "test"}).Secret
}

// key makes an API key of an account.
func (w *world) key(name string, k client.NewKey) remit.APIKey {
	w.t.Helper()
	made, err := client.KeyFromPassword(w.t.Context(), w.url, client.Login{Name: name, Password: w.words[name]}, k)
	if err != nil {
		w.t.Fatalf("making a key of %s: %v", name, err)
	}
	return made
}

// scan runs the job that finds a project's files.
func (w *world) scan(slug string) remit.Job {
	w.t.Helper()
	job, err := w.as("root").Submit(w.t.Context(), slug, remit.JobSpec{Type: "scan", Start: true})
	if err != nil {
		w.t.Fatalf("scanning %s: %v", slug, err)
	}
	if job = w.finished(job.ID); job.State != remit.JobSucceeded {
		w.t.Fatalf("the scan of %s %s: %s", slug, job.State, job.Error)
	}
	return job
}

// finished waits until a job has ended.
func (w *world) finished(id remit.JobID) remit.Job {
	w.t.Helper()
	var job remit.Job
	w.until(fmt.Sprintf("job %s ends", id), func() (bool, error) {
		var err error
		job, err = w.as("root").Job(w.t.Context(), string(id))
		return job.State.Finished(), err
	})
	return job
}

// until asks again and again, with patience, until ask says yes.
func (w *world) until(what string, ask func() (bool, error)) {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		yes, err := ask()
		if err != nil {
			w.t.Fatalf("waiting until %s: %v", what, err)
		}
		if yes {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.t.Fatalf("waited %s and more until %s", patience, what)
}

// files lists a project's files by collection and path, as root.
func (w *world) files(slug string) map[string]remit.File {
	w.t.Helper()
	page, err := w.as("root").Files(w.t.Context(), client.Query{"project": slug, "limit": "500"})
	if err != nil {
		w.t.Fatalf("listing the files of %s: %v", slug, err)
	}
	names := map[remit.CollectionID]string{}
	for name, c := range w.collections(slug) {
		names[c.ID] = name
	}
	files := map[string]remit.File{}
	for _, f := range page.Items {
		files[names[f.Collection]+"/"+f.Path] = f
	}
	return files
}

// collections lists a project's collections by name, as root.
func (w *world) collections(slug string) map[string]remit.Collection {
	w.t.Helper()
	page, err := w.as("root").Collections(w.t.Context(), slug, client.Query{"limit": "500"})
	if err != nil {
		w.t.Fatalf("listing the collections of %s: %v", slug, err)
	}
	all := map[string]remit.Collection{}
	for _, c := range page.Items {
		all[c.Name] = c
	}
	return all
}
