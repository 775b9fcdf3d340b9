package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

const (
	oneJob   = "job_00000000000000000000000001"
	otherJob = "job_00000000000000000000000002"
)

func TestAFolderNamesAJobOfItsOwnServerOnly(t *testing.T) {
	t.Parallel()
	server, err := client.New("http://here:1", "")
	if err != nil {
		t.Fatal(err)
	}
	describes := func(id, at string) string { return `{"id":"` + id + `","server":"` + at + `"}` }
	for name, c := range map[string]struct {
		files map[string]string
		want  remit.JobID
		kind  remit.Kind
	}{
		"a download":                {map[string]string{"job.json": describes(oneJob, "http://here:1")}, oneJob, ""},
		"job.json is an artifact":   {map[string]string{"job.json": `[1]`, "remit-job.json": describes(oneJob, "http://here:1")}, oneJob, ""},
		"another server":            {map[string]string{"job.json": describes(oneJob, "http://there:1")}, "", remit.Invalid},
		"no server":                 {map[string]string{"job.json": `{"id":"` + oneJob + `"}`}, "", remit.Invalid},
		"an artifact that pretends": {map[string]string{"job.json": describes(oneJob, "http://here:1"), "remit-job.json": describes(otherJob, "http://here:1")}, "", remit.Conflict},
		"no id":                     {map[string]string{"job.json": describes("../x", "http://here:1")}, "", remit.NotFound},
		"nothing":                   {nil, "", remit.NotFound},
	} {
		dir := t.TempDir()
		for file, text := range c.files {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := sourceOf(server, dir)
		if got != c.want || c.kind != "" && remit.KindOf(err) != c.kind || c.kind == "" && err != nil {
			t.Errorf("%s: %q, %v; want %q, %s", name, got, err, c.want, c.kind)
		}
	}
	if got, err := sourceOf(server, "nightly"); got != "nightly" || err != nil {
		t.Errorf("a name: %q, %v", got, err)
	}
}
