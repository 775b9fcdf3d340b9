package server_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

// plainOptions are those of a server without a demo; db "" is SQLite in dir.
func plainOptions(dir, db string) server.Options {
	return server.Options{Dir: dir, DB: db, Listen: "127.0.0.1:0", Version: "test", Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}}
}

// slowBody is a request's body that is read only up to a point until it is let go.
type slowBody struct {
	asked chan struct{} // closed when the server wants it
	let   chan struct{} // closed to let it go
	io.Reader
}

func (b *slowBody) Read(p []byte) (int, error) {
	select {
	case <-b.asked:
	default:
		close(b.asked)
	}
	<-b.let
	return b.Reader.Read(p)
}

// When the server stops, streams end at once and other requests are finished.
func TestAStoppingServerFinishesWhatItBegan(t *testing.T) {
	t.Parallel()
	s, err := server.New(t.Context(), plainOptions(t.TempDir(), ""))
	if err != nil {
		t.Fatal(err)
	}
	const password = "correct horse"
	if err := s.Init(t.Context(), "starter", "root", password); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() { stopped <- s.Run(ctx) }()
	w := &world{t: t, url: s.URL(), keys: map[string]string{"anonymous": ""}, words: map[string]string{"root": password}}
	cookie := w.login("root")
	events := openStream(t, w.url+"/api/v1/events", cookie)
	body := &slowBody{asked: make(chan struct{}), let: make(chan struct{}), Reader: strings.NewReader(`{"slug":"slow"}`)}
	answered := make(chan reply, 1)
	go func() { answered <- sendSlowly(t, w.url+"/api/v1/projects", cookie, body) }()
	<-body.asked
	stop()
	if _, err := io.Copy(io.Discard, events); err != nil {
		t.Errorf("the stream broke off: %v", err)
	}
	close(body.let)
	if r := <-answered; r.status != 201 {
		t.Errorf("a request that had begun answered %d %s", r.status, r.body)
	}
	if err := <-stopped; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

func openStream(t *testing.T, url string, cookie *http.Cookie) io.Reader {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(cookie)
	resp, err := bare.Do(req)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("the stream: %v %v", resp, err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp.Body
}

// sendSlowly sends a body that the server must ask for (RFC 9110, 100 Continue).
func sendSlowly(t *testing.T, url string, cookie *http.Cookie, body io.Reader) reply {
	req, err := http.NewRequestWithContext(t.Context(), "POST", url, body)
	if err != nil {
		return reply{body: []byte(err.Error())}
	}
	req.AddCookie(cookie)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Expect", "100-continue")
	c := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: patience}}
	resp, err := c.Do(req)
	if err != nil {
		return reply{body: []byte(err.Error())}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return reply{status: resp.StatusCode, body: append(text, errText(err)...)}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A data directory, and a SQLite file, belong to one server at a time.
func TestTwoServersNeverShareADirectoryOrASQLiteFile(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		dir := t.TempDir()
		first, err := server.New(t.Context(), plainOptions(dir, db))
		if err != nil {
			t.Fatal(err)
		}
		refusedAs := func(dir string) {
			t.Helper()
			second, err := server.New(t.Context(), plainOptions(dir, db))
			if err == nil {
				t.Fatal(errors.Join(errors.New("a second server was started"), second.Close()))
			}
			if remit.KindOf(err) != remit.Conflict || remit.CodeOf(err) != "in_use" {
				t.Errorf("the second server: %v", err)
			}
		}
		refusedAs(dir)
		elsewhere := filepath.Join(t.TempDir(), "elsewhere")
		if strings.HasPrefix(db, "sqlite") {
			refusedAs(elsewhere)
		} else {
			second, err := server.New(t.Context(), plainOptions(elsewhere, db))
			if err != nil {
				t.Fatalf("a server with a directory of its own: %v", err)
			}
			if err := second.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		third, err := server.New(t.Context(), plainOptions(dir, db))
		if err != nil {
			t.Fatalf("after the first one has ended: %v", err)
		}
		if err := third.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A lock is no good when the same file has another by another name.
func TestASQLiteFileIsLockedByWhateverNameItIsCalled(t *testing.T) {
	t.Parallel()
	dir, links := t.TempDir(), t.TempDir()
	file := filepath.Join(dir, "remit.db")
	first, err := server.New(t.Context(), plainOptions(dir, "sqlite://"+file))
	if err != nil {
		t.Fatal(err)
	}
	refused := func(as, code string) {
		t.Helper()
		second, err := server.New(t.Context(), plainOptions(t.TempDir(), "sqlite://"+as))
		if err == nil {
			t.Fatal(errors.Join(errors.New("a second server was started"), second.Close()))
		}
		if remit.KindOf(err) != remit.Conflict || remit.CodeOf(err) != code {
			t.Errorf("a server of %s: %v", as, err)
		}
	}
	link, hard, of := filepath.Join(links, "linked.db"), filepath.Join(links, "hard.db"), filepath.Join(links, "dir")
	if err := errors.Join(os.Symlink(file, link), os.Symlink(dir, of), os.Link(file, hard)); err != nil {
		t.Fatal(err)
	}
	refused(link, "in_use")
	refused(filepath.Join(of, "remit.db"), "in_use")
	refused(hard, "linked")
	if err := errors.Join(first.Close(), os.Remove(hard)); err != nil {
		t.Fatal(err)
	}
	second, err := server.New(t.Context(), plainOptions(t.TempDir(), "sqlite://"+link))
	if err != nil {
		t.Fatalf("a server of the only name that a link leads to: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

func TestAServerThatCannotLookDoesNotSayThatThereAreNoAccounts(t *testing.T) {
	t.Parallel()
	s, err := server.New(t.Context(), plainOptions(t.TempDir(), ""))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if has, err := s.HasUsers(t.Context()); has || err != nil {
		t.Errorf("a new installation has accounts: %t, %v", has, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.HasUsers(ctx); err == nil {
		t.Error("no error though nothing could be asked")
	}
	if err := s.Init(ctx, "starter", "root", "correct horse"); err == nil {
		t.Error("the installation was made though nothing could be asked")
	}
}

func TestAServerWithoutAnAddressRunsItsLoops(t *testing.T) {
	t.Parallel()
	opts := plainOptions(t.TempDir(), "")
	opts.Listen = ""
	s, err := server.New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if s.URL() != "" {
		t.Errorf("it is reached at %q", s.URL())
	}
	w := &world{t: t}
	w.background("server", s.Run)
	w.until("its own node is there", func() (bool, error) {
		page, err := s.Nodes.Nodes(t.Context(), server.Setup, 1, "")
		return len(page.Items) == 1, err
	})
}

func TestDataRootsLieWhereTheConfigurationSays(t *testing.T) {
	t.Parallel()
	inside, outside := t.TempDir(), t.TempDir()
	opts := plainOptions(t.TempDir(), "")
	opts.Roots = []string{inside}
	s, err := server.New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Projects.Create(t.Context(), server.Setup, projects.NewProject{Slug: "sky"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Archive.AddRoot(t.Context(), server.Setup, "sky", outside); remit.KindOf(err) != remit.Invalid || !strings.Contains(err.Error(), "may be in") {
		t.Errorf("a root elsewhere: %v", err)
	}
	if _, err := s.Archive.AddRoot(t.Context(), server.Setup, "sky", inside); err != nil {
		t.Errorf("a root where they may be: %v", err)
	}
}

// A fault is one line in the server's own log, with the request's id.
func TestAPanicIsLoggedOnce(t *testing.T) {
	t.Parallel()
	var text safeBuffer
	opts := plainOptions(t.TempDir(), "")
	opts.Log = slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelError}))
	s, err := server.New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	s.Archive = nil // any look at a file panics
	w := &world{t: t, url: s.URL(), keys: map[string]string{"anonymous": ""}}
	w.background("server", s.Run)
	p := refused(t, w.call("anonymous", "GET", "/api/v1/files/file_00000000000000000000000000", nil), 500, "internal")
	if n := strings.Count(text.String(), "level=ERROR"); n != 1 || p.RequestID == "" || !strings.Contains(text.String(), p.RequestID) {
		t.Errorf("%d lines, request %q:\n%s", n, p.RequestID, text.String())
	}
}
