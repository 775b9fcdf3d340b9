package jobs_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
)

func (w *world) advance() {
	w.t.Helper()
	_, err := w.Advance(w.t.Context())
	w.must(err)
}

// needing is a job on the first file that needs others.
func (w *world) needing(needs ...remit.JobID) remit.JobSpec {
	spec := w.onFile()
	spec.Needs = needs
	return spec
}

// end works on the next job of a node and ends it so.
func (w *world) end(node authz.Subject, state remit.JobState) remit.JobID {
	w.t.Helper()
	as := w.started(node)
	w.finish(node, as.Lease, state)
	return as.Lease.Job
}

func TestAJobRunsWhenAllThatItNeedsHasSucceeded(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		node := w.node("n1")
		first, second := w.submit(w.ada, w.onFile()), w.submit(w.ada, w.onFile())
		last := w.submit(w.ada, w.needing(first.ID, second.ID, first.ID))
		if diff := cmp.Diff([]remit.JobID{first.ID, second.ID}, last.Needs); diff != "" {
			t.Error(diff)
		}
		w.advance()
		held := w.wantState(last.ID, remit.JobHeld)
		if !strings.Contains(held.Held, string(first.ID)+", which is queued") {
			t.Errorf("it is held since %q, want the first job's name", held.Held)
		}
		w.end(node, remit.JobSucceeded)
		w.advance()
		w.wantState(last.ID, remit.JobHeld)
		_, err := w.Run(t.Context(), w.max, last.ID)
		w.want(err, "wrong_state")
		w.end(node, remit.JobSucceeded)
		w.advance()
		w.wantState(last.ID, remit.JobQueued)
		if done := w.end(node, remit.JobSucceeded); done != last.ID {
			t.Errorf("then %s ran, want %s", done, last.ID)
		}
	})
}

func TestWhatIsNeededAndHasSucceededAlreadyKeepsNobody(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		first := w.submit(w.ada, w.onFile())
		w.end(w.node("n1"), remit.JobSucceeded)
		w.wantState(w.submit(w.ada, w.needing(first.ID)).ID, remit.JobQueued)
	})
}

func TestAJobWaitsWhileWhatItNeedsHasFailedAndSaysWhatToDo(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		node := w.node("n1")
		first := w.submit(w.bob, remit.JobSpec{Type: "ml", On: remit.On{Collection: w.night}, Start: true, Name: "base"})
		last := w.submit(w.bob, w.needing("base"))
		_, err := w.Cancel(t.Context(), w.bob, first.ID)
		w.must(err)
		w.advance()
		held := w.wantState(last.ID, remit.JobHeld)
		if want := "job " + string(first.ID) + " (base), which was cancelled: retry that one, or cancel this one"; !strings.Contains(held.Held, want) {
			t.Errorf("it is held since %q, want %q", held.Held, want)
		}
		w.claimNothing(node)
		_, err = w.Retry(t.Context(), w.bob, first.ID)
		w.must(err)
		w.end(node, remit.JobSucceeded)
		w.advance()
		w.wantState(last.ID, remit.JobQueued)
	})
}

func TestACreatedJobAndARetriedOneWaitForWhatTheyNeedToo(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		first := w.submit(w.max, w.onFile())
		spec := w.needing(first.ID)
		spec.Start = false
		job := w.submit(w.max, spec)
		w.wantState(job.ID, remit.JobCreated)
		_, err := w.Run(t.Context(), w.max, job.ID)
		w.must(err)
		w.wantState(job.ID, remit.JobHeld)
		_, err = w.Cancel(t.Context(), w.max, job.ID)
		w.must(err)
		_, err = w.Retry(t.Context(), w.max, job.ID)
		w.must(err)
		w.wantState(job.ID, remit.JobHeld)
		w.end(w.node("n1"), remit.JobSucceeded)
		w.advance()
		w.wantState(job.ID, remit.JobQueued)
	})
}

func TestAHiddenJobIsNeededLikeOneThatIsNotThere(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.role("own", "project:view collection:read file:read job:create job:read@own job:run.ml.single")
		eve := w.person("eve", "own")
		hidden := w.submit(w.max, w.onFile())
		w.newProject("stars")
		_, err := w.projects.AddMember(t.Context(), setup, "stars", projects.NewMember{User: "max", Roles: []string{"manager"}})
		w.must(err)
		elsewhere, err := w.Submit(t.Context(), w.max, "stars", remit.JobSpec{Type: "once"})
		w.must(err)
		mine := w.submit(eve, w.onFile())

		want := func(who authz.Subject, need remit.JobID) {
			t.Helper()
			_, err := w.Submit(t.Context(), who, "moths", w.needing(mine.ID, need))
			absent := remit.NewID[remit.JobID](w.clock.now())
			_, same := w.Submit(t.Context(), who, "moths", w.needing(mine.ID, absent))
			if err == nil || same == nil || err.Error() != same.Error() || remit.CodeOf(err) != "not_found" {
				t.Errorf("%s needs %s: %v; of one that is not there: %v", who.Name, need, err, same)
			}
		}
		want(eve, hidden.ID)
		want(w.max, elsewhere.ID)
		_, err = w.Submit(t.Context(), w.ada, "moths", w.needing("nothing of mine"))
		w.want(err, "not_found")
		_, err = w.Submit(t.Context(), w.ada, "moths", w.needing("no\nname"))
		w.want(err, "invalid")
	})
}

func TestWhoMayNotSeeWhatAJobNeedsIsNotToldOfIt(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		const rights = "project:view collection:read file:read job:create job:delete job:cancel job:run.ml.single "
		w.role("all", rights+"job:read")
		eve := w.person("eve", "all")
		hidden := w.submit(w.max, w.onFile())
		job := w.submit(eve, w.needing(hidden.ID))
		w.role("all", rights+"job:read@own")
		shown, err := w.Job(t.Context(), eve, job.ID)
		w.must(err)
		if len(shown.Needs) != 0 || shown.Held != "it needs a job that is not there any more, or that you may not see" {
			t.Errorf("she is told that it needs %v, held since %q", shown.Needs, shown.Held)
		}
		_, err = w.Run(t.Context(), eve, job.ID)
		w.want(err, "wrong_state")
		if strings.Contains(err.Error(), string(hidden.ID)) {
			t.Errorf("the refusal names the hidden job: %v", err)
		}
		_, err = w.Requeue(t.Context(), eve, job.ID, jobs.Requeue{})
		w.want(err, "needs_lost")

		own := w.submit(eve, w.onFile())
		w.submit(w.max, w.needing(own.ID))
		_, err = w.Cancel(t.Context(), eve, own.ID)
		w.must(err)
		w.must(w.Delete(t.Context(), eve, own.ID)) // a refusal would tell of max's job
	})
}

func TestAJobThatOthersWaitForIsNotDeletedByWhoSeesThem(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		first := w.submit(w.max, w.onFile())
		last := w.submit(w.max, w.needing(first.ID))
		_, err := w.Cancel(t.Context(), w.max, first.ID)
		w.must(err)
		err = w.Delete(t.Context(), w.max, first.ID)
		w.want(err, "needed")
		if text := err.Error(); !strings.HasSuffix(text, "is waited for by 1 other job") {
			t.Errorf("the refusal reads %q", text)
		}
		_, err = w.Cancel(t.Context(), w.max, last.ID)
		w.must(err)
		w.must(w.Delete(t.Context(), w.max, first.ID))
		_, err = w.Retry(t.Context(), w.max, last.ID)
		w.must(err)
		w.advance()
		if held := w.wantState(last.ID, remit.JobHeld); !strings.Contains(held.Held, "not there any more") {
			t.Errorf("it is held since %q", held.Held)
		}
		_, err = w.Requeue(t.Context(), w.max, last.ID, jobs.Requeue{})
		w.want(err, "needs_lost")
		again, err := w.Requeue(t.Context(), w.max, last.ID, jobs.Requeue{Needs: &[]remit.JobID{}})
		w.must(err)
		w.wantState(again.ID, remit.JobQueued)
	})
}

func TestARequeuedJobNeedsWhatItsSourceNeeded(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		first := w.submit(w.max, w.onFile())
		last := w.submit(w.max, w.needing(first.ID))
		again, err := w.Requeue(t.Context(), w.max, last.ID, jobs.Requeue{})
		w.must(err)
		if w.wantState(again.ID, remit.JobHeld); len(again.Needs) != 1 || again.Needs[0] != first.ID {
			t.Errorf("the requeued job needs %v", again.Needs)
		}
		w.end(w.node("n1"), remit.JobSucceeded)
		w.advance()
		w.must(w.Delete(t.Context(), w.max, first.ID))
		w.wantState(again.ID, remit.JobQueued)
		_, err = w.Requeue(t.Context(), w.max, last.ID, jobs.Requeue{})
		w.must(err) // what had succeeded when it was deleted is not missed
	})
}

func TestNothingIsLostWhenNobodyAdvancesAtTheMoment(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		first := w.submit(w.max, w.onFile())
		last := w.submit(w.max, w.needing(first.ID))
		w.end(w.node("n1"), remit.JobSucceeded)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := w.Advance(gone)
		if err == nil {
			t.Fatal("a server that stops advances nothing")
		}
		w.wantState(last.ID, remit.JobHeld)
		w.advance()
		w.wantState(last.ID, remit.JobQueued)
		if n, err := w.Advance(t.Context()); n != 0 || err != nil {
			t.Errorf("then %d jobs are marked (%v), want none", n, err)
		}
	})
}

func TestTheRunRightIsAskedAfterTheWaitAsAlways(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		node := w.node("n1")
		first := w.submit(w.max, w.onFile())
		last := w.submit(w.ada, w.needing(first.ID))
		w.end(node, remit.JobSucceeded)
		w.leave("ada")
		w.advance()
		w.claimNothing(node)
		if held := w.wantState(last.ID, remit.JobHeld); !strings.Contains(held.Held, "may not run it") {
			t.Errorf("it is held since %q", held.Held)
		}
	})
}
