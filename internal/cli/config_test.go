package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
)

// configOf is what `remit config` says, with a configuration file of this text.
func configOf(t *testing.T, file string, env map[string]string, args ...string) (code int, out, said string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "remit.toml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code = Main(append([]string{"--json", "config", "--config", path}, args...),
		Streams{In: &stdout, Out: &stdout, Err: &stderr, Env: func(name string) string { return env[name] }})
	return code, stdout.String(), stderr.String()
}

func TestEachValueIsToldWithItsSource(t *testing.T) {
	t.Parallel()
	code, out, said := configOf(t, "data = \"/c\"\nlisten = \"127.0.0.1:3\"\nlease = \"30s\"\n",
		map[string]string{"REMIT_DATA": "/b", "REMIT_LISTEN": "127.0.0.1:2", "REMIT_DB": "postgres://remit:secret@db/remit?password=secret"}, "--data", "/a")
	var page remit.Page[setting]
	if err := json.Unmarshal([]byte(out), &page); code != 0 || err != nil {
		t.Fatalf("exit code %d, %v: %s", code, err, said)
	}
	want := []setting{{"data", "/a", "flag"}, {"db", "postgres://remit:xxxxx@db/remit", "environment"}, {"listen", "127.0.0.1:2", "environment"},
		{"url", "", "default"}, {"roots", "", "default"}, {"lease", "30s", "file"}, {"heartbeat", "10s", "default"},
		{"smtp", "none: nobody is told of jobs by e-mail", "default"}}
	if diff := cmp.Diff(want, page.Items); diff != "" {
		t.Error(diff)
	}
}

func TestAnUnknownKeyIsAnError(t *testing.T) {
	t.Parallel()
	if code, _, said := configOf(t, "dta = \"/c\"\n", nil); code != 2 || !strings.Contains(said, `unknown key "dta"`) {
		t.Errorf("exit code %d: %s", code, said)
	}
}

func TestMailAndWebhooksAreConfiguredOrRefused(t *testing.T) {
	t.Parallel()
	code, out, said := configOf(t, "[smtp]\nhost = \"mail.example.org\"\nfrom = \"remit@example.org\"\ntls = \"tls\"\n[webhooks]\nallow = [\"10.0.0.0/8\"]\n",
		map[string]string{"REMIT_SMTP_PASSWORD": ""})
	for _, want := range []string{`"mail.example.org"`, `"465"`, `"10.0.0.0/8"`} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("exit code %d, no %s: %s%s", code, want, out, said)
		}
	}
	for file, want := range map[string]string{
		"[smtp]\nfrom = \"a@b.c\"\n":                                 "smtp.host",
		"[smtp]\nhost = \"m\"\nfrom = \"nobody\"\n":                  "smtp.from",
		"[smtp]\nhost = \"m\"\nfrom = \"a@b.c\"\ntls = \"ssl\"\n":    "smtp.tls",
		"[smtp]\nhost = \"m\"\nfrom = \"a@b.c\"\nport = 99999\n":     "smtp.port",
		"[smtp]\nhost = \"m\"\npassword_file = \"/nowhere\"\n":       "smtp.password_file",
		"[webhooks]\nallow = [\"everywhere\"]\n":                     "webhooks.allow",
		"[smtp]\nhost = \"m\"\nfrom = \"a@b.c\"\npasswort = \"x\"\n": "unknown key",
	} {
		if code, _, said := configOf(t, file, nil); code != 2 || !strings.Contains(said, want) {
			t.Errorf("%q: exit code %d: %s", file, code, said)
		}
	}
}
