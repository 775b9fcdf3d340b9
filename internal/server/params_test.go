package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/seal"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

// upload is a type whose program tells all that it is given, piece by piece.
var upload = remit.JobType{Key: "upload", Title: "Upload", On: []string{"none"}, Runner: "process", Params: json.RawMessage(`{"type":"object","required":["token"],
	"properties":{"token":{"type":"string","writeOnly":true},"picture":{"type":"string","format":"remit-file"},"times":{"type":"integer","default":3}}}`),
	Command: []string{"sh", "-c", `stat -c '%a' params.json; printf 'hunt'; sleep 1; echo "er22 $REMIT_PARAM_TIMES"; cat params.json; echo
echo "::progress 0.5 with $REMIT_PARAM_TOKEN"; test -s "$REMIT_FILES_PICTURE" && test -s "$0" && echo seen`, "{files.picture}"}}

func TestAProgramGetsItsSecretsAndFilesAndNobodyElseTheSecrets(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		w := serve(t, url)
		if err := w.server.Jobs.DeclareType(t.Context(), server.Setup, upload); err != nil {
			t.Fatal(err)
		}
		w.scan("moths")
		root := w.as("root")
		files, err := root.Files(t.Context(), client.Query{"project": "moths", "limit": "1"})
		if err != nil || len(files.Items) != 1 {
			t.Fatalf("%v: %v", files.Items, err)
		}
		params, err := client.WithSecrets(json.RawMessage(fmt.Sprintf(`{"picture":%q}`, files.Items[0].ID)), map[string]string{"token": "hunter22"})
		if err != nil {
			t.Fatal(err)
		}
		job, err := root.Submit(t.Context(), "observatory", remit.JobSpec{Type: "upload", Params: params, Start: true})
		if err != nil || strings.Contains(string(job.Params), "hunter") {
			t.Fatalf("%s: %v", job.Params, err)
		}
		w.node()
		if job = w.finished(job.ID); job.State != remit.JobSucceeded || job.Progress.Stages[0].Label != "with ***" {
			t.Errorf("it is %s (%s), and says %+v", job.State, job.Error, job.Progress)
		}
		log, err := root.Log(t.Context(), job.ID, 0, false)
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		text, err := io.ReadAll(log)
		for _, want := range []string{"600\n", "*** 3\n", `"token":"***"`, "\nseen\n"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("the log lacks %q (%v):\n%s", want, err, text)
			}
		}
		if everything := everyText(t, url) + string(text); strings.Contains(everything, "hunter") {
			t.Error("the secret is told")
		}
	})
}

func TestAServerDoesNotStartWithoutTheKeyOfItsSecrets(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		dir := t.TempDir()
		opts := server.Options{Dir: dir, DB: url, Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}}
		path := filepath.Join(dir, "secrets.key")
		s, err := server.New(t.Context(), opts)
		if err == nil {
			err = s.Init(t.Context(), "starter", "root", "correct horse battery")
		}
		if err == nil {
			err = s.Jobs.DeclareType(t.Context(), server.Setup, upload)
		}
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the key: %v, %v", info, err)
		}
		slug := onlyProject(t, s)
		if _, err := s.Jobs.Submit(t.Context(), server.Setup, slug, remit.JobSpec{Type: "upload", Params: json.RawMessage(`{"token":"hunter22"}`)}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		key, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		start := func(change func(*server.Options)) error {
			o := opts
			change(&o)
			s, err := server.New(t.Context(), o)
			if err == nil {
				err = s.Close()
			}
			return err
		}
		if err := start(func(*server.Options) {}); err != nil {
			t.Errorf("with its key: %v", err)
		}
		if err := os.Rename(path, path+".kept"); err != nil {
			t.Fatal(err)
		}
		if err := start(func(*server.Options) {}); remit.CodeOf(err) != "secrets_key" {
			t.Errorf("without its key: %v", err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("a new key covers up that the old one is lost")
		}
		for name, change := range map[string]func(*server.Options){
			"another key":       func(o *server.Options) { o.SecretsKey = seal.New().Text() },
			"a file of nowhere": func(o *server.Options) { o.SecretsKeyFile = path + ".none" },
			"no key at all":     func(o *server.Options) { o.SecretsKey = "hello" },
		} {
			if err := start(change); err == nil {
				t.Errorf("%s: it starts", name)
			}
		}
		fresh := seal.New().Text()
		for _, c := range []struct {
			name, code string
			change     func(*server.Options)
		}{
			{"the key by a file", "", func(o *server.Options) { o.SecretsKeyFile = path + ".kept" }},
			{"a new key before the old one", "", func(o *server.Options) { o.SecretsKey = fresh + string(key) }},
			{"the new key alone", "", func(o *server.Options) { o.SecretsKey = fresh }},
			{"the old key alone", "secrets_key", func(o *server.Options) { o.SecretsKeyFile = path + ".kept" }},
		} {
			if err := start(c.change); remit.CodeOf(err) != c.code {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	})
}

// onlyProject makes a project to work in.
func onlyProject(t *testing.T, s *server.Server) string {
	t.Helper()
	p, err := s.Projects.Create(t.Context(), server.Setup, projects.NewProject{Slug: "work"})
	if err != nil {
		t.Fatal(err)
	}
	return p.Slug
}
