package jobs_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
)

func (w *world) bulk(who authz.Subject, b jobs.Bulk) remit.BulkReport {
	w.t.Helper()
	report, err := w.Bulk(w.t.Context(), who, b)
	w.must(err)
	return report
}

func TestABulkActionShowsFirstAndThenDoesJustThat(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		var want []remit.JobID
		for range 3 {
			want = append(want, w.submit(w.ada, w.onFile()).ID)
		}
		other := w.submit(w.max, remit.JobSpec{Type: "once", Start: true}).ID
		ended := w.submit(w.ada, w.onFile()).ID
		_, err := w.Cancel(t.Context(), w.ada, ended)
		w.must(err)
		b := jobs.Bulk{Action: "cancel", Filter: remit.JobFilter{Project: "moths", Type: "ml", Owner: "me"}, DryRun: true}
		plan := w.bulk(w.ada, b)
		if plan.Jobs != 3 || plan.Matched != 4 || plan.States[remit.JobQueued] != 3 || plan.Unfit[remit.JobCancelled] != 1 || !slices.Equal(plan.First, slices.Sorted(slices.Values(want))) {
			t.Fatalf("the plan is %+v", plan)
		}
		w.wantState(want[0], remit.JobQueued)
		b.DryRun, b.Expect = false, plan.Version
		if done := w.bulk(w.ada, b); done.Jobs != 3 || done.States[remit.JobQueued] != 3 || done.Changed != 0 || len(done.Failed) != 0 {
			t.Errorf("it did %+v", done)
		}
		for _, id := range want {
			if job := w.wantState(id, remit.JobCancelled); job.CancelledBy != "ada" {
				t.Errorf("job %s was cancelled by %q", id, job.CancelledBy)
			}
			history, err := w.History(t.Context(), w.max, id)
			w.must(err)
			if last := history[len(history)-1]; last.What != "cancelled" || last.By != "ada" {
				t.Errorf("the last of the history of %s is %+v", id, last)
			}
		}
		w.wantState(other, remit.JobQueued)
		_, err = w.Bulk(t.Context(), w.ada, b)
		w.want(err, "changed")
	})
}

func TestABulkActionIsRefusedJobByJob(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.role("watcher", "project:view job:read job:cancel@own job:create")
		w.role("loner", "project:view job:read@own job:create job:cancel job:run.*")
		wat, loner := w.person("wat", "watcher"), w.person("lon", "loner")
		mine := w.submit(wat, remit.JobSpec{Type: "once"}).ID
		theirs := []remit.JobID{w.submit(w.max, remit.JobSpec{Type: "once"}).ID, w.submit(w.max, remit.JobSpec{Type: "once", Start: true}).ID}
		b := jobs.Bulk{Action: "cancel", Filter: remit.JobFilter{Project: "moths"}}
		done := w.bulk(wat, b)
		if done.Jobs != 1 || done.Refused != 2 || !slices.Equal(done.RefusedFirst, slices.Sorted(slices.Values(theirs))) || done.First[0] != mine {
			t.Errorf("who may cancel their own did %+v", done)
		}
		if none := w.bulk(loner, b); none.Matched != 0 || none.Refused != 0 || len(none.RefusedFirst) != 0 {
			t.Errorf("of jobs that one may not see one is told %+v", none)
		}
		b.Action = "delete"
		if none := w.bulk(wat, b); none.Jobs != 0 || none.Refused != 3 {
			t.Errorf("who may delete nothing did %+v", none)
		}
		capped := w.max
		capped.Caps = &authz.Caps{Scopes: []string{"job:read", "project:view"}}
		b.Action = "cancel"
		if none := w.bulk(capped, b); none.Jobs != 0 || none.Refused != 3 {
			t.Errorf("a key that only reads did %+v", none)
		}
		_, err := w.Bulk(t.Context(), w.person("out"), b)
		w.want(err, "not_found")
		_, err = w.Bulk(t.Context(), wat, jobs.Bulk{Action: "cancel", Filter: remit.JobFilter{Project: "nowhere"}})
		w.want(err, "not_found")
	})
}

func TestABulkRunOfWhatOneMayNotReadIsRefused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job := w.submit(w.ada, remit.JobSpec{Type: "ml", On: remit.On{File: w.first}})
		_, err := w.files.SetVisibility(t.Context(), setup, w.night, remit.VisibilityPrivate)
		w.must(err)
		done := w.bulk(w.ada, jobs.Bulk{Action: "run", Filter: remit.JobFilter{Type: "ml"}})
		if done.Jobs != 0 || done.Refused != 1 {
			t.Errorf("it did %+v", done)
		}
		w.wantState(job.ID, remit.JobCreated)
	})
}

func TestBulkActionsOfManyPiecesDoEachJobOnce(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for i := range 230 {
			w.submit(w.max, remit.JobSpec{Type: "once", Name: fmt.Sprintf("run %d", i)})
		}
		w.submit(w.max, remit.JobSpec{Type: "once", Name: "rum"})
		filter := remit.JobFilter{Name: "run *"}
		for _, step := range []string{"run", "cancel", "retry", "cancel", "delete"} {
			done := w.bulk(w.max, jobs.Bulk{Action: step, Filter: filter})
			if done.Jobs != 230 || done.Changed != 0 || len(done.First) != 20 {
				t.Fatalf("%s did %+v", step, done)
			}
		}
		if left := w.all(); len(left) != 1 || left[0].Name != "rum" {
			t.Errorf("%d jobs are left", len(left))
		}
	})
}

// The name of one of the jobs is taken by a live one, which breaks the
// transaction of all of them.
func TestAJobThatCannotBeChangedKeepsNoOthers(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for _, name := range []string{"a", "b", "c"} {
			job := w.submit(w.max, remit.JobSpec{Type: "once", Name: name})
			_, err := w.Cancel(t.Context(), w.max, job.ID)
			w.must(err)
		}
		w.submit(w.max, remit.JobSpec{Type: "once", Name: "b"})
		done := w.bulk(w.max, jobs.Bulk{Action: "retry", Filter: remit.JobFilter{State: remit.JobCancelled}})
		if done.Jobs != 2 || len(done.Failed) != 1 || done.Failed[0].Code != "name_taken" {
			t.Errorf("it did %+v", done)
		}
	})
}

func TestAnyNameIsAName(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.submit(w.max, remit.JobSpec{Type: "once"})
		named := w.submit(w.max, remit.JobSpec{Type: "once", Name: "nightly"})
		plan := w.bulk(w.max, jobs.Bulk{Action: "cancel", Filter: remit.JobFilter{Name: "*"}, DryRun: true})
		if plan.Jobs != 1 || plan.First[0] != named.ID {
			t.Errorf("it would cancel %+v, want %s alone", plan, named.ID)
		}
	})
}

func TestABulkActionTakesAnAge(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job := w.submit(w.max, remit.JobSpec{Type: "once"})
		w.clock.advance(5 * 24 * time.Hour)
		_, err := w.Cancel(t.Context(), w.max, job.ID)
		w.must(err)
		w.clock.advance(7*24*time.Hour - time.Minute)
		b := jobs.Bulk{Action: "delete", Filter: remit.JobFilter{Older: "7d"}}
		if done := w.bulk(w.max, b); done.Matched != 0 {
			t.Errorf("too early: %+v", done)
		}
		w.clock.advance(2 * time.Minute)
		if done := w.bulk(w.max, b); done.Jobs != 1 {
			t.Errorf("late: %+v", done)
		}
	})
}

func TestWrongBulkActionsAreRefused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		fields := map[string]string{}
		for name, b := range map[string]jobs.Bulk{
			"an unknown action": {Action: "explode", Filter: remit.JobFilter{Type: "ml"}},
			"no filter":         {Action: "cancel"},
			"an unknown state":  {Action: "cancel", Filter: remit.JobFilter{State: "runing"}},
			"no age":            {Action: "cancel", Filter: remit.JobFilter{Older: "old"}},
			"a long age":        {Action: "cancel", Filter: remit.JobFilter{Older: "99999999w"}},
			"an age of nothing": {Action: "cancel", Filter: remit.JobFilter{Older: "0s"}},
		} {
			_, err := w.Bulk(t.Context(), w.max, b)
			w.want(err, "invalid")
			fields[name] = err.(*remit.Error).Field
		}
		want := map[string]string{"an unknown action": "action", "no filter": "filter", "an unknown state": "filter.state",
			"no age": "filter.older", "a long age": "filter.older", "an age of nothing": "filter.older"}
		if diff := cmp.Diff(want, fields); diff != "" {
			t.Errorf("fields (-want +got):\n%s", diff)
		}
		preview := w.max
		preview.Preview = &authz.Preview{Role: "basic"}
		_, err := w.Bulk(t.Context(), preview, jobs.Bulk{Action: "cancel", Filter: remit.JobFilter{Type: "ml"}})
		w.want(err, "preview_read_only")
	})
}
