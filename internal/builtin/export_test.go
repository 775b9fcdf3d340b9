package builtin_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// exporters are rob, who sees all of "sky", and pia, who sees no private
// collections. There are the open collection night and the private one dark.
func (w *world) exporters() (rob, pia authz.Subject, dark remit.CollectionID) {
	w.Helper()
	const all = "project:view job:read job:create job:run.* job:cancel collection:read file:read file:download"
	w.role("robs", all+" collection:read_private file:read_private collection:update")
	w.role("pias", all)
	rob, pia = w.person("rob", "sky", "robs"), w.person("pia", "sky", "pias")
	root := w.TempDir()
	for name, text := range map[string]string{"night/=1+1.txt": "sum", "dark/secret.txt": "dark"} {
		w.must(os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o755))
		w.must(os.WriteFile(filepath.Join(root, name), []byte(text), 0o644))
	}
	_, err := w.archive.AddRoot(w.Context(), setup, "sky", root)
	w.must(err)
	_, err = w.archive.Scan(w.Context(), archive.ScanRequest{Who: setup, Lending: func(tx *gate.Tx) (authz.Resource, error) {
		p, err := projects.Locate(tx, "sky")
		return p.Resource(), err
	}})
	w.must(err)
	page, err := w.archive.Collections(w.Context(), setup, archive.CollectionFilter{Project: "sky"})
	w.must(err)
	for _, c := range page.Items {
		if c.Name == "dark" {
			dark = c.ID
			w.show(dark, remit.VisibilityPrivate)
		}
	}
	return rob, pia, dark
}

func (w *world) show(id remit.CollectionID, visibility string) {
	w.Helper()
	_, err := w.archive.SetVisibility(w.Context(), setup, id, visibility)
	w.must(err)
}

// export runs an export to its end.
func (w *world) export(who authz.Subject, params string) remit.JobID {
	w.Helper()
	return w.exported(w.started(who, "sky", remit.JobSpec{Type: "export", Params: json.RawMessage(params)}))
}

func (w *world) exported(a remit.Assignment) remit.JobID {
	w.Helper()
	w.must(w.jobs.Start(w.Context(), node, a.Lease))
	result, err := w.run.Run(w.Context(), a, nothing, io.Discard)
	w.must(err)
	w.must(w.jobs.Finish(w.Context(), node, a.Lease, jobs.Outcome{State: remit.JobSucceeded, Result: result}))
	return a.Job
}

// read is an artifact as who reads it.
func (w *world) read(who authz.Subject, id remit.JobID, name string) (string, error) {
	w.Helper()
	_, body, err := w.jobs.OpenArtifact(w.Context(), who, id, 0, name)
	if err != nil {
		return "", err
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	return string(text), err
}

// column reads one column of a CSV.
func (w *world) column(who authz.Subject, id remit.JobID, name, column string) []string {
	w.Helper()
	text, err := w.read(who, id, name)
	w.must(err)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	w.must(err)
	values := []string{}
	for i, title := range rows[0] {
		for _, row := range rows[1:] {
			if title == column {
				values = append(values, row[i])
			}
		}
	}
	return values
}

func TestExportHoldsWhatItsRunnerSees(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rob, pia, _ := w.exporters()
		for _, c := range []struct {
			who                  authz.Subject
			params, name, column string
			want                 []string
		}{
			{rob, `{"what":"files"}`, "files.csv", "path", []string{"a.txt", "b.txt", "secret.txt", "'=1+1.txt"}},
			{pia, `{"what":"files"}`, "files.csv", "path", []string{"a.txt", "b.txt", "'=1+1.txt"}},
			{rob, `{"what":"files","filter":{"name":"SECRET"}}`, "files.csv", "path", []string{"secret.txt"}},
			{pia, `{"what":"files","filter":{"name":"secret"}}`, "files.csv", "path", []string{}},
			{rob, `{"what":"collections"}`, "collections.csv", "name", []string{"night", "dark", "night"}},
			{pia, `{"what":"collections"}`, "collections.csv", "name", []string{"night", "night"}},
		} {
			id := w.export(c.who, c.params)
			got := w.column(c.who, id, c.name, c.column)
			if diff := cmp.Diff(counts(c.want), counts(got)); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", c.who.Name, c.params, diff)
			}
		}
	})
}

func counts(texts []string) map[string]int {
	n := map[string]int{}
	for _, text := range texts {
		n[text]++
	}
	return n
}

func TestExportIsForThoseWhoMayReadAllOfItNow(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rob, pia, dark := w.exporters()
		files, collections := w.export(rob, `{"what":"files"}`), w.export(rob, `{"what":"collections"}`)
		may := func(who authz.Subject, code string) {
			t.Helper()
			for id, name := range map[remit.JobID]string{files: "files.csv", collections: "collections.csv"} {
				if _, err := w.read(who, id, name); remit.CodeOf(err) != code {
					t.Errorf("%s reads %s: %v, want %q", who.Name, name, err, code)
				}
				if _, err := w.jobs.Artifacts(t.Context(), who, id, 0); remit.CodeOf(err) != code {
					t.Errorf("%s lists: %v, want %q", who.Name, err, code)
				}
				if _, err := w.jobs.Log(t.Context(), who, id, 0, 0, 0); remit.CodeOf(err) != code {
					t.Errorf("%s reads the log of %s: %v, want %q", who.Name, name, err, code)
				}
				if job, err := w.jobs.Job(t.Context(), who, id); err == nil && (job.Result != nil) != (code == "") {
					t.Errorf("%s is told of %s that it made %s", who.Name, name, job.Result)
				}
			}
		}
		may(rob, "")
		may(pia, "export_hidden")
		w.show(dark, remit.VisibilityProject)
		may(pia, "")
		w.role("robs", "project:view job:read") // all sight of data is revoked
		may(rob, "export_hidden")
		w.role("robs", "project:view")
		may(rob, "not_found")
	})
}

func TestExportHoldsWhatOwnerAndRunnerBothSee(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rob, pia, dark := w.exporters()
		for _, c := range []struct{ owner, runner authz.Subject }{{rob, pia}, {pia, rob}} {
			job, err := w.jobs.Submit(t.Context(), c.owner, "sky", remit.JobSpec{Type: "export", Params: json.RawMessage(`{"what":"files"}`)})
			w.must(err)
			_, err = w.jobs.Run(t.Context(), c.runner, job.ID)
			w.must(err)
			id := w.exported(w.claimed())
			if got := w.column(pia, id, "files.csv", "path"); len(got) != 3 || id != job.ID {
				t.Errorf("%s for %s exported %v", c.runner.Name, c.owner.Name, got)
			}
		}
		on, err := w.jobs.Submit(t.Context(), rob, "sky", remit.JobSpec{Type: "scan"})
		w.must(err)
		w.must(w.jobs.DeclareType(t.Context(), setup, remit.JobType{Key: "look", Title: "Look", On: []string{"collection"}, Runner: "process", Command: []string{"true"}}))
		hidden, err := w.jobs.Submit(t.Context(), rob, "sky", remit.JobSpec{Type: "look", On: remit.On{Collection: dark}})
		w.must(err)
		job, err := w.jobs.Submit(t.Context(), pia, "sky", remit.JobSpec{Type: "export", Params: json.RawMessage(`{"what":"jobs"}`)})
		w.must(err)
		_, err = w.jobs.Run(t.Context(), rob, job.ID)
		w.must(err)
		id := w.exported(w.claimed())
		text, err := w.read(pia, id, "jobs.csv")
		w.must(err)
		if !strings.Contains(text, string(on.ID)) || !strings.Contains(text, string(hidden.ID)) || strings.Contains(text, string(dark)) {
			t.Errorf("pia reads of what rob's job is on:\n%s", text)
		}
	})
}

func TestExportOfJobsKeepsToOwnOnesWhereOneMaySeeNoOthers(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rob, _, _ := w.exporters()
		w.role("selfish", "project:view job:read@own job:create job:run.*")
		sam := w.person("sam", "sky", "selfish")
		_, err := w.jobs.Submit(t.Context(), rob, "sky", remit.JobSpec{Type: "scan"})
		w.must(err)
		id := w.export(sam, `{"what":"jobs","format":"jsonl"}`)
		text, err := w.read(sam, id, "jobs.jsonl")
		w.must(err)
		var only struct {
			ID, Owner, State, Held string
			CreatedAt              string `json:"created_at"`
		}
		w.must(json.Unmarshal([]byte(text), &only)) // one line
		if only.ID != string(id) || only.Owner != "sam" || only.State != "running" || !strings.HasSuffix(only.CreatedAt, "Z") {
			t.Errorf("sam exported %s", text)
		}
		all := w.export(rob, `{"what":"jobs"}`)
		if got := w.column(rob, all, "jobs.csv", "type"); len(got) != 3 {
			t.Errorf("rob exported %v", got)
		}
		own := w.export(rob, `{"what":"jobs","filter":{"owner":"me","type":"scan"}}`)
		if got := w.column(rob, own, "jobs.csv", "type"); len(got) != 1 {
			t.Errorf("rob exported %v of his own scans", got)
		}
	})
}

func TestCapsOfTheKeyThatAskedNarrowTheExport(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rob, _, _ := w.exporters()
		w.must(w.rooms.PutRole(t.Context(), setup, remit.Role{Name: "signed_in", Site: true, Allow: []string{"key:read@own", "key:create@own"}}))
		key, err := w.people.CreateKey(t.Context(), rob, identity.NewKey{Title: "narrow", Scopes: []string{"project:view", "job:*", "collection:read"}})
		w.must(err)
		capped, err := w.people.AuthenticateKey(t.Context(), key.Secret)
		w.must(err)
		id := w.export(capped, `{"what":"files"}`)
		if got := w.column(rob, id, "files.csv", "path"); len(got) != 0 {
			t.Errorf("a key that reads no files exported %v", got)
		}
	})
}

func TestExportsThatCannotBeAreRefusedBeforeTheyAreMade(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rob, _, _ := w.exporters()
		for _, params := range []string{``, `{"what":"users"}`, `{"what":"files","format":"xml"}`, `{"what":"files","filter":{"owner":"me"}}`,
			`{"what":"jobs","filter":{"name":"x"}}`, `{"what":"jobs","filter":{"type":7}}`, `{"what":"collections","filter":{"name":"x"}}`, `{"what":"files","to":"/etc"}`} {
			_, err := w.jobs.Submit(t.Context(), rob, "sky", remit.JobSpec{Type: "export", Params: json.RawMessage(params), Start: true})
			if e, ok := err.(*remit.Error); !ok || e.Kind != remit.Invalid || !strings.HasPrefix(e.Field, "params") {
				t.Errorf("%s: %v", params, err)
			}
		}
	})
}

func TestExportEndsWithItsLeaseAndLeavesNothing(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rob, _, _ := w.exporters()
		a := w.started(rob, "sky", remit.JobSpec{Type: "export", Params: json.RawMessage(`{"what":"files"}`)})
		_, err := w.run.Run(t.Context(), a, func(remit.Progress) error {
			_, err := w.jobs.Wrest(t.Context(), setup, a.Job)
			return err
		}, io.Discard)
		if remit.CodeOf(err) != "lease_lost" {
			t.Errorf("it ended with %v", err)
		}
		if all, err := w.jobs.Artifacts(t.Context(), rob, a.Job, 1); err != nil || len(all) > 0 {
			t.Errorf("it left %v, %v", all, err)
		}
		again, disabled := w.claimed(), true
		_, err = w.people.Update(t.Context(), setup, "rob", identity.UserPatch{Disabled: &disabled})
		w.must(err)
		if _, err = w.run.Run(t.Context(), again, nothing, io.Discard); err == nil || !strings.Contains(fmt.Sprint(err), "disabled") {
			t.Errorf("the export of a disabled account: %v", err)
		}
	})
}

func TestAnExportOfWhatIsHiddenIsRefusedWhenItIsMade(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rob, pia, dark := w.exporters()
		submit := func(who authz.Subject, what, filter string) (remit.Job, error) {
			return w.jobs.Submit(w.Context(), who, "sky", remit.JobSpec{Type: "export", Start: true, Params: json.RawMessage(`{"what":"` + what + `","filter":` + filter + `}`)})
		}
		refused := func(err error, kind remit.Kind, field, text string) {
			w.Helper()
			e, ok := err.(*remit.Error)
			if !ok || e.Kind != kind || e.Field != field || !strings.Contains(e.Message, text) {
				w.Errorf("got %#v; want %s at %s: %s", err, kind, field, text)
			}
		}
		for _, what := range []string{"files", "jobs"} {
			for _, id := range []string{string(dark), "collection_00000000000000000000000000", "nonsense"} {
				_, err := submit(pia, what, `{"collection":"`+id+`"}`)
				refused(err, remit.NotFound, "params.filter.collection", "No such collection")
			}
			_, err := submit(rob, what, `{"state":"nope"}`)
			refused(err, remit.Invalid, "params.filter.state", "")
			_, err = submit(rob, what, `{"on":"foo"}`)
			refused(err, remit.Invalid, "params", "the name 'on'")
		}
		_, err := submit(pia, "jobs", `{"file":"file_00000000000000000000000000"}`)
		refused(err, remit.NotFound, "params.filter.file", "No such file")

		job, err := submit(rob, "files", `{"collection":"`+string(dark)+`","name":"s"}`)
		w.must(err)
		if !strings.Contains(string(job.Params), string(dark)) {
			w.Errorf("rob sees %s", job.Params)
		}
		seen, err := w.jobs.Job(w.Context(), pia, job.ID)
		w.must(err)
		if text := string(seen.Params); strings.Contains(text, string(dark)) || !strings.Contains(text, `"name":"s"`) {
			w.Errorf("pia sees %s", text)
		}
		again := []string{"retry", "requeue", "run"}
		for name, is := range map[string]struct {
			who authz.Subject
			may bool
		}{"rob, who sees the collection": {rob, true}, "pia, who does not": {pia, false}} {
			seen, err := w.jobs.Job(w.Context(), is.who, job.ID)
			w.must(err)
			controls, err := w.jobs.Controls(w.Context(), is.who, job.ID)
			w.must(err)
			for _, verb := range again {
				if slices.Contains(seen.Permissions, verb) != is.may {
					w.Errorf("%s: permissions %v, want %s: %v", name, seen.Permissions, verb, is.may)
				}
			}
			for _, c := range controls {
				if slices.Contains(again, c.Verb) && (c.Allowed != is.may || !is.may && c.Reason == "") {
					w.Errorf("%s: the button %s is %+v, want %v", name, c.Verb, c, is.may)
				}
			}
		}
		_, err = w.jobs.Requeue(w.Context(), pia, job.ID, jobs.Requeue{})
		refused(err, remit.NotFound, "params", "No such file")
		_, err = w.jobs.Requeue(w.Context(), pia, job.ID, jobs.Requeue{Set: map[string]json.RawMessage{"filter": json.RawMessage(`{}`)}})
		w.must(err)
		_, err = w.jobs.Requeue(w.Context(), rob, job.ID, jobs.Requeue{})
		w.must(err)
	})
}
