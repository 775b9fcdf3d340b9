package agent

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// secretive tells a secret in every way that there is.
type secretive struct{}

func (secretive) Execute(_ context.Context, w Work) Outcome {
	io.WriteString(w.Stdout, "it is hunt")
	io.WriteString(w.Stderr, "hunter22")
	io.WriteString(w.Stdout, "er22 and h")
	w.Progress(remit.Progress{Fraction: 0.5, Stages: []remit.Stage{{Label: "with hunter22"}}})
	o := Failed("it was %s", "hunter22")
	o.Result = json.RawMessage(`{"t":"hunter22"}`)
	return o
}

func TestANodeMasksSecretsBeforeItTellsAnything(t *testing.T) {
	var told []string
	logs := map[string]string{}
	synctest.Test(t, func(t *testing.T) {
		task := leased(t, 0, func(r *http.Request) (string, error) {
			body, err := io.ReadAll(r.Body)
			told = append(told, string(body))
			if strings.HasSuffix(r.URL.Path, "/log") {
				var c client.LogChunk
				err = errors.Join(err, json.Unmarshal(body, &c))
				logs[c.Stream] += c.Data
			}
			return "{}", err
		})
		task.executor, task.dir = secretive{}, t.TempDir()
		task.Params, task.Secrets = json.RawMessage(`{"token":"hunter22"}`), []string{"token"}
		task.HeartbeatS, task.LeaseTTLS = 10, 45
		if err := task.run(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if diff := cmp.Diff(map[string]string{"stdout": "it is *** and h", "stderr": "***"}, logs); diff != "" {
		t.Errorf("logs (-want +got):\n%s", diff)
	}
	all := strings.Join(told, "\n")
	for _, want := range []string{`"label":"with ***"`, `"error":"it was ***"`, `"result":{"t":"***"}`} {
		if !strings.Contains(all, want) {
			t.Errorf("it does not say %s in\n%s", want, all)
		}
	}
	if strings.Contains(all, "hunt") {
		t.Errorf("it tells the secret:\n%s", all)
	}
}

func TestFilesOfParametersHavePlaceholdersAndVariables(t *testing.T) {
	t.Parallel()
	w := Work{Dir: "/d", Assignment: remit.Assignment{
		Command: []string{"cal", "{inputs}", "{files.darks}", "--flat={files.flat}", "{params.flat}"},
		Params:  json.RawMessage(`{"flat":"file_1","darks":["file_2","file_3"]}`),
		Inputs: []remit.Input{{Name: "n1/a.fits"}, {Name: "params/flat/f.fits", Param: "flat"},
			{Name: "params/darks/1/d.fits", Param: "darks"}, {Name: "params/darks/2/d.fits", Param: "darks"}},
	}}
	got, err := commandLine(w)
	want := []string{"cal", "inputs/n1/a.fits", "inputs/params/darks/1/d.fits", "inputs/params/darks/2/d.fits", "--flat=inputs/params/flat/f.fits", "file_1"}
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v\n%s", err, cmp.Diff(want, got))
	}
	env := strings.Join(environment(w), "\x00")
	for _, variable := range []string{"REMIT_PARAM_FLAT=file_1", "REMIT_FILES_FLAT=inputs/params/flat/f.fits", "REMIT_FILES_DARKS=inputs/params/darks/1/d.fits\ninputs/params/darks/2/d.fits"} {
		if !strings.Contains(env, variable) {
			t.Errorf("the environment lacks %s:\n%s", variable, env)
		}
	}
	w.Command = []string{"x{files.darks}"}
	if got, err := commandLine(w); err == nil {
		t.Errorf("two files became one argument: %q", got)
	}
}
