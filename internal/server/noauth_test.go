package server_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

func TestWithoutAuthenticationAServerIsOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for listen, good := range map[string]bool{
		"127.0.0.1:0": true, "[::1]:0": true, "localhost:0": true, "127.9.9.9:0": true,
		":0": false, "0.0.0.0:0": false, "[::]:0": false, "192.0.2.1:0": false, "example.org:0": false, "127.0.0.1.example.org:0": false,
	} {
		s, err := server.New(t.Context(), server.Options{Dir: t.TempDir(), Listen: listen, NoAuth: true})
		if err == nil {
			err = s.Close()
		} else if remit.CodeOf(err) != "auth_off" && good {
			t.Logf("%s: %v", listen, err) // no such address here
			continue
		}
		if (err == nil) != good {
			t.Errorf("%s: opened %t (%v), want %t", listen, err == nil, err, good)
		}
	}
	_, err := server.New(t.Context(), server.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0", PublicURL: "https://remit.example.org", NoAuth: true})
	if remit.CodeOf(err) != "auth_off" {
		t.Errorf("behind a proxy: %v", err)
	}
}

// R32: everybody is a superuser who is nobody, whatever they show.
func TestWithoutAuthenticationEverybodyMayDoEverything(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t), func(o *server.Options, _ map[string][]string) { o.NoAuth = true })
	for _, h := range []header{{}, {"Authorization", "Bearer " + w.keys["moths-basic_member"]}, {"Authorization", "Bearer remit_garbage"}, {"Cookie", "remit_session=garbage"}} {
		var hs []header
		if h.name != "" {
			hs = append(hs, h)
		}
		me := into[client.Me](t, w.send("GET", "/api/v1/me", nil, hs...), 200)
		if !me.AuthOff || me.User != nil || len(me.Permissions) < 5 {
			t.Errorf("%v: %+v", h, me)
		}
	}
	w.node()
	if _, err := w.as("anonymous").CreateProject(t.Context(), client.NewProject{Slug: "open"}); err != nil {
		t.Fatal(err)
	}
	job := w.scan("moths") // as root's key says, which is not looked at
	if job.Owner != "" {
		t.Errorf("the job belongs to %q", job.Owner)
	}
	if _, err := w.as("anonymous").CreateKey(t.Context(), client.NewKey{Title: "mine"}); remit.KindOf(err) != remit.Invalid {
		t.Errorf("a key of nobody: %v", err)
	}
	for _, path := range []string{"/", "/projects/moths", "/login", "/no-such-page"} {
		if page := w.send("GET", path, nil); page.status != 303 && !strings.Contains(string(page.body), "Authentication is off") {
			t.Errorf("%s has no banner: %d", path, page.status)
		}
	}
}

// A page elsewhere may call itself by a name that leads to this machine.
func TestWithoutAuthenticationTheServerAnswersToNamesOfThisMachineOnly(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t), func(o *server.Options, _ map[string][]string) { o.NoAuth = true })
	for host, good := range map[string]bool{"": true, "localhost": true, "LOCALHOST:1": true, "127.0.0.1:1": true, "[::1]:1": true,
		"evil.example": false, "evil.example:8080": false, "127.0.0.1.evil.example": false, "localhost.evil.example": false, "0.0.0.0": false, "192.0.2.1": false} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", w.url+"/api/v1/users", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if want := map[bool]int{true: 200, false: 403}[good]; resp.StatusCode != want {
			t.Errorf("Host %q: %d, want %d", host, resp.StatusCode, want)
		}
	}
}

// What was made without authentication belongs to nobody with it.
func TestWhatNobodyMadeIsNobodysOnceAuthenticationIsOn(t *testing.T) {
	t.Parallel()
	dir, db := t.TempDir(), testkit.SQLite(t)
	var made remit.Job
	t.Run("off", func(t *testing.T) {
		w := serve(t, db, func(o *server.Options, _ map[string][]string) { o.Dir, o.NoAuth = filepath.Join(dir, "server"), true })
		var err error
		made, err = w.as("anonymous").Submit(t.Context(), "moths", remit.JobSpec{Type: "report", Start: true})
		if err != nil {
			made, err = w.as("anonymous").Submit(t.Context(), "moths", remit.JobSpec{Type: "scan"})
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	t.Run("on", func(t *testing.T) {
		w := serve(t, db, func(o *server.Options, _ map[string][]string) { o.Dir = filepath.Join(dir, "server") })
		refused(t, w.send("GET", "/api/v1/users/root", nil), 404, "not_found")
		job, err := w.as("root").Job(t.Context(), string(made.ID))
		if err != nil || job.Owner != "" {
			t.Errorf("owner %q, %v; want nobody", job.Owner, err)
		}
	})
}
