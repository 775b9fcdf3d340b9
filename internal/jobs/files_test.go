package jobs_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
)

const withFiles = `{"type":"object","properties":{"flat":{"type":"string","format":"remit-file"},"darks":{"type":"array","maxItems":3,"items":{"type":"string","format":"remit-file"}},"n":{"type":"integer"}}}`

// calibration makes the project "lab" with a file that nobody of "moths" may
// read but max, who manages both.
func (w *world) calibration() remit.FileID {
	w.t.Helper()
	ctx := w.t.Context()
	w.newProject("lab")
	_, err := w.projects.AddMember(ctx, setup, "lab", projects.NewMember{User: "max", Roles: []string{"manager"}})
	w.must(err)
	moths := w.root
	w.root = filepath.Join(w.t.TempDir(), "lab")
	w.write("cal/flat.txt", "flat")
	_, err = w.files.AddRoot(ctx, setup, "lab", w.root)
	w.must(err)
	_, err = w.files.Scan(ctx, archive.ScanRequest{Who: setup, Lending: func(tx *gate.Tx) (authz.Resource, error) {
		p, err := projects.Locate(tx, "lab")
		return p.Resource(), err
	}})
	w.must(err)
	w.root = moths
	page, err := w.files.Files(ctx, setup, archive.FileFilter{Project: "lab"})
	w.must(err)
	return page.Items[0].ID
}

func (w *world) second() remit.FileID {
	w.t.Helper()
	page, err := w.files.Files(w.t.Context(), setup, archive.FileFilter{Project: "moths"})
	w.must(err)
	return page.Items[slices.IndexFunc(page.Items, func(f remit.File) bool { return f.Path == "two.txt" })].ID
}

func (w *world) declaresFiles() {
	w.t.Helper()
	w.must(w.declares(withFiles, func(k *remit.JobType) {
		k.On, k.Command = []string{"none", "collection"}, []string{"x", "{files.darks}", "--flat={files.flat}"}
	}))
	w.role("basic", basic+" job:run.p")
}

func (w *world) withParams(who authz.Subject, params string) (remit.Job, error) {
	return w.Submit(w.t.Context(), who, "moths", remit.JobSpec{Type: "p", Params: json.RawMessage(params), Start: true})
}

func TestFilesOfParametersAreInputs(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.declaresFiles()
		flat, two := w.calibration(), w.second()
		job, err := w.Submit(t.Context(), w.max, "moths", remit.JobSpec{Type: "p", On: remit.On{Collection: w.night}, Start: true,
			Params: json.RawMessage(fmt.Sprintf(`{"flat":%q,"darks":[%q,%q]}`, flat, two, two))})
		w.must(err)
		node := w.node("n1")
		as := w.started(node)
		got := map[string]string{}
		for _, in := range as.Inputs {
			_, bytes, err := w.OpenInput(t.Context(), node, as.Lease, in.File)
			w.must(err)
			got[in.Param+": "+in.Name] = w.read(bytes)
		}
		want := map[string]string{": one.txt": "one", ": two.txt": "two", "flat: params/flat/flat.txt": "flat",
			"darks: params/darks/1/two.txt": "two", "darks: params/darks/2/two.txt": "two"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("inputs (-want +got):\n%s", diff)
		}
		if !strings.Contains(string(as.Params), string(flat)) {
			t.Errorf("the node gets the parameters %s", as.Params)
		}
		w.finish(node, as.Lease, remit.JobSucceeded)
		w.wantState(job.ID, remit.JobSucceeded)
	})
}

func TestAFileParameterThatIsHiddenReadsLikeAnAbsentOne(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.declaresFiles()
		hidden, absent, two := w.calibration(), remit.NewID[remit.FileID](w.clock.now()), w.second()
		texts := map[string]bool{}
		for _, id := range []remit.FileID{hidden, absent} {
			_, err := w.withParams(w.ada, fmt.Sprintf(`{"flat":%q}`, id))
			w.wantAt(err, remit.NotFound, "params.flat")
			texts[err.Error()] = true
			_, err = w.withParams(w.ada, fmt.Sprintf(`{"darks":[%q,%q]}`, two, id))
			w.wantAt(err, remit.NotFound, "params.darks.1")
			texts[err.Error()] = true
		}
		if len(texts) != 1 {
			t.Errorf("they read differently: %v", texts)
		}
		_, err := w.withParams(w.ada, `{"flat":"../../etc/passwd"}`)
		w.wantAt(err, remit.Invalid, "params.flat")
		_, err = w.withParams(w.ada, fmt.Sprintf(`{"darks":[%q,%q,%q,%q]}`, two, two, two, two)) // bounded by the type
		w.wantAt(err, remit.Invalid, "params.darks")
		if got := len(w.all()); got != 0 {
			t.Errorf("%d jobs were made", got)
		}
		w.write("night/two.txt", "two")
		_, err = w.withParams(w.ada, fmt.Sprintf(`{"darks":[%q]}`, two))
		w.must(err)
		w.hide("night/two.txt")
		_, err = w.withParams(w.ada, fmt.Sprintf(`{"darks":[%q]}`, two))
		w.wantAt(err, remit.Conflict, "params.darks.0")
	})
}

// R27: a file parameter never changes which run right is asked.
func TestAFileParameterAsksForNoOtherRunRight(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.declares(withFiles, func(k *remit.JobType) { k.On = []string{"none", "file"} }))
		w.role("basic", basic+" job:run.p.single")
		_, err := w.withParams(w.ada, fmt.Sprintf(`{"flat":%q}`, w.first))
		w.want(err, "denied")
		w.role("basic", basic+" job:run.p")
		_, err = w.withParams(w.ada, fmt.Sprintf(`{"flat":%q}`, w.first))
		w.must(err)
	})
}

func TestAJobIsHeldWhileOwnerOrRunnerMayNotReadItsFiles(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.declaresFiles()
		flat, node := w.calibration(), w.node("n1")
		may := func(yes bool) {
			t.Helper()
			w.role("guest", "project:view"+map[bool]string{true: " collection:read file:read"}[yes])
		}
		may(true)
		_, err := w.projects.AddMember(t.Context(), setup, "lab", projects.NewMember{User: "ada", Roles: []string{"guest"}})
		w.must(err)
		job, err := w.withParams(w.ada, fmt.Sprintf(`{"flat":%q,"n":1}`, flat))
		w.must(err)
		may(false)
		w.claimNothing(node)
		if got := w.wantState(job.ID, remit.JobHeld); !strings.Contains(got.Held, "a file of its parameter flat is not there, or its owner or runner may not read it") {
			t.Errorf("held: %s", got.Held)
		}
		shown, err := w.Job(t.Context(), w.ada, job.ID)
		w.must(err)
		if string(shown.Params) != `{"n":1}` || slices.Contains(shown.Permissions, "requeue") {
			t.Errorf("ada sees %s, and may %v", shown.Params, shown.Permissions)
		}
		_, err = w.Run(t.Context(), w.max, job.ID) // max may read it, its owner may not
		w.must(err)
		w.claimNothing(node)
		may(true)
		w.sweep()
		as := w.started(node)
		may(false)
		_, _, err = w.OpenInput(t.Context(), node, as.Lease, flat)
		w.want(err, "not_found")
		_, err = w.Log(t.Context(), w.ada, job.ID, 0, 0, 0) // R31
		w.want(err, "not_found")
		_, err = w.Artifacts(t.Context(), w.ada, job.ID, 1)
		w.want(err, "not_found")
		w.finish(node, as.Lease, remit.JobFailed)
		_, err = w.Cancel(t.Context(), w.ada, job.ID)
		w.must(err)
		_, err = w.Retry(t.Context(), w.ada, job.ID) // and which it is that is hidden is not said
		w.wantAt(err, remit.NotFound, "params")
		_, err = w.Requeue(t.Context(), w.ada, job.ID, jobs.Requeue{})
		w.wantAt(err, remit.NotFound, "params")
		_, err = w.Requeue(t.Context(), w.ada, job.ID, jobs.Requeue{Set: map[string]json.RawMessage{"n": json.RawMessage("2")}})
		w.wantAt(err, remit.NotFound, "params")
		_, err = w.Requeue(t.Context(), w.ada, job.ID, jobs.Requeue{Set: map[string]json.RawMessage{"flat": json.RawMessage(fmt.Sprintf("%q", flat))}})
		w.wantAt(err, remit.NotFound, "params.flat") // who names it is told where
		_, err = w.Requeue(t.Context(), w.ada, job.ID, jobs.Requeue{Params: json.RawMessage(`{}`)})
		w.must(err)
	})
}

func TestAFileOfADeletedProjectIsAbsentEvenForSuperusers(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.declaresFiles()
		flat := w.calibration()
		job, err := w.withParams(w.max, fmt.Sprintf(`{"flat":%q}`, flat))
		w.must(err)
		_, err = w.projects.Delete(t.Context(), setup, "lab")
		w.must(err)
		_, err = w.withParams(w.max, fmt.Sprintf(`{"flat":%q}`, flat))
		w.wantAt(err, remit.NotFound, "params.flat")
		_, err = w.withParams(setup, fmt.Sprintf(`{"flat":%q}`, flat))
		w.wantAt(err, remit.NotFound, "params.flat")
		w.claimNothing(w.node("n1"))
		if held := w.wantState(job.ID, remit.JobHeld); string(held.Params) != "{}" {
			t.Errorf("who may read all files is shown %s", held.Params)
		}
	})
}

func TestFileParametersAreDeclaredAtTheTop(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for place, schema := range map[string]string{
			"params.properties.o.properties.f":  `{"type":"object","properties":{"o":{"properties":{"f":{"type":"string","format":"remit-file"}}}}}`,
			"params.properties.f":               `{"type":"object","properties":{"f":{"format":"remit-file"}}}`,
			"params.properties.l":               `{"type":"object","properties":{"l":{"items":{"type":"string","format":"remit-file"}}}}`,
			"params.properties.s.format":        `{"type":"object","properties":{"s":{"type":"string","format":"remit-file","writeOnly":true}}}`,
			"params.properties.l.prefixItems.0": `{"type":"object","properties":{"l":{"type":"array","prefixItems":[{"type":"string","format":"remit-file"}]}}}`,
			"params.properties.f.default":       `{"type":"object","properties":{"f":{"type":"string","format":"remit-file","default":"x"}}}`,
		} {
			w.wantAt(w.declares(schema), remit.Invalid, place)
		}
		w.wantAt(w.declares(withFiles, func(k *remit.JobType) { k.Command = []string{"x", "{files.n}"} }), remit.Invalid, "command")
	})
}
