package jobs_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
)

func (w *world) switchTo(on bool, key string) {
	w.t.Helper()
	t, err := w.Switch(w.t.Context(), w.max, "moths", key, on)
	w.must(err)
	if t.Off == on {
		w.t.Errorf("after switching %s to %t it is off: %t", key, on, t.Off)
	}
}

func TestOfATypeThatIsOffNothingIsMadeRunOrClaimed(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		node := w.node("n1")
		made := w.submit(w.max, remit.JobSpec{Type: "once"})
		gone := w.submit(w.max, remit.JobSpec{Type: "once"})
		_, err := w.Cancel(t.Context(), w.max, gone.ID)
		w.must(err)
		runs := w.submit(w.max, remit.JobSpec{Type: "once", Start: true})
		l := w.started(node).Lease
		waits := w.submit(w.max, remit.JobSpec{Type: "once", Start: true})
		w.switchTo(false, "once")
		w.switchTo(false, "once")
		for what, err := range map[string]error{
			"made":     second(w.Submit(t.Context(), w.max, "moths", remit.JobSpec{Type: "once"})),
			"started":  second(w.Submit(t.Context(), w.max, "moths", remit.JobSpec{Type: "once", Start: true})),
			"run":      second(w.Run(t.Context(), w.max, made.ID)),
			"retried":  second(w.Retry(t.Context(), w.max, gone.ID)),
			"requeued": second(w.Requeue(t.Context(), w.max, gone.ID, jobs.Requeue{})),
		} {
			if remit.CodeOf(err) != "type_off" {
				t.Errorf("%s: %v", what, err)
			}
		}
		_, err = w.Submit(t.Context(), w.ada, "moths", remit.JobSpec{Type: "once", Start: true})
		w.want(err, "denied") // who may not run it is told of no state
		w.claimNothing(node)
		w.sweep()
		if job := w.wantState(waits.ID, remit.JobHeld); !strings.Contains(job.Held, "switched off") || slices.Contains(job.Permissions, "run") {
			t.Errorf("it is held since %q, and lists %v", job.Held, job.Permissions)
		}
		w.finish(node, l, remit.JobSucceeded) // what runs goes on
		w.wantState(runs.ID, remit.JobSucceeded)
		for _, c := range w.controls(made.ID) {
			if c.Allowed && (c.Verb == "run" || c.Verb == "requeue") {
				t.Errorf("the button to %s works", c.Verb)
			}
		}
		if c, err := w.SubmitControl(t.Context(), w.max, "moths", "once", remit.On{}); err != nil || c.Allowed || !strings.Contains(c.Reason, "switched off") {
			t.Errorf("the button to submit: %+v, %v", c, err)
		}
		w.newProject("birds")
		_, err = w.Submit(t.Context(), setup, "birds", remit.JobSpec{Type: "once"}) // it is on elsewhere
		w.must(err)
		w.switchTo(true, "once")
		w.sweep()
		w.wantState(waits.ID, remit.JobQueued)
		if got := w.claim(node); got.Job != waits.ID {
			t.Errorf("claimed %s", got.Job)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func (w *world) controls(id remit.JobID) []remit.Control {
	w.t.Helper()
	all, err := w.Controls(w.t.Context(), w.max, id)
	w.must(err)
	return all
}

func TestTypesAreSwitchedByWhoMayChangeTheProject(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		_, err := w.Switch(t.Context(), w.ada, "moths", "ml", false)
		w.want(err, "denied")
		_, err = w.Switch(t.Context(), w.person("eve"), "moths", "ml", false)
		w.want(err, "not_found")
		_, err = w.Switch(t.Context(), w.max, "moths", "no_such", false)
		w.want(err, "not_found")
		_, err = w.Switch(t.Context(), w.max, "birds", "ml", false)
		w.want(err, "not_found")
		w.must(w.projects.PutRole(t.Context(), setup, remit.Role{Name: "signed_in", Site: true, Allow: []string{"jobtype:read"}}))
		w.switchTo(false, "ml")
		all, err := w.Types(t.Context(), w.bob, "moths")
		w.must(err)
		i := slices.IndexFunc(all.Items, func(k remit.JobType) bool { return k.Key == "ml" })
		if !all.Items[i].Off || len(all.Items[i].Permissions) != 0 {
			t.Errorf("bob sees %+v", all.Items[i])
		}
		if all, err = w.Types(t.Context(), w.bob, ""); err != nil || all.Items[i].Off {
			t.Errorf("without a project it is off: %v", err)
		}
	})
}

// R24, R28: who switches on gives what the type lends.
func TestSwitchingATypeOnGivesNobodyMoreThanTheEditorHolds(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.role("clerk", "project:view project:update collection:read collection:update@own")
		w.role("head", "project:view project:update collection:read collection:update")
		clerk, head := w.person("clerk", "clerk"), w.person("head", "head")
		lends := types[1]
		lends.Key, lends.Lends = "lender", []remit.Lend{{Permission: "collection:update", Of: "type"}, {Permission: "collection:ingest", Of: "type"}}
		w.must(w.DeclareType(t.Context(), setup, lends))
		_, err := w.Switch(t.Context(), clerk, "moths", "lender", false)
		w.must(err)
		_, err = w.Switch(t.Context(), clerk, "moths", "lender", true)
		w.want(err, "denied")
		_, err = w.Switch(t.Context(), head, "moths", "lender", true)
		w.must(err)
		_, err = w.Switch(t.Context(), clerk, "moths", "lender", true) // it is on already
		w.must(err)
	})
}
