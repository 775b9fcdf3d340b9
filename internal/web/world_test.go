package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
	"github.com/remit-server/remit/internal/server"
)

// hostileName is a file that would like to be part of the page.
const hostileName = `<img src=x onerror=alert(1)>.png`

// world is a served demo with one collection of two pictures, and a node that
// the test plays itself.
type world struct {
	*testing.T
	*server.Server
	dir       string // of the server
	passwords map[string]string
	root      authz.Subject // the superuser
	night     remit.CollectionID
	files     []remit.File
	node      authz.Subject
}

func serve(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	s, err := server.New(t.Context(), server.Options{Dir: filepath.Join(dir, "server"), Listen: "127.0.0.1:0", Version: "test",
		Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, Server: s, dir: filepath.Join(dir, "server"), passwords: map[string]string{}}
	demo, err := s.BuildDemo(t.Context(), server.Demo{}, map[string][]string{"moths": {pictures(t, filepath.Join(dir, "data"))}})
	if err != nil {
		t.Fatal(errors.Join(err, s.Close()))
	}
	for _, a := range demo.Accounts {
		w.passwords[a.Name] = a.Password
	}
	w.run()
	w.root = w.subject("root")
	w.scan()
	return w
}

// pictures makes a data root with one collection.
func pictures(t *testing.T, root string) string {
	t.Helper()
	night := filepath.Join(root, "night")
	if err := os.MkdirAll(night, 0o755); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"trap.png", hostileName} {
		f, err := os.Create(filepath.Join(night, name))
		if err == nil {
			err = errors.Join(png.Encode(f, image.NewGray(image.Rect(0, 0, 40+i, 30))), f.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func (w *world) run() {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Server.Run(ctx) }()
	w.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			w.Errorf("the server ended with %v", err)
		}
	})
}

func (w *world) subject(name string) authz.Subject {
	w.Helper()
	secret, _, err := w.Identity.Login(w.Context(), name, w.passwords[name])
	w.must(err)
	who, err := w.Identity.AuthenticateSession(w.Context(), secret)
	w.must(err)
	return who
}

// scan finds the pictures, through the server's own node.
func (w *world) scan() {
	w.Helper()
	events, stop := w.Gate.Subscribe("job")
	defer stop()
	job, err := w.Jobs.Submit(w.Context(), w.root, "moths", remit.JobSpec{Type: "scan", Start: true})
	for err == nil && !job.State.Finished() {
		select {
		case <-events:
		case <-time.After(30 * time.Second):
			w.Fatalf("the scan is still %s", job.State)
		}
		job, err = w.Jobs.Job(w.Context(), w.root, job.ID)
	}
	w.must(err)
	page, err := w.Archive.Files(w.Context(), w.root, archive.FileFilter{Project: "moths"})
	w.must(err)
	if len(page.Items) != 2 {
		w.Fatalf("the scan found %d files: %s", len(page.Items), job.Result)
	}
	w.files, w.night = page.Items, page.Items[0].Collection
}

// submit makes a started job on a file as somebody.
func (w *world) submit(name string, file remit.FileID, args ...string) remit.Job {
	w.Helper()
	job, err := w.Jobs.Submit(w.Context(), w.subject(name), "moths", remit.JobSpec{Type: "ml", On: remit.On{File: file}, Args: args, Start: true})
	w.must(err)
	return job
}

// claim takes the next process job as a node, and begins it.
func (w *world) claim() remit.Lease {
	w.Helper()
	if w.node.ID == "" {
		node, err := w.Nodes.Register(w.Context(), w.root, nodes.NewNode{Name: "hand"})
		w.must(err)
		w.node, err = w.Nodes.Authenticate(w.Context(), node.Secret)
		w.must(err)
	}
	got, err := w.Nodes.Claim(w.Context(), w.node, nodes.Want{Want: jobs.Want{Runners: []string{"process"}}})
	w.must(err)
	if len(got) != 1 {
		w.Fatalf("claimed %d jobs, want 1", len(got))
	}
	w.must(w.Jobs.Start(w.Context(), w.node, got[0].Lease))
	return got[0].Lease
}

func (w *world) log(l remit.Lease, offset int64, text string) {
	w.Helper()
	w.must(w.Jobs.AppendLog(w.Context(), w.node, l, jobs.LogChunk{Stream: "stdout", Offset: offset, Data: []byte(text)}))
}

func (w *world) finish(l remit.Lease, state remit.JobState) {
	w.Helper()
	w.must(w.Jobs.Finish(w.Context(), w.node, l, jobs.Outcome{State: state, ExitCode: new(0)}))
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// browser is somebody who looks at pages; it follows no redirect.
type browser struct {
	*world
	http.Client
}

// visitor is a browser that nobody has signed in with.
func (w *world) visitor() *browser {
	jar, err := cookiejar.New(nil)
	w.must(err)
	return &browser{w, http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (w *world) as(name string) *browser {
	w.Helper()
	b := w.visitor()
	if got := b.post("/login", "name", name, "password", w.passwords[name]); got.StatusCode != http.StatusSeeOther {
		w.Fatalf("signing %s in answers %s", name, got.Status)
	}
	return b
}

type answer struct {
	*http.Response
	body string
}

func (b *browser) get(path string, header ...string) answer {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, b.URL()+path, nil)
	b.must(err)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return b.do(r)
}

// part is what htmx would get.
func (b *browser) part(path string) answer {
	b.Helper()
	return b.get(path, "HX-Request", "true")
}

func (b *browser) post(path string, fields ...string) answer {
	b.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.URL()+path, strings.NewReader(form.Encode()))
	b.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

func (b *browser) do(r *http.Request) answer {
	b.Helper()
	resp, err := b.Do(r)
	b.must(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	b.must(err)
	return answer{resp, string(body)}
}

// page is a page that must be there.
func (b *browser) page(path string) string {
	b.Helper()
	got := b.get(path)
	if got.StatusCode != http.StatusOK {
		b.Fatalf("%s answers %s: %s", path, got.Status, got.body)
	}
	return got.body
}

// api asks the JSON surface with the same cookie.
func (b *browser) api(path string, into any) {
	b.Helper()
	if err := json.Unmarshal([]byte(b.page("/api/v1"+path)), into); err != nil {
		b.Fatalf("%s: %v", path, err)
	}
}
