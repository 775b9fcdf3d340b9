package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
)

// made answers for one job that made these artifacts, each with its own name for content.
func made(t *testing.T, id remit.JobID, names ...string) (url string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/jobs/x", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(remit.Job{ID: id})
	})
	mux.HandleFunc(fmt.Sprintf("GET /api/v1/jobs/%s/artifacts", id), func(w http.ResponseWriter, _ *http.Request) {
		var page remit.Page[remit.Artifact]
		for _, n := range names {
			page.Items = append(page.Items, remit.Artifact{Name: n, Attempt: 1})
		}
		_ = json.NewEncoder(w).Encode(page)
	})
	mux.HandleFunc(fmt.Sprintf("GET /api/v1/jobs/%s/artifacts/{name...}", id), func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.PathValue("name"))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// get runs `remit artifacts x --get DIR`.
func get(t *testing.T, url, dir string, more ...string) (code int, said string) {
	t.Helper()
	var out bytes.Buffer
	env := map[string]string{"REMIT_URL": url, "REMIT_KEY": "key"}
	code = Main(append([]string{"artifacts", "x", "--get", dir}, more...), Streams{In: &out, Out: &out, Err: &out, Env: func(name string) string { return env[name] }})
	return code, out.String()
}

// content is the text of every file below dir, but "" for a job's description.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		if files[name] = string(data); bytes.HasPrefix(data, []byte("{")) {
			files[name] = ""
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestADescriptionReplacesNoArtifact(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		names       []string
		description string
	}{
		{[]string{"sources.csv", "sub/job.json"}, "job.json"},
		{[]string{"job.json"}, "remit-job.json"},
		{[]string{"job.json/part"}, "remit-job.json"},
		{[]string{"job.json", "remit-job.json"}, "remit-remit-job.json"},
	} {
		dir := filepath.Join(t.TempDir(), "new")
		want := map[string]string{c.description: ""}
		for _, n := range c.names {
			want[filepath.FromSlash(n)] = n
		}
		for range 2 { // getting the same again is no harm
			if code, said := get(t, made(t, "job_1", c.names...), dir); code != 0 {
				t.Fatalf("%v: exit code %d: %s", c.names, code, said)
			}
			if diff := cmp.Diff(want, content(t, dir)); diff != "" {
				t.Errorf("%v: %s", c.names, diff)
			}
		}
	}
}

func TestFilesOfMineAreNotReplacedByADownload(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sources.csv", "job.json"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		url := made(t, "job_1", "a.txt", "sources.csv")
		if code, said := get(t, url, dir); code != 5 {
			t.Errorf("exit code %d: %s", code, said)
		}
		if diff := cmp.Diff(map[string]string{name: "mine"}, content(t, dir)); diff != "" {
			t.Error(diff)
		}
		if code, said := get(t, url, dir, "--force"); code != 0 {
			t.Errorf("exit code %d: %s", code, said)
		}
		want := map[string]string{"a.txt": "a.txt", "sources.csv": "sources.csv", "job.json": ""}
		if diff := cmp.Diff(want, content(t, dir)); diff != "" {
			t.Error(diff)
		}
		if code, said := get(t, made(t, "job_2", "a.txt"), dir); code != 5 {
			t.Errorf("another job's download: exit code %d: %s", code, said)
		}
	}
}
