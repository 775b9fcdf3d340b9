package jobs_test

import (
	"fmt"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
)

// notices is what messages tell somebody of jobs, and how they count them.
func (w *world) notices(who authz.Subject, ids ...remit.JobID) (all map[remit.JobID]remit.Job, kinds map[remit.JobID]jobs.Kind, err error) {
	all, err = gate.View(w.t.Context(), w.gate, authz.Subject{Kind: authz.System, ID: "notifier", Name: "notifier"}, gate.Query[map[remit.JobID]remit.Job]{
		Name: "notification.send",
		Read: func(r *gate.Reader) (_ map[remit.JobID]remit.Job, err error) {
			if kinds, err = jobs.Kinds(r, who, ids); err != nil {
				return nil, err
			}
			return w.Notices(r, who, ids)
		},
	})
	return all, kinds, err
}

func (w *world) notice(who authz.Subject, id remit.JobID) (remit.Job, error) {
	all, _, err := w.notices(who, id)
	return all[id], err
}

func TestJobsAreToldOfAndCountedForThoseWhoMayReadThem(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.newProject("sky")
		_, err := w.Submit(t.Context(), setup, "sky", remit.JobSpec{Type: "once", Name: "far"})
		w.must(err)
		all, err := w.Jobs(t.Context(), setup, jobs.Filter{Project: "sky"})
		w.must(err)
		ids := []remit.JobID{all.Items[0].ID, "job_0"}
		for i := range 60 {
			ids = append(ids, w.submit(w.max, remit.JobSpec{Type: "once", Name: fmt.Sprint("near", i)}).ID)
		}
		told, kinds, err := w.notices(w.ada, ids...)
		w.must(err)
		if len(told) != 60 || len(kinds) != 60 || told[ids[61]].Name != "near59" || told[ids[2]].Owner != "max" || kinds[ids[2]] != (jobs.Kind{Project: "moths", Type: "once"}) {
			t.Errorf("ada is told of %d jobs, %d are counted: %+v, %+v", len(told), len(kinds), told[ids[2]], kinds[ids[2]])
		}
		told, kinds, err = w.notices(w.person("eve"), ids...)
		w.must(err)
		if len(told)+len(kinds) > 0 {
			t.Errorf("eve, who sees no job, is told of %v, %v", told, kinds)
		}
	})
}
