package jobs_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
)

var newSuperuser = identity.NewUser{Name: "root", Password: "correct horse", Superuser: true}

// TestTheRunnerIsWhoAskedToRun is example 35 of the permissions, and R26.
func TestAJobWhoseRunnerLeavesIsHeldUntilTheRightIsBack(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		node := w.node("n1")
		job := w.submit(w.ada, remit.JobSpec{Type: "ml", On: remit.On{Collection: w.night}})
		w.claimNothing(node)
		started, err := w.Run(t.Context(), w.bob, job.ID)
		w.must(err)
		if started.Owner != "ada" || started.Runner != "bob" {
			t.Errorf("the job is %+v", started)
		}
		w.leave("bob")
		w.claimNothing(node)
		held := w.wantState(job.ID, remit.JobHeld)
		if !strings.Contains(held.Held, "bob") || !strings.Contains(held.Held, "job:run.ml") {
			t.Errorf("it is held because %q", held.Held)
		}
		w.sweep()
		w.wantState(job.ID, remit.JobHeld)
		w.join("bob", "batch")
		w.sweep()
		w.wantState(job.ID, remit.JobQueued)
		if as := w.claim(node); len(as.Inputs) != 2 || as.Inputs[0].Name != "one.txt" || as.Inputs[1].Name != "two.txt" {
			t.Errorf("the inputs are %+v", as.Inputs)
		}
	})
}

func TestAHeldJobGoesOnWithANewRunner(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job := w.submit(w.bob, remit.JobSpec{Type: "ml", On: remit.On{Collection: w.night}, Start: true})
		disabled := true
		_, err := w.people.Update(t.Context(), setup, "bob", identity.UserPatch{Disabled: &disabled})
		w.must(err)
		w.claimNothing(w.node("n1"))
		w.wantState(job.ID, remit.JobHeld)
		_, err = w.Run(t.Context(), w.ada, job.ID)
		w.want(err, "denied")
		_, err = w.Run(t.Context(), w.max, job.ID)
		w.must(err)
		w.claimNothing(w.node("n2")) // bob owns it still, and may read nothing
		if held := w.wantState(job.ID, remit.JobHeld); !strings.Contains(held.Held, "owner") {
			t.Errorf("it is held because %q", held.Held)
		}
	})
}

func TestARevokedKeyHoldsItsJobs(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.projects.PutRole(t.Context(), setup, remit.Role{Name: "signed_in", Site: true,
			Allow: []string{"key:read@own", "key:create@own", "key:delete@own"}}))
		key, err := w.people.CreateKey(t.Context(), w.bob, identity.NewKey{Title: "robot", Scopes: []string{"*"}})
		w.must(err)
		who, err := w.people.AuthenticateKey(t.Context(), key.Secret)
		w.must(err)
		job := w.submit(who, w.onFile())
		w.must(w.people.DeleteKey(t.Context(), w.bob, key.ID))
		w.claimNothing(w.node("n1"))
		w.wantState(job.ID, remit.JobHeld)
		_, err = w.Run(t.Context(), w.bob, job.ID)
		w.must(err)
		w.claim(w.node("n2"))
	})
}

func TestDataThatOwnerOrRunnerMayNotReadAnyMoreIsNotLent(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		node := w.node("n1")
		running := w.submit(w.ada, w.onFile())
		l := w.started(node).Lease
		waiting := w.submit(w.ada, w.onFile())
		_, err := w.files.SetVisibility(t.Context(), setup, w.night, remit.VisibilityPrivate)
		w.must(err)
		_, _, err = w.OpenInput(t.Context(), node, l, w.first)
		w.want(err, "not_found")
		w.claimNothing(node)
		w.wantState(waiting.ID, remit.JobHeld)
		w.finish(node, l, remit.JobSucceeded)
		w.wantState(running.ID, remit.JobSucceeded)
		_, err = w.Log(t.Context(), w.ada, running.ID, 0, 0, 0)
		w.want(err, "not_found") // R31
	})
}

func TestAFileThatVanishedHoldsItsJobsUntilItIsBack(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, node := w.submit(w.ada, w.onFile()), w.node("n1")
		w.hide("night/one.txt")
		w.claimNothing(node)
		w.wantState(job.ID, remit.JobHeld)
		_, err := w.Submit(t.Context(), w.ada, "moths", w.onFile())
		w.want(err, "file_missing")
		w.write("night/one.txt", "one")
		w.scan()
		w.sweep()
		w.claim(node)
	})
}

func TestOnlyOwnJobsCanBeCancelledByThoseWhoMayCancelTheirOwn(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.role("watcher", "project:view job:read job:cancel@own job:create collection:read file:read")
		wat := w.person("wat", "watcher")
		theirs := w.submit(w.ada, w.onFile())
		_, err := w.Cancel(t.Context(), wat, theirs.ID)
		w.want(err, "denied")
		if err.Error() != "You can only cancel your own jobs" {
			t.Errorf("the refusal is %q", err)
		}
		mine := w.submit(wat, remit.JobSpec{Type: "once"})
		_, err = w.Cancel(t.Context(), wat, mine.ID)
		w.must(err)
		w.wantState(mine.ID, remit.JobCancelled)
	})
}

func TestRequeueMakesANewJobAndLeavesItsSource(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		spec := w.onFile()
		spec.Args, spec.Name = []string{"--threshold", "5"}, "mine"
		source := w.submit(w.ada, spec)
		args := []string{"--threshold", "7"}
		again, err := w.Requeue(t.Context(), w.bob, source.ID, jobs.Requeue{Args: &args})
		w.must(err)
		if again.RequeuedFrom != source.ID || again.Owner != "bob" || again.Runner != "bob" || again.State != remit.JobQueued ||
			again.On != source.On || again.Name != "mine" || strings.Join(again.Args, " ") != "--threshold 7" {
			t.Errorf("the new job is %+v", again)
		}
		if same := w.wantState(source.ID, remit.JobQueued); strings.Join(same.Args, " ") != "--threshold 5" {
			t.Errorf("the source is %+v", same)
		}
		own, err := w.Requeue(t.Context(), w.ada, source.ID, jobs.Requeue{})
		w.must(err)
		if own.Name != "" {
			t.Errorf("a kept name that is taken is %q", own.Name)
		}
		_, err = w.files.SetVisibility(t.Context(), setup, w.night, remit.VisibilityPrivate)
		w.must(err)
		_, err = w.Requeue(t.Context(), w.ada, source.ID, jobs.Requeue{})
		w.want(err, "not_found")
	})
}

func TestIllegalMovesAreConflictsAndChangeNothing(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, node := w.submit(w.max, remit.JobSpec{Type: "once", Start: true}), w.node("n1")
		_, err := w.Run(t.Context(), w.max, job.ID)
		w.want(err, "wrong_state")
		if !strings.Contains(err.Error(), string(job.ID)) || !strings.Contains(err.Error(), "queued") || !strings.Contains(err.Error(), "run") {
			t.Errorf("the refusal %q does not name job, state and event", err)
		}
		_, err = w.Retry(t.Context(), w.max, job.ID)
		w.want(err, "wrong_state")
		_, err = w.Wrest(t.Context(), w.max, job.ID)
		w.want(err, "not_claimed")
		w.want(w.Delete(t.Context(), w.max, job.ID), "not_finished")
		l := w.claim(node).Lease
		w.must(w.Start(t.Context(), node, l))
		w.want(w.Finish(t.Context(), node, l, jobs.Outcome{State: remit.JobCancelled}), "wrong_state") // nobody asked
		w.finish(node, l, remit.JobSucceeded)
		w.must(w.Delete(t.Context(), w.max, job.ID))
		_, err = w.Job(t.Context(), w.max, job.ID)
		w.want(err, "not_found")
	})
}

func TestControlsFitTheStateAndSayWhyTheyDoNotWork(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		verbs := func(who authz.Subject, id remit.JobID) string {
			all, err := w.Controls(t.Context(), who, id)
			w.must(err)
			var words []string
			for _, c := range all {
				word := c.Verb
				if !c.Allowed {
					word = "(" + word + ")"
				}
				words = append(words, word)
			}
			return strings.Join(words, " ")
		}
		job, node := w.submit(w.ada, w.onFile()), w.node("n1")
		got := []string{verbs(w.ada, job.ID)}
		l := w.started(node).Lease
		got = append(got, verbs(w.max, job.ID))
		w.finish(node, l, remit.JobSucceeded)
		got = append(got, verbs(w.ada, job.ID), verbs(w.max, job.ID))
		want := []string{"cancel requeue", "cancel requeue wrest", "requeue (delete)", "requeue delete"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the buttons (-want +got):\n%s", diff)
		}
	})
}

func TestALentRightEndsWithTheLease(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.role("noter", "project:view collection:read file:read job:read job:create job:run.note")
		who, node := w.person("nina", "noter"), w.own()
		w.submit(who, remit.JobSpec{Type: "note", On: remit.On{Collection: w.night}, Start: true})
		l := w.started(node).Lease
		lent := func(permission string) (authz.Resource, error) {
			var on authz.Resource
			_, err := gate.Do(t.Context(), w.gate, node, gate.Op[struct{}]{
				Name: "collection.ingest",
				On: func(tx *gate.Tx) (_ authz.Resource, err error) {
					on, err = w.Lending(l, permission)(tx)
					return on, err
				},
				Apply: func(*gate.Tx) (struct{}, error) { return struct{}{}, nil },
			})
			return on, err
		}
		on, err := lent("collection:ingest") // of the type: comes with the run right
		w.must(err)
		if on.Collection != string(w.night) || on.Facts&authz.IsLent == 0 {
			t.Errorf("what is lent is %+v", on)
		}
		if on, _ := lent("collection:update"); on.Facts&authz.IsLent != 0 { // of the person, who may not
			t.Error("a right that the runner does not have is lent")
		}
		if on, _ := lent("collection:publish"); on.Facts&authz.IsLent != 0 {
			t.Error("a right that the type does not list is lent")
		}
		w.clock.advance(leaseTTL)
		w.sweep()
		_, err = lent("collection:ingest")
		w.want(err, "lease_lost")
	})
}

func TestTheQueueGoesByPriorityThenAge(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		var want []remit.JobID
		for _, priority := range []int{5, 5, 0, -1} {
			want = append(want, w.submit(w.max, remit.JobSpec{Type: "once", Priority: priority, Start: true}).ID)
			w.clock.advance(1000)
		}
		late := w.submit(w.max, w.onFile()) // of another type
		ten := 10
		_, err := w.Update(t.Context(), w.max, late.ID, jobs.Patch{Priority: &ten})
		w.must(err)
		want = append([]remit.JobID{late.ID}, want...)
		var got []remit.JobID
		node := w.node("n1")
		for range want {
			got = append(got, w.claim(node).Job)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("claimed in this order (-want +got):\n%s", diff)
		}
	})
}
