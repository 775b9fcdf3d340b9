package server_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

// everySecret hands out one of each kind, uses it well and badly, and returns
// them by what they are.
func (w *world) everySecret() map[string]string {
	w.t.Helper()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	w.account("vera")
	ctx, root := w.t.Context(), w.as("root")
	secrets := map[string]string{"password": w.words["vera"], "new password": "violet umbrella ode", "wrong password": "never-right-at-all"}
	secrets["key"] = w.keys["vera"]
	secrets["session"] = w.login("vera").Value
	secrets["ended session"] = w.login("vera").Value
	w.send("DELETE", "/api/v1/session", nil, header{"Cookie", "remit_session=" + secrets["ended session"]})
	rotated := w.key("vera", client.NewKey{Title: "rotates"})
	secrets["key before"] = rotated.Secret
	k, err := w.as("vera").RotateKey(ctx, rotated.ID, client.Rotation{GraceSeconds: 60})
	must(err)
	secrets["key after"] = k.Secret
	for _, name := range []string{"used", "unused"} {
		i, err := root.Invite(ctx, client.NewInvitation{Name: name})
		must(err)
		secrets[name+" invitation"] = i.Secret
	}
	used, err := root.Accept(ctx, client.Acceptance{Token: secrets["used invitation"], Password: "harbour lantern fig"})
	must(err)
	secrets["accepted password"], secrets["session of it"] = "harbour lantern fig", used.Token
	node, err := root.Register(ctx, client.NewNode{Name: "bench"})
	must(err)
	secrets["node"] = node.Secret
	must(w.as("vera").SetPassword(ctx, "vera", client.PasswordChange{Old: secrets["password"], New: secrets["new password"]}))
	w.abuse(secrets)
	return secrets
}

// abuse shows secrets where they do not belong.
func (w *world) abuse(secrets map[string]string) {
	w.t.Helper()
	wrong := secrets["wrong password"]
	w.call("anonymous", "POST", "/api/v1/session", client.Login{Name: "vera", Password: wrong})
	w.call("vera", "PUT", "/api/v1/users/vera/password", client.PasswordChange{Old: wrong, New: secrets["password"]})
	w.call("vera", "PUT", "/api/v1/users/vera/password", map[string]any{"old": wrong, "new": secrets["password"], "unknown": true})
	w.call("vera", "PUT", "/api/v1/users/root/password", client.PasswordChange{New: secrets["password"]})
	for _, name := range []string{"key", "key before", "session", "node", "used invitation"} {
		s := secrets[name]
		for _, h := range []header{{"Authorization", "Bearer " + s}, {"Authorization", "Bearer " + s + "x"}, {"Authorization", s}, {"Cookie", "remit_session=" + s}} {
			w.send("GET", "/api/v1/me", nil, h)
			w.send("POST", "/api/v1/projects", client.NewProject{Slug: "sky"}, h)
			w.send("DELETE", "/api/v1/users/root", nil, h)
		}
		w.call("anonymous", "POST", "/api/v1/invitations/accept", client.Acceptance{Token: s, Password: secrets["password"]})
	}
}

// everyText is all that is stored, row by row.
func everyText(t *testing.T, url string) string {
	t.Helper()
	var all strings.Builder
	err := testkit.Open(t, url).Read(t.Context(), func(r db.Reader) error {
		tables := `SELECT name FROM sqlite_master WHERE type = 'table'`
		if strings.HasPrefix(url, "postgres") {
			tables = `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`
		}
		names, err := db.Rows(r, db.Value[string], tables)
		for _, name := range names {
			if err == nil {
				err = writeTable(r, name, &all)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func writeTable(r db.Reader, name string, to *strings.Builder) error {
	rows, err := r.Query(`SELECT * FROM ` + name)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	for err == nil && rows.Next() {
		cells := make([]sql.RawBytes, len(columns))
		into := make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err = rows.Scan(into...); err == nil {
			fmt.Fprintf(to, "%s %s\n", name, bytes.Join(rawText(cells), []byte("|")))
		}
	}
	if err != nil {
		return err
	}
	return rows.Err()
}

func rawText(cells []sql.RawBytes) [][]byte {
	texts := make([][]byte, len(cells))
	for i, c := range cells {
		texts[i] = c
	}
	return texts
}

// Whoever copies the database, or reads the log, gets nothing to sign in with.
func TestNoSecretIsStoredOrLogged(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		var log safeBuffer
		w := serve(t, url, func(o *server.Options, _ map[string][]string) {
			o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		secrets := w.everySecret()
		stored := everyText(t, url)
		if !strings.Contains(stored, "vera") || !strings.Contains(log.String(), "/api/v1/me") {
			t.Fatal("the test looks in the wrong place")
		}
		places := map[string]string{"the database": stored, "the log": log.String()}
		if file, isFile, err := db.File(url); err == nil && isFile {
			for _, name := range []string{file, file + "-wal"} { // what was deleted may still be in the file
				text, _ := os.ReadFile(name)
				places[name] = string(text)
			}
		}
		for what, secret := range secrets {
			for place, text := range places {
				if strings.Contains(text, secret) || strings.Contains(text, secret[:len(secret)-9]) && len(secret) > 40 {
					t.Errorf("%s shows the %s", place, what)
				}
			}
		}
	})
}

func TestSessionsAreListedAndEndedOverHTTP(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	here, there := w.login("moths-researcher"), w.login("moths-researcher")
	type list struct {
		Items []remit.Session `json:"items"`
	}
	seen := into[list](t, w.send("GET", "/api/v1/sessions", nil, cookieHeader(here), header{"User-Agent", "test"}), 200)
	if len(seen.Items) != 2 || seen.Items[0].Address != "127.0.0.1" || seen.Items[0].Agent == "" || seen.Items[0].Current == seen.Items[1].Current {
		t.Errorf("seen %+v", seen.Items)
	}
	ended := into[client.Ended](t, w.send("DELETE", "/api/v1/sessions", nil, cookieHeader(here)), 200)
	if ended.Ended != 1 {
		t.Errorf("%d ended, want 1", ended.Ended)
	}
	refused(t, w.send("GET", "/api/v1/me", nil, cookieHeader(there)), 401, "invalid_key")
	into[client.Me](t, w.send("GET", "/api/v1/me", nil, cookieHeader(here)), 200)
}

func TestADeletedAccountLeavesItsJobsToTheHeir(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		w := serve(t, url)
		var jobs []remit.Job
		for _, name := range []string{"moths-researcher", "root"} { // both have a live one of one name
			job, err := w.as(name).Submit(t.Context(), "moths", remit.JobSpec{Type: "scan", Name: "nightly"})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			jobs = append(jobs, job)
		}
		if _, err := w.as("root").DeleteUser(t.Context(), "moths-researcher", "root"); err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"", "nightly"} {
			job, err := w.as("root").Job(t.Context(), string(jobs[i].ID))
			if err != nil || job.Owner != "root" || job.Name != want {
				text, _ := json.Marshal(job)
				t.Errorf("%s, %v; want root's, called %q", text, err, want)
			}
		}
	})
}

// The last use is not lost when the server is stopped as it should be.
func TestTheLastUseOfAKeyOutlivesACleanStop(t *testing.T) {
	t.Parallel()
	url, dir := testkit.SQLite(t), t.TempDir()
	t.Run("first", func(t *testing.T) {
		w := serve(t, url, func(o *server.Options, _ map[string][]string) { o.Dir = dir })
		w.account("vera")
		into[client.Me](t, w.call("vera", "GET", "/api/v1/me", nil), 200)
	})
	used := everyText(t, url)
	if !strings.Contains(used, "api_keys ") {
		t.Fatal("the test looks in the wrong place")
	}
	err := testkit.Open(t, url).Read(t.Context(), func(r db.Reader) error {
		n, err := db.One(r, db.Value[int], `SELECT COUNT(*) FROM api_keys k JOIN users u ON u.id = k.user_id WHERE u.name = 'vera' AND last_used_at IS NOT NULL`)
		if n != 1 {
			t.Errorf("%d keys of vera were used, want 1", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
