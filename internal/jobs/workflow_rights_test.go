package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
)

func TestAStepLendsItsNodeWhatItsOwnTypeLendsAndNoMore(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.DeclareType(t.Context(), setup, remit.JobType{Key: "label", Title: "Label", On: []string{"collection"}, Runner: "workflow",
			Steps: []remit.Step{{Name: "write", Type: "note"}, {Name: "look", Type: "ml"}}}))
		job := w.submit(w.max, remit.JobSpec{Type: "label", On: remit.On{Collection: w.night}, Start: true})
		w.advance()
		lent := func(node authz.Subject, l remit.Lease) error {
			_, err := gate.Do(t.Context(), w.gate, node, gate.Op[struct{}]{
				Name:  "collection.ingest",
				On:    w.Lending(l, "collection:ingest"),
				Apply: func(*gate.Tx) (struct{}, error) { return struct{}{}, nil },
			})
			return err
		}
		own, other := w.own(), w.node("n1")
		w.must(lent(own, w.claimStep(own, job.ID, "write").Lease))
		looking := w.claimStep(other, job.ID, "look").Lease
		if lent(other, looking) == nil {
			t.Error("a step has the use of what another step's type lends")
		}
		if lent(other, remit.Lease{Job: job.ID, Lease: looking.Lease}) == nil || lent(own, remit.Lease{Job: job.ID}) == nil {
			t.Error("a node has the use of something by the workflow, which no node has")
		}
	})
}

func TestAWorkflowOfAnArchivedProjectRestsAndGoesOn(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		node := w.node("n1")
		job := w.survey(w.max)
		find := w.claimStep(node, job.ID, "find")
		_, err := w.projects.Archive(t.Context(), setup, "moths", true)
		w.must(err)
		w.must(w.Finish(t.Context(), node, find.Lease, ok(`{"found":1}`)))
		w.advance()
		w.wantSteps(job.ID, "find=succeeded count=waiting check=queued report=waiting")
		_, err = w.projects.Archive(t.Context(), setup, "moths", false)
		w.must(err)
		w.advance()
		w.wantSteps(job.ID, "find=succeeded count=queued check=queued report=waiting")
	})
}

func TestAWorkflowIsRunByWhoMayRunItAndCancelledByWhoMayCancel(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		_, err := w.Submit(t.Context(), w.ada, "moths", remit.JobSpec{Type: "survey", On: remit.On{File: w.first}, Start: true})
		w.want(err, "denied")
		created := w.submit(w.ada, remit.JobSpec{Type: "survey", On: remit.On{File: w.first}})
		w.advance()
		w.wantState(created.ID, remit.JobCreated)
		_, err = w.Run(t.Context(), w.ada, created.ID)
		w.want(err, "denied")
		_, err = w.Run(t.Context(), w.max, created.ID)
		w.must(err)
		w.advance()
		find := w.step(created.ID, "find")
		if w.wantState(created.ID, remit.JobRunning); find.Owner != "ada" || find.Runner != "max" {
			t.Errorf("the step is %s's and run by %s, want ada and max", find.Owner, find.Runner)
		}
		_, err = w.Cancel(t.Context(), w.bob, created.ID) // who may cancel his own
		w.want(err, "denied")
		key := w.ada
		key.Caps = &authz.Caps{Scopes: []string{"job:read"}}
		_, err = w.Cancel(t.Context(), key, created.ID)
		w.want(err, "key_scope")
		_, err = w.Cancel(t.Context(), w.ada, created.ID)
		w.must(err)
		w.wantState(created.ID, remit.JobCancelled)
	})
}

func TestAStepThatIsHeldGoesOnWithWhoeverMayRunIt(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		w.role("surveyor", basic+" job:run.survey.single")
		sue := w.person("sue", "surveyor")
		job := w.survey(sue)
		find := w.step(job.ID, "find")
		for ask, do := range map[string]func(context.Context, authz.Subject, remit.JobID) (remit.Job, error){"run": w.Run, "retry": w.Retry} {
			_, err := do(t.Context(), w.max, job.ID)
			e, _ := errors.AsType[*remit.Error](err)
			want := fmt.Sprintf("Its step check is held, and `remit run %s` asks to run it; step find is held, and `remit run %s` asks to run it.", w.step(job.ID, "check").ID, find.ID)
			if e == nil || e.Code != "wrong_state" || strings.Contains(e.Message, "node") || e.Hint != want {
				t.Errorf("%s: %v, want the hint %s", ask, err, want)
			}
		}
		_, err := w.Run(t.Context(), sue, find.ID)
		w.want(err, "denied")
		_, err = w.Run(t.Context(), w.max, find.ID)
		w.must(err)
		if find = w.wantState(find.ID, remit.JobQueued); find.Runner != "max" || find.Parent != job.ID {
			t.Errorf("the step is run by %s in %s", find.Runner, find.Parent)
		}
		given, err := w.nodes.Claim(t.Context(), w.node("n1"), nodes.Want{Want: jobs.Want{Types: []string{"detect"}}})
		w.must(err)
		if len(given) != 1 {
			t.Errorf("a node was given %v, want the step", given)
		}
	})
}
