package jobs_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/testkit"
)

func TestAJobRunsFromSubmitToItsResult(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx, node := t.Context(), w.node("n1")
		spec := w.onFile()
		spec.Params, spec.Args = json.RawMessage(`{ "threshold": 7 }`), []string{"--min-pixels", "3"}
		job := w.submit(w.ada, spec)
		moment := func() { w.clock.advance(time.Millisecond) } // a history is ordered by time
		moment()
		as := w.claim(node)
		if as.Job != job.ID || as.Attempt != 1 || as.Project != "moths" || as.Runner != "process" || as.LeaseTTLS != 45 ||
			string(as.Params) != `{"threshold":7}` || strings.Join(as.Args, " ") != "--min-pixels 3" || as.On.File != w.first {
			t.Errorf("the assignment is %+v", as)
		}
		if len(as.Inputs) != 1 || as.Inputs[0].Name != "one.txt" || as.Inputs[0].Size != 3 || len(as.Inputs[0].SHA256) != 64 {
			t.Fatalf("the inputs are %+v", as.Inputs)
		}
		_, bytes, err := w.OpenInput(ctx, node, as.Lease, w.first)
		w.must(err)
		if got := w.read(bytes); got != "one" {
			t.Errorf("the input reads %q", got)
		}
		for range 2 { // again, after a lost answer
			moment()
			w.must(w.Start(ctx, node, as.Lease))
		}
		moment()
		w.must(w.Progress(ctx, node, as.Lease, remit.Progress{Fraction: 0.5, Stages: []remit.Stage{{Label: "Finding", Done: 5, Total: 9}}}))
		w.must(w.Progress(ctx, node, as.Lease, remit.Progress{Fraction: 0.4, Stages: []remit.Stage{{Label: "Finding", Done: 3, Total: 9}}}))
		if p := w.wantState(job.ID, remit.JobRunning).Progress; p.Fraction != 0.5 || p.Stages[0].Done != 5 {
			t.Errorf("progress went back to %+v", p)
		}
		w.must(w.AppendLog(ctx, node, as.Lease, jobs.LogChunk{Stream: "stdout", Data: []byte("hello\n")}))
		made, err := w.PutArtifact(ctx, node, as.Lease, "sub/sources.csv", strings.NewReader("x,y\n"))
		w.must(err)
		if made.Size != 4 || made.MediaType != "text/csv; charset=utf-8" {
			t.Errorf("the artifact is %+v", made)
		}
		none, err := w.Artifacts(ctx, w.ada, job.ID, 0)
		w.must(err)
		if len(none) != 0 {
			t.Errorf("a running attempt's artifacts are the result already: %v", none)
		}
		exit := 0
		outcome := jobs.Outcome{State: remit.JobSucceeded, ExitCode: &exit, Result: json.RawMessage(`{"sources":1}`)}
		w.must(w.Finish(ctx, node, as.Lease, outcome))
		w.must(w.Finish(ctx, node, as.Lease, outcome)) // the answer got lost
		w.want(w.Finish(ctx, node, as.Lease, jobs.Outcome{State: remit.JobFailed}), "lease_lost")

		done := w.wantState(job.ID, remit.JobSucceeded)
		if string(done.Result) != `{"sources":1}` || done.Progress.Fraction != 1 || done.Node != "" || done.FinishedAt == nil {
			t.Errorf("the finished job is %+v", done)
		}
		_, body, err := w.OpenArtifact(ctx, w.ada, job.ID, 0, "sub/sources.csv")
		w.must(err)
		if got := w.read(body); got != "x,y\n" {
			t.Errorf("the artifact reads %q", got)
		}
		if got := w.log(job.ID, 0); got != "hello\n" {
			t.Errorf("the log reads %q", got)
		}
		var story []string
		history, err := w.History(ctx, w.ada, job.ID)
		w.must(err)
		for _, e := range history {
			story = append(story, e.By+" "+e.What)
		}
		want := []string{"ada created and asked to run", "node n1 claimed", "node n1 started", "node n1 started", "node n1 finished"}
		if diff := cmp.Diff(want, story); diff != "" {
			t.Errorf("the history (-want +got):\n%s", diff)
		}
	})
}

// TestAnOldAttemptCannotTouchTheJob is example 25 of the permissions, for
// every way in which a lease can end.
func TestAnOldAttemptCannotTouchTheJob(t *testing.T) {
	for name, end := range map[string]func(*world, remit.JobID){
		"the lease ran out": func(w *world, _ remit.JobID) { w.clock.advance(leaseTTL); w.sweep() },
		"the job was wrested": func(w *world, id remit.JobID) {
			_, err := w.Wrest(w.t.Context(), w.max, id)
			w.must(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, w *world) {
				ctx, n1, n2 := t.Context(), w.node("n1"), w.node("n2")
				job := w.submit(w.ada, w.onFile())
				old := w.started(n1).Lease
				w.must(w.AppendLog(ctx, n1, old, jobs.LogChunk{Stream: "stdout", Data: []byte("old ")}))
				_, err := w.PutArtifact(ctx, n1, old, "old.txt", strings.NewReader("old"))
				w.must(err)
				end(w, job.ID)
				w.wantState(job.ID, remit.JobQueued)
				w.refused(n1, old, w.first)

				fresh := w.started(n2).Lease
				if fresh.Attempt != 2 || fresh.Lease == old.Lease {
					t.Fatalf("the new lease is %+v after %+v", fresh, old)
				}
				w.refused(n1, old, w.first)
				w.refused(n1, remit.Lease{Job: job.ID, Attempt: 2, Lease: old.Lease}, w.first)
				w.want(w.Start(ctx, n1, fresh), "lease_lost") // another node's lease is no use
				stranger := w.node("n3")
				w.want(w.Finish(ctx, stranger, fresh, jobs.Outcome{State: remit.JobFailed}), "not_found")
				w.want(w.Start(ctx, stranger, fresh), "not_found")

				w.must(w.Cleanup(ctx, n1, old, "words"))
				w.must(w.Cleanup(ctx, n1, old, "again"))
				w.want(w.Cleanup(ctx, n2, fresh, "x"), "still_held")
				w.want(w.Cleanup(ctx, stranger, old, "x"), "not_found")
				w.finish(n2, fresh, remit.JobSucceeded)

				w.wantState(job.ID, remit.JobSucceeded)
				if got := w.attempts(job.ID); got != "lost succeeded" {
					t.Errorf("the attempts are %s", got)
				}
				if first, second := w.log(job.ID, 1), w.log(job.ID, 2); first != "old words" || second != "" {
					t.Errorf("the logs are %q and %q", first, second)
				}
				made, err := w.Artifacts(ctx, w.ada, job.ID, 0)
				w.must(err)
				if len(made) != 0 {
					t.Errorf("the result holds outputs of the lost attempt: %v", made)
				}
			})
		})
	}
}

// refused says everything that a node can say, and wants lease_lost for all of it.
func (w *world) refused(node authz.Subject, l remit.Lease, input remit.FileID) {
	w.t.Helper()
	ctx := w.t.Context()
	w.want(w.Start(ctx, node, l), "lease_lost")
	_, err := w.Heartbeat(ctx, node, l)
	w.want(err, "lease_lost")
	w.want(w.Progress(ctx, node, l, remit.Progress{Fraction: 0.9}), "lease_lost")
	w.want(w.AppendLog(ctx, node, l, jobs.LogChunk{Stream: "stdout", Data: []byte("late")}), "lease_lost")
	read := &untouched{}
	_, err = w.PutArtifact(ctx, node, l, "late.txt", read)
	w.want(err, "lease_lost")
	if read.touched {
		w.t.Error("an upload under a lost lease was read")
	}
	for _, state := range []remit.JobState{remit.JobSucceeded, remit.JobFailed, remit.JobCancelled} {
		w.want(w.Finish(ctx, node, l, jobs.Outcome{State: state}), "lease_lost")
	}
	w.want(w.Release(ctx, node, l), "lease_lost")
	_, _, err = w.OpenInput(ctx, node, l, input)
	w.want(err, "lease_lost")
}

type untouched struct{ touched bool }

func (u *untouched) Read([]byte) (int, error) {
	u.touched = true
	return 0, fmt.Errorf("not to be read")
}

func TestPeopleCannotDoANodesWork(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.submit(w.ada, w.onFile())
		l := w.claim(w.node("n1")).Lease
		root, err := w.people.Create(t.Context(), setup, newSuperuser)
		w.must(err)
		super := authz.Subject{Kind: authz.Person, ID: string(root.ID), Name: "root"}
		w.want(w.Start(t.Context(), super, l), "lease_lost") // a guard, which binds superusers too
		w.want(w.Start(t.Context(), w.max, l), "denied")
		w.want(w.Start(t.Context(), authz.Subject{}, l), "not_found")
		_, err = w.nodes.Claim(t.Context(), super, everything)
		w.want(err, "not_a_node")
	})
}

func TestHeartbeatsKeepTheLease(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, node := w.submit(w.ada, w.onFile()), w.node("n1")
		l := w.started(node).Lease
		for range 5 {
			w.clock.advance(leaseTTL - time.Second)
			w.sweep()
			renewal, err := w.Heartbeat(t.Context(), node, l)
			w.must(err)
			if renewal.TTL != leaseTTL || renewal.Cancel {
				t.Errorf("the renewal is %+v", renewal)
			}
		}
		w.wantState(job.ID, remit.JobRunning)
		w.finish(node, l, remit.JobSucceeded)
	})
}

func TestLostAttemptsCountAndTheLastOneFailsTheJob(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, node := w.submit(w.ada, w.onFile()), w.node("n1")
		for range 3 {
			w.started(node)
			w.clock.advance(leaseTTL)
			w.sweep()
		}
		if failed := w.wantState(job.ID, remit.JobFailed); !strings.Contains(failed.Error, "attempt 3 was lost") {
			t.Errorf("the error is %q", failed.Error)
		}
		retried, err := w.Retry(t.Context(), w.ada, job.ID)
		w.must(err)
		if retried.Attempt != 3 || retried.MaxAttempts != 6 {
			t.Errorf("it shows attempt %d of at most %d, want 3 of 6", retried.Attempt, retried.MaxAttempts)
		}
		if again := w.started(node); again.Attempt != 4 {
			t.Errorf("the retry is attempt %d, want 4", again.Attempt)
		}
		w.clock.advance(leaseTTL)
		w.sweep()
		w.wantState(job.ID, remit.JobQueued) // a retry has all attempts again
	})
}

// TestAnAttemptThatNeverStartedIsNoTry: the answer to the claim got lost, or
// the node went away at once; but a job that keeps nodes from starting ends.
func TestAnAttemptThatNeverStartedIsNoTry(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, node := w.submit(w.max, remit.JobSpec{Type: "once", Start: true}), w.node("n1")
		loseClaims := func(n int) {
			for range n {
				w.claim(node)
				w.clock.advance(leaseTTL)
				w.sweep()
			}
		}
		loseClaims(4)
		w.claim(node)
		_, err := w.Wrest(t.Context(), w.max, job.ID)
		w.must(err)
		w.wantState(job.ID, remit.JobQueued)
		loseClaims(1)
		if failed := w.wantState(job.ID, remit.JobFailed); failed.Attempt != 6 || !strings.Contains(failed.Error, "attempt 6 was lost") {
			t.Errorf("the failed job is %+v", failed)
		}
		_, err = w.Retry(t.Context(), w.max, job.ID)
		w.must(err)
		loseClaims(5) // a retry has them again
		w.wantState(job.ID, remit.JobQueued)
		w.started(node)
		w.clock.advance(leaseTTL)
		w.sweep()
		w.wantState(job.ID, remit.JobFailed)
	})
}

func TestAFailedAttemptIsTriedAgainAfterItsBackOff(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, node := w.submit(w.ada, w.onFile()), w.node("n1")
		for _, wait := range []time.Duration{10 * time.Second, 20 * time.Second} {
			w.finish(node, w.started(node).Lease, remit.JobFailed)
			w.wantState(job.ID, remit.JobQueued)
			w.clock.advance(wait - time.Microsecond)
			w.claimNothing(node)
			w.clock.advance(time.Microsecond)
		}
		w.must(w.Finish(t.Context(), node, w.started(node).Lease, jobs.Outcome{State: remit.JobFailed, Error: "no insects"}))
		if failed := w.wantState(job.ID, remit.JobFailed); failed.Error != "no insects" || failed.Attempt != 3 {
			t.Errorf("the failed job is %+v", failed)
		}
		if got := w.attempts(job.ID); got != "failed failed failed" {
			t.Errorf("the attempts are %s", got)
		}
	})
}

func TestAReleasedJobGoesBackAndLosesNoAttempt(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, node := w.submit(w.max, remit.JobSpec{Type: "once", Start: true}), w.node("n1")
		for range 3 {
			l := w.started(node).Lease
			held, err := w.nodes.Held(t.Context(), node, "")
			w.must(err)
			if diff := cmp.Diff([]remit.Lease{l}, held); diff != "" {
				t.Errorf("the node finds (-want +got):\n%s", diff)
			}
			w.must(w.Release(t.Context(), node, l))
		}
		w.wantState(job.ID, remit.JobQueued)
		w.finish(node, w.started(node).Lease, remit.JobFailed)
		w.wantState(job.ID, remit.JobFailed)
	})
}

func TestCancellingARunningJobTellsItsNode(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, node := w.submit(w.ada, w.onFile()), w.node("n1")
		l := w.started(node).Lease
		cancelled, err := w.Cancel(t.Context(), w.ada, job.ID)
		w.must(err)
		if cancelled.State != remit.JobCancelling || cancelled.CancelledBy != "ada" {
			t.Errorf("the job is %+v", cancelled)
		}
		renewal, err := w.Heartbeat(t.Context(), node, l)
		w.must(err)
		if !renewal.Cancel {
			t.Error("the heartbeat does not say that the job was cancelled")
		}
		w.finish(node, l, remit.JobCancelled)
		w.finish(node, l, remit.JobCancelled)
		w.wantState(job.ID, remit.JobCancelled)
		same, err := w.Cancel(t.Context(), w.ada, job.ID)
		w.must(err)
		if same.State != remit.JobCancelled {
			t.Errorf("cancelling again makes it %s", same.State)
		}
	})
}

func TestASuccessThatCameTooLateDoesNotReviveACancelledJob(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, node := w.submit(w.ada, w.onFile()), w.node("n1")
		l := w.started(node).Lease
		_, err := w.Cancel(t.Context(), w.ada, job.ID)
		w.must(err)
		w.finish(node, l, remit.JobSucceeded)
		w.wantState(job.ID, remit.JobCancelled)
	})
}

func TestANodeThatNeverStopsDoesNotKeepAJobInCancelling(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, node := w.submit(w.ada, w.onFile()), w.node("n1")
		l := w.started(node).Lease
		_, err := w.Cancel(t.Context(), w.ada, job.ID)
		w.must(err)
		for range 2 {
			w.clock.advance(cancelTimeout / 2)
			_, err = w.Heartbeat(t.Context(), node, l) // alive, but deaf
			w.must(err)
		}
		w.sweep()
		w.wantState(job.ID, remit.JobCancelled)
		w.refused(node, l, w.first)
	})
}

func TestAfterAServerWasAwayItsNodesHaveTimeToRenew(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, jobs.Options{Grace: leaseTTL})
		job, node := w.submit(w.ada, w.onFile()), w.node("n1")
		l := w.started(node).Lease
		w.clock.advance(time.Hour)
		w.sweep() // the first of this server
		w.wantState(job.ID, remit.JobRunning)
		_, err := w.Heartbeat(t.Context(), node, l)
		w.must(err)
		w.clock.advance(leaseTTL)
		w.sweep()
		w.wantState(job.ID, remit.JobQueued)
	})
}

func TestCleanupAddsNothingToTheLogOfAnAttemptThatItsNodeEnded(t *testing.T) {
	for name, end := range map[string]func(*world, authz.Subject, remit.Lease){
		"finished": func(w *world, n authz.Subject, l remit.Lease) { w.finish(n, l, remit.JobSucceeded) },
		"failed":   func(w *world, n authz.Subject, l remit.Lease) { w.finish(n, l, remit.JobFailed) },
		"released": func(w *world, n authz.Subject, l remit.Lease) { w.must(w.Release(w.t.Context(), n, l)) },
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, w *world) {
				job, node := w.submit(w.max, remit.JobSpec{Type: "once", Start: true}), w.node("n1")
				l := w.started(node).Lease
				w.must(w.say(node, l, 0, "words"))
				end(w, node, l)
				for range 2 {
					w.must(w.Cleanup(t.Context(), node, l, " and more"))
				}
				if got := w.log(job.ID, 1); got != "words" {
					t.Errorf("the log reads %q", got)
				}
			})
		})
	}
}

func TestANodesOwnOldLeaseIsAsDeadAsAnothers(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, node := w.submit(w.ada, w.onFile()), w.node("n1")
		old := w.started(node).Lease
		w.clock.advance(leaseTTL)
		w.sweep()
		fresh := w.started(node).Lease
		w.refused(node, old, w.first)
		w.refused(node, remit.Lease{Job: job.ID, Attempt: fresh.Attempt, Lease: old.Lease}, w.first)
		w.refused(node, remit.Lease{Job: job.ID, Attempt: old.Attempt, Lease: fresh.Lease}, w.first)
		w.must(w.Cleanup(t.Context(), node, old, ""))
		w.finish(node, fresh, remit.JobSucceeded)
	})
}
