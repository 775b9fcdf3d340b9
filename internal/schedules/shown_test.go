package schedules_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/schedules"
)

func (w *world) remove(path string) {
	w.t.Helper()
	w.must(os.Remove(filepath.Join(w.root, path)))
	w.scan()
}

// blind sees schedules and jobs, and no files.
func (w *world) blind() authz.Subject {
	w.t.Helper()
	w.must(w.projects.PutRole(w.t.Context(), setup, remit.Role{Name: "blind", Allow: []string{"project:view", "schedule:read", "job:read", "job:create", "job:run.*"}}))
	return w.person("zed", "blind")
}

// wantShown compares what somebody sees of a schedule's job, alone and in the list.
func (w *world) wantShown(who authz.Subject, id remit.ScheduleID, params string, on remit.On, run bool) {
	w.t.Helper()
	one, err := w.Schedule(w.t.Context(), who, id)
	w.must(err)
	page, err := w.Schedules(w.t.Context(), who, "moths", 0, "")
	w.must(err)
	for _, s := range append(page.Items, one) {
		if s.ID == id && (string(s.Job.Params) != params || s.Job.On != on || slices.Contains(s.Permissions, "run") != run) {
			w.t.Errorf("%s sees the parameters %s, on %+v, may do %v", who.Name, s.Job.Params, s.Job.On, s.Permissions)
		}
	}
}

func TestAScheduleShowsNoFileToWhoMayNotReadIt(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.jobs.DeclareType(t.Context(), setup, compare))
		zed := w.blind()
		param := w.plan(w.ada, withFlat(w.one))
		on := w.plan(w.ada, func(p *schedules.Plan) { p.Job = remit.JobSpec{Type: "ml", On: remit.On{File: w.one}} })
		plain := w.plan(w.ada)
		w.wantShown(w.ada, param.ID, `{"flat":"`+string(w.one)+`","n":3}`, remit.On{}, true)
		w.wantShown(zed, param.ID, `{"n":3}`, remit.On{}, false)
		w.wantShown(w.ada, on.ID, "", remit.On{File: w.one}, true)
		w.wantShown(zed, on.ID, "", remit.On{}, false)
		w.wantShown(zed, plain.ID, "", remit.On{}, true)
		for _, id := range []remit.ScheduleID{param.ID, on.ID} {
			_, err := w.Run(t.Context(), zed, id)
			w.want(err, remit.NotFound, "No such file")
		}
	})
}

func TestAScheduleOfAnExportNamesNothingHidden(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.jobs.DeclareType(t.Context(), setup, remit.JobType{Key: "export", Title: "Export", On: []string{"none"}, Runner: "builtin", Params: json.RawMessage(`{"type":"object"}`)}))
		params := `{"filter":{"file":"` + string(w.one) + `"},"what":"jobs"}`
		s := w.plan(w.ada, func(p *schedules.Plan) { p.Job = remit.JobSpec{Type: "export", Params: json.RawMessage(params)} })
		w.wantShown(w.ada, s.ID, params, remit.On{}, true)
		zed := w.blind()
		w.wantShown(zed, s.ID, `{"filter":{},"what":"jobs"}`, remit.On{}, false)
		_, err := w.Run(t.Context(), zed, s.ID)
		w.want(err, remit.NotFound, "No such file")
		_, err = w.Run(t.Context(), w.ada, s.ID)
		w.must(err)
	})
}

// What came of a schedule is told to all who may read it, so it names no thing.
func TestWhatCameOfAScheduleNamesNoFile(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		zed := w.blind()
		s := w.plan(w.ada, func(p *schedules.Plan) { p.Job = remit.JobSpec{Type: "ml", On: remit.On{File: w.one}} })
		w.remove("night/one.txt")
		w.fireAt("13:00")
		page, err := w.Firings(t.Context(), zed, s.ID, 0, "")
		w.must(err)
		if got := page.Items[0].Reason; got != "the file that its job is on is missing" {
			t.Errorf("zed reads %q", got)
		}
	})
}

// A type may have changed since: what its schema says against a value is for the owner.
func TestWhatCameOfAScheduleQuotesNoValue(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		kind := compare
		w.must(w.jobs.DeclareType(t.Context(), setup, kind))
		s := w.plan(w.ada, withFlat(w.one))
		kind.Params = []byte(`{"type":"object","properties":{"flat":{"const":"none"}}}`)
		w.must(w.jobs.DeclareType(t.Context(), setup, kind))
		w.fireAt("13:00")
		w.wantTold(s.ID, "13:00 refused: the job's type does not take params.flat")
	})
}

// A type may have got a secret since: nobody knew that it would be one.
func TestAScheduleWhoseTypeTakesSecretsNowTellsNoneAndMakesNoJobs(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		kind := remit.JobType{Key: "upload", Title: "Upload", On: []string{"none"}, Runner: "process", Command: []string{"true"}}
		declare := func(params string) {
			t.Helper()
			kind.Params = json.RawMessage(params)
			w.must(w.jobs.DeclareType(t.Context(), setup, kind))
		}
		params := `{"k":"hunter2hunter2","n":3}`
		declare(`{"type":"object","properties":{"k":{"type":"string"}}}`)
		s := w.plan(w.ada, overlap("replace"), func(p *schedules.Plan) { p.Job = remit.JobSpec{Type: "upload", Params: json.RawMessage(params)} })
		bare := w.plan(w.ada, overlap("skip"), func(p *schedules.Plan) { p.Job = remit.JobSpec{Type: "upload"} })
		w.fireAt("13:00")
		w.wantShown(w.ada, s.ID, params, remit.On{}, true)

		declare(`{"type":"object","properties":{"k":{"type":"string","writeOnly":true}}}`)
		w.wantShown(w.ada, s.ID, `{"n":3}`, remit.On{}, false)
		w.wantShown(w.ada, bare.ID, "", remit.On{}, false)
		reason := "Jobs of this type take secrets, which schedules do not keep"
		for _, id := range []remit.ScheduleID{s.ID, bare.ID} {
			_, err := w.Run(t.Context(), w.ada, id)
			w.want(err, remit.Invalid, reason)
			controls, err := w.Controls(t.Context(), w.ada, id)
			w.must(err)
			i := slices.IndexFunc(controls, func(c remit.Control) bool { return c.Verb == "run" })
			if c := controls[i]; c.Allowed || c.Reason != reason {
				t.Errorf("its button to run it is %+v", c)
			}
		}
		w.fireAt("14:00")
		w.wantStates(remit.JobQueued, remit.JobQueued)
		w.wantTold(s.ID, "13:00 started", "14:00 refused: "+reason)
		for _, j := range w.all() {
			if strings.Contains(string(j.Params), "hunter2") {
				t.Errorf("the job that it made shows %s", j.Params)
			}
		}
		declare(`{"type":"object","properties":{"k":{"type":"string"}}}`)
		w.fireAt("15:00")
		w.wantTold(s.ID, "13:00 started", "14:00 refused: "+reason, "15:00 started")
	})
}

func TestAScheduleWhoseTypeIsOnSomethingElseNowSaysSo(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada, func(p *schedules.Plan) { p.Job = remit.JobSpec{Type: "ml", On: remit.On{File: w.one}} })
		kind := types[0]
		kind.On = []string{"collection"}
		w.must(w.jobs.DeclareType(t.Context(), setup, kind))
		w.fireAt("13:00")
		w.wantTold(s.ID, "13:00 refused: jobs of this type are not on files any more: change what the schedule is on, or delete it")
	})
}
