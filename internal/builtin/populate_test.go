package builtin_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/testkit"
)

// populated runs a populate job on a set to its end.
func (w *world) populated(who authz.Subject, set remit.CollectionID, params string) (remit.JobID, error) {
	w.Helper()
	a := w.started(who, "sky", remit.JobSpec{Type: "populate", On: remit.On{Collection: set}, Params: json.RawMessage(params)})
	w.must(w.jobs.Start(w.Context(), node, a.Lease))
	var log strings.Builder
	result, err := w.run.Run(w.Context(), a, nothing, &log)
	w.must(w.jobs.AppendLog(w.Context(), node, a.Lease, jobs.LogChunk{Stream: "stdout", Data: []byte(log.String())}))
	outcome := jobs.Outcome{State: remit.JobSucceeded, Result: result}
	if err != nil {
		outcome = jobs.Outcome{State: remit.JobFailed, Error: err.Error()}
	}
	w.must(w.jobs.Finish(w.Context(), node, a.Lease, outcome))
	return a.Job, err
}

func (w *world) inSet(who authz.Subject, set remit.CollectionID) []string {
	w.Helper()
	page, err := w.archive.Files(w.Context(), who, archive.FileFilter{Collection: set})
	w.must(err)
	paths := []string{}
	for _, f := range page.Items {
		paths = append(paths, f.Path)
	}
	slices.Sort(paths)
	return paths
}

func TestPopulateFillsASetAsItsOwnerAndRunnerSee(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rob, pia, _ := w.exporters() // night/a.txt, night/b.txt, night/=1+1.txt, and dark/secret.txt for rob
		w.role("robs", "project:view job:read job:create job:run.* collection:* file:*")
		w.role("pias", "project:view job:read job:create job:run.* collection:read collection:update file:read")
		set, err := w.archive.CreateSet(t.Context(), rob, "sky", "all", remit.SetDefinition{})
		w.must(err)
		w.show(set.ID, remit.VisibilityProject)
		all, open := []string{"=1+1.txt", "a.txt", "b.txt", "secret.txt"}, []string{"=1+1.txt", "a.txt", "b.txt"}

		w.must2(w.populated(rob, set.ID, `{"dry_run":true}`))
		w.wantSet(rob, set.ID, []string{})
		first := w.must2(w.populated(rob, set.ID, `{}`))
		w.wantLog(rob, first, "added 4, removed 0, kept 0\n")
		w.wantLog(rob, w.must2(w.populated(rob, set.ID, `{}`)), "added 0, removed 0, kept 4\n")
		w.wantSet(rob, set.ID, all)
		w.wantSet(pia, set.ID, open)

		if _, err := w.jobs.Log(t.Context(), pia, first, 0, 0, 1000); remit.KindOf(err) != remit.Denied {
			t.Errorf("pia reads the log of what held a file that is hidden from her: %v", err)
		}
		second := w.started(rob, "sky", remit.JobSpec{Type: "populate", On: remit.On{Collection: set.ID}}) // given all four
		if _, err := w.jobs.Log(t.Context(), pia, second.Job, 0, 0, 1000); remit.CodeOf(err) != "inputs_hidden" {
			t.Errorf("pia reads the log of a job that was given a file that is hidden from her: %v", err)
		}
		if len(second.Inputs) != 4 {
			t.Errorf("rob's job was given %d files", len(second.Inputs))
		}
		w.must(w.jobs.Start(t.Context(), node, second.Lease))
		w.must(w.jobs.Finish(t.Context(), node, second.Lease, jobs.Outcome{State: remit.JobFailed, Error: "dark/secret.txt is dark"}))
		if job, err := w.jobs.Job(t.Context(), rob, second.Job); err != nil || job.Error == "" {
			t.Errorf("rob is told %q, %v", job.Error, err)
		}
		if job, err := w.jobs.Job(t.Context(), pia, second.Job); err != nil || job.Error != "" {
			t.Errorf("pia is told %q, %v", job.Error, err)
		}

		// What pia does not see neither comes nor goes, and is not counted.
		_, err = w.archive.Define(t.Context(), pia, set.ID, remit.SetDefinition{Name: "B.TX"})
		w.must(err)
		hers := w.must2(w.populated(pia, set.ID, `{}`))
		w.wantLog(pia, hers, "added 0, removed 2, kept 1\n")
		w.wantSet(rob, set.ID, []string{"b.txt", "secret.txt"})
		if third := w.started(pia, "sky", remit.JobSpec{Type: "populate", On: remit.On{Collection: set.ID}}); len(third.Inputs) != 1 {
			t.Errorf("pia's job was given %d files", len(third.Inputs))
		}
	})
}

func TestPopulateStopsWithoutTheRightToChangeTheSet(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rob, pia, dark := w.exporters()
		w.role("robs", "project:view job:read job:create job:run.* collection:* file:*")
		set, err := w.archive.CreateSet(t.Context(), rob, "sky", "some", remit.SetDefinition{Sample: &remit.Sample{Random: 2, Seed: "s"}})
		w.must(err)
		w.show(set.ID, remit.VisibilityProject)
		if _, err := w.populated(pia, set.ID, `{}`); remit.KindOf(err) != remit.Denied && remit.KindOf(err) != remit.NotFound {
			t.Errorf("pia, who may not change the set, fills it: %v", err)
		}
		w.wantSet(rob, set.ID, []string{})
		w.must2(w.populated(rob, set.ID, `{}`))
		some := w.inSet(rob, set.ID)
		w.must2(w.populated(rob, set.ID, `{}`))
		if w.wantSet(rob, set.ID, some); len(some) != 2 {
			t.Errorf("the sample of two is %q", some)
		}
		_, err = w.jobs.Submit(t.Context(), rob, "sky", remit.JobSpec{Type: "populate", On: remit.On{Collection: dark}, Start: true})
		if e, ok := errors.AsType[*remit.Error](err); !ok || e.Kind != remit.Invalid || e.Field != "on" {
			t.Errorf("a job that fills a folder is made: %v", err)
		}
		_, err = w.jobs.Submit(t.Context(), pia, "sky", remit.JobSpec{Type: "populate", On: remit.On{Collection: dark}, Start: true})
		if kind := remit.KindOf(err); kind != remit.NotFound && kind != remit.Denied {
			t.Errorf("who may not see a folder is told: %v", err)
		}
	})
}

func (w *world) wantSet(who authz.Subject, set remit.CollectionID, want []string) {
	w.Helper()
	if diff := cmp.Diff(want, w.inSet(who, set)); diff != "" {
		w.Errorf("%s sees in the set (-want +got):\n%s", who.Name, diff)
	}
}

func (w *world) wantLog(who authz.Subject, id remit.JobID, want string) {
	w.Helper()
	part, err := w.jobs.Log(w.Context(), who, id, 0, 0, 1000)
	w.must(err)
	if !strings.Contains(string(part.Data), want) {
		w.Errorf("the log says %q, want %q", part.Data, want)
	}
}

func (w *world) must2(id remit.JobID, err error) remit.JobID {
	w.Helper()
	w.must(err)
	return id
}
