package jobs_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
)

func TestAStageThatAReportLeavesOutGoesOnWhereItWas(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.submit(w.max, remit.JobSpec{Type: "once", Start: true})
		node := w.node("n1")
		as := w.started(node)
		files := func(done int64) remit.Stage { return remit.Stage{Label: "Files", Done: done, Total: 1000} }
		other := remit.Stage{Label: "Other", Done: 1}
		for _, step := range []struct{ told, want []remit.Stage }{
			{[]remit.Stage{files(900)}, []remit.Stage{files(900)}},
			{[]remit.Stage{other}, []remit.Stage{files(900), other}},
			{nil, []remit.Stage{files(900), other}},
			{[]remit.Stage{files(3), other}, []remit.Stage{files(900), other}},
			{[]remit.Stage{files(1000), other}, []remit.Stage{files(1000), other}},
		} {
			w.must(w.Progress(t.Context(), node, as.Lease, remit.Progress{Stages: step.told}))
			if diff := cmp.Diff(step.want, w.wantState(as.Job, remit.JobRunning).Progress.Stages); diff != "" {
				t.Errorf("after %+v (-want +got):\n%s", step.told, diff)
			}
		}
	})
}

func TestStagesStayInTheirOrder(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.submit(w.max, remit.JobSpec{Type: "once", Start: true})
		node := w.node("n1")
		as := w.started(node)
		for _, step := range []struct{ told, want string }{
			{"read write", "read write"},
			{"read", "read write"},
			{"write check", "read write check"},
			{"check read write", "read write check"},
			{"send read send", "read write check send"},
			{"-pack", "read write check send -pack"},
			{"-sign", "read write check send -sign"}, // what has counted nothing need not stay
		} {
			w.must(w.Progress(t.Context(), node, as.Lease, remit.Progress{Stages: stages(step.told)}))
			var got []string
			for _, s := range w.wantState(as.Job, remit.JobRunning).Progress.Stages {
				got = append(got, s.Label)
			}
			if strings.Join(got, " ") != step.want {
				t.Errorf("after %s they are %s, want %s", step.told, got, step.want)
			}
		}
	})
}

// stages have these labels and have counted one, those with a dash nothing.
func stages(labels string) (all []remit.Stage) {
	for _, label := range strings.Fields(labels) {
		s := remit.Stage{Label: label, Done: 1, Total: 2}
		if strings.HasPrefix(label, "-") {
			s.Done = 0
		}
		all = append(all, s)
	}
	return all
}

func TestHoweverManyStagesAProgramNamesSomeAreKept(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.submit(w.max, remit.JobSpec{Type: "once", Start: true})
		node := w.node("n1")
		as := w.started(node)
		for i := range 60 {
			w.must(w.Progress(t.Context(), node, as.Lease, remit.Progress{Stages: []remit.Stage{{Label: strconv.Itoa(i), Done: 1}}}))
		}
		stages := w.wantState(as.Job, remit.JobRunning).Progress.Stages
		if len(stages) != 50 || stages[49].Label != "59" {
			t.Errorf("%d stages are kept, %+v is the last", len(stages), stages[len(stages)-1])
		}
	})
}

func TestAStageThatIsToldIsKeptHoweverManyWereNamedBefore(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.submit(w.max, remit.JobSpec{Type: "once", Start: true})
		node := w.node("n1")
		as := w.started(node)
		for i := range 60 {
			w.must(w.Progress(t.Context(), node, as.Lease, remit.Progress{Stages: stages("all " + strconv.Itoa(i))}))
		}
		kept := w.wantState(as.Job, remit.JobRunning).Progress.Stages
		if len(kept) != 50 || kept[0].Label != "all" || kept[1].Label != "11" || kept[49].Label != "59" {
			t.Errorf("%d stages are kept: %+v", len(kept), kept)
		}
	})
}
