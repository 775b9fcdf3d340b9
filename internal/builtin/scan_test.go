package builtin_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/testkit"
)

// scanned runs a scan job to its end and keeps what a node keeps of it. As it
// goes on, during is asked.
func (w *world) scanned(who authz.Subject, during func(remit.JobID)) remit.JobID {
	w.Helper()
	a := w.started(who, "sky", remit.JobSpec{Type: "scan"})
	w.must(w.jobs.Start(w.Context(), node, a.Lease))
	var log strings.Builder
	result, err := w.run.Run(w.Context(), a, func(p remit.Progress) error {
		w.must(w.jobs.Progress(w.Context(), node, a.Lease, p))
		during(a.Job)
		return nil
	}, &log)
	w.must(err)
	w.must(w.jobs.AppendLog(w.Context(), node, a.Lease, jobs.LogChunk{Stream: "stdout", Data: []byte(log.String())}))
	w.must(w.jobs.Finish(w.Context(), node, a.Lease, jobs.Outcome{State: remit.JobSucceeded, Result: result}))
	return a.Job
}

// learns compares what somebody is told of a scan, at work or at its end, with
// all or nothing.
func (w *world) learns(who authz.Subject, id remit.JobID, all bool) {
	w.Helper()
	job, err := w.jobs.Job(w.Context(), who, id)
	w.must(err)
	if told := job.Progress.Stages != nil; told != all {
		w.Errorf("%s is told the stages %v of a scan that is %s", who.Name, job.Progress.Stages, job.State)
	}
	if job.State == remit.JobSucceeded && (job.Result != nil) != all {
		w.Errorf("%s is told the result %s", who.Name, job.Result)
	}
	want := ""
	if !all {
		want = "inputs_hidden"
	}
	if log, err := w.jobs.Log(w.Context(), who, id, 0, 0, 0); remit.CodeOf(err) != want {
		w.Errorf("%s reads the log %q of a scan: %v, want %q", who.Name, log.Data, err, want)
	}
}

func TestWhatAScanFoundIsForThoseWhoMayReadAllOfIt(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.role("blind", "project:view job:read job:run.scan")
		w.role("owners", "project:view job:read collection:read collection:read_private file:read@own file:read_private")
		ned, oda := w.person("ned", "sky", "blind"), w.person("oda", "sky", "owners")
		first := w.scanned(w.ada, func(id remit.JobID) { w.learns(ned, id, false) }) // makes its collection
		w.learns(setup, first, true)
		w.learns(w.ada, first, false) // she may run scans, no more
		rob, pia, dark := w.exporters()
		again := w.scanned(pia, func(id remit.JobID) {
			w.learns(rob, id, true)
			w.learns(pia, id, false)
		})
		for _, who := range []authz.Subject{ned, oda, pia} {
			w.learns(who, again, false)
		}
		w.learns(rob, again, true)
		w.learns(pia, first, false) // dark has come since
		w.show(dark, remit.VisibilityProject)
		w.learns(pia, again, true)
		w.learns(oda, again, false) // she sees all collections, and no file but her own
	})
}
