package server_test

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

// field is a project with a node of its own and jobs of a type that is on nothing.
func (w *world) field(name string) (slug string, node *client.Client) {
	w.t.Helper()
	if err := w.server.Jobs.DeclareType(w.t.Context(), server.Setup, jobType("count")); err != nil {
		w.t.Fatal(err)
	}
	into[remit.Project](w.t, w.call("root", "POST", "/api/v1/projects", client.NewProject{Slug: name}), 201)
	return name, w.worker("node-of-"+name, name)
}

// begun is a job that the node works on, and has said something about.
func (w *world) begun(slug string, node *client.Client) remit.Assignment {
	w.t.Helper()
	job := into[remit.Job](w.t, w.call("root", "POST", "/api/v1/projects/"+slug+"/jobs", remit.JobSpec{Type: "count", Start: true}), 201)
	got := claim(w.t, node)
	if got.Job != job.ID {
		w.t.Fatalf("claimed %s, want %s", got.Job, job.ID)
	}
	ctx, l := w.t.Context(), got.Lease
	w.did(node.Start(ctx, l))
	w.did(node.Progress(ctx, l, remit.Progress{Fraction: 0.5}))
	w.did(node.AppendLog(ctx, l, "stdout", 0, "in time\n"))
	_, err := node.PutArtifact(ctx, l, "counts.csv", strings.NewReader("in time\n"))
	w.did(err)
	return got
}

func (w *world) did(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v (%s)", err, remit.CodeOf(err))
	}
}

func (w *world) cancelled(id remit.JobID) remit.Job {
	w.t.Helper()
	return into[remit.Job](w.t, w.call("root", "POST", "/api/v1/jobs/"+string(id)+"/cancel", nil), 200)
}

// lateWords are all that a node can say of a job, each as if it went on well.
func lateWords(ctx context.Context, node *client.Client, l remit.Lease) map[string]error {
	result := json.RawMessage(`{"found":7}`)
	_, renewed := node.Heartbeat(ctx, l)
	_, stored := node.PutArtifact(ctx, l, "counts.csv", strings.NewReader("late\n"))
	_, another := node.PutArtifact(ctx, l, "more.csv", strings.NewReader("late\n"))
	said := map[string]error{
		"start": node.Start(ctx, l), "heartbeat": renewed, "artifact": stored, "another artifact": another,
		"progress": node.Progress(ctx, l, remit.Progress{Fraction: 0.9}),
		"log":      node.AppendLog(ctx, l, "stdout", int64(len("in time\n")), "late\n"),
		"release":  node.Release(ctx, l),
	}
	for _, state := range []remit.JobState{remit.JobSucceeded, remit.JobFailed, remit.JobCancelled} {
		said["finish as "+string(state)] = node.Finish(ctx, l, client.Finish{State: state, Result: result})
	}
	return said
}

// tooLate wants every late word to be refused with 409, and the job as it was.
// What the node ended its attempt with itself, said again, is no news.
func (w *world) tooLate(node *client.Client, l remit.Lease, ended remit.JobState) {
	w.t.Helper()
	before := w.all(l.Job)
	for what, err := range lateWords(w.t.Context(), node, l) {
		if what == "finish as "+string(ended) {
			w.did(err)
			continue
		}
		if remit.KindOf(err) != remit.Conflict || remit.CodeOf(err) != "lease_lost" {
			w.t.Errorf("late %s: %v (%s), want 409 lease_lost", what, err, remit.CodeOf(err))
		}
	}
	done, err := node.FinishAll(w.t.Context(), []client.Ending{{Job: l.Job, Finish: client.Finish{
		LeaseOf: client.LeaseOf{Attempt: l.Attempt, Lease: l.Lease}, State: remit.JobSucceeded}}})
	w.did(err)
	if ended != remit.JobSucceeded && (len(done.Failed) != 1 || done.Failed[0].Code != "lease_lost") {
		w.t.Errorf("late finish with others: %+v", done)
	}
	if diff := cmp.Diff(before, w.all(l.Job)); diff != "" {
		w.t.Errorf("late words changed the job (-before +after):\n%s", diff)
	}
}

// everything is all that can be seen of a job.
type everything struct {
	Job       remit.Job
	Attempts  []remit.Attempt
	Artifacts []remit.Artifact
	Bytes     string
	Log       string
	History   string
}

func (w *world) all(id remit.JobID) (e everything) {
	w.t.Helper()
	at := "/api/v1/jobs/" + string(id)
	e.Job = into[remit.Job](w.t, w.call("root", "GET", at, nil), 200)
	e.Attempts = into[remit.Page[remit.Attempt]](w.t, w.call("root", "GET", at+"/attempts", nil), 200).Items
	e.Artifacts = into[remit.Page[remit.Artifact]](w.t, w.call("root", "GET", at+"/artifacts?attempt=1", nil), 200).Items
	e.Bytes = string(w.call("root", "GET", at+"/artifacts/counts.csv?attempt=1", nil).body)
	e.History = string(w.call("root", "GET", at+"/history", nil).body)
	log, err := w.as("root").Log(w.t.Context(), id, 1, false)
	w.did(err)
	defer log.Close()
	text, err := io.ReadAll(log)
	w.did(err)
	e.Log = string(text)
	return e
}

func TestALateResultNeverRevivesACancelledJob(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db, func(o *server.Options, roots map[string][]string) { o.LeaseTTL = time.Hour; clear(roots) })
		slug, node := w.field("count")
		for _, said := range []remit.JobState{remit.JobSucceeded, remit.JobFailed, remit.JobCancelled} {
			got := w.begun(slug, node)
			if job := w.cancelled(got.Job); job.State != remit.JobCancelling {
				t.Fatalf("the job is %s", job.State)
			}
			if renewal, err := node.Heartbeat(t.Context(), got.Lease); err != nil || !renewal.Cancel {
				t.Errorf("the node is told %+v, %v", renewal, err)
			}
			w.did(node.Finish(t.Context(), got.Lease, client.Finish{State: said, Result: json.RawMessage(`{"found":7}`)}))
			if job := w.finished(got.Job); job.State != remit.JobCancelled || job.Result != nil || job.CancelledBy != "root" {
				t.Errorf("ended as %s the cancelled job is %s with %s, by %q", said, job.State, job.Result, job.CancelledBy)
			}
			w.tooLate(node, got.Lease, said)
		}
	})
}

func TestANodeThatIsSilentWhenItsJobIsCancelledIsTooLateAfterItsLease(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db, func(o *server.Options, roots map[string][]string) { o.LeaseTTL = 3 * time.Second; clear(roots) })
		slug, node := w.field("count")
		old := w.begun(slug, node)
		w.cancelled(old.Job)
		if job := w.finished(old.Job); job.State != remit.JobCancelled {
			t.Fatalf("the job %s", job.State)
		}
		w.tooLate(node, old.Lease, "")
		w.did(node.Cleanup(t.Context(), old.Lease, "last words\n"))
		if e := w.all(old.Job); e.Job.State != remit.JobCancelled || e.Bytes != "in time\n" || !strings.HasPrefix(e.Log, "in time\n") || strings.Contains(e.Log, "late") {
			t.Errorf("after clean-up the job is %s, with %q and log %q", e.Job.State, e.Bytes, e.Log)
		}
	})
}

// What a cancelled attempt still says touches neither a retry in the queue nor one that is at work.
func TestALateResultDoesNotTouchARetry(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db, func(o *server.Options, roots map[string][]string) { o.LeaseTTL = time.Hour; clear(roots) })
		slug, node := w.field("count")
		old := w.begun(slug, node)
		w.cancelled(old.Job)
		w.did(node.Finish(t.Context(), old.Lease, client.Finish{State: remit.JobCancelled}))
		into[remit.Job](t, w.call("root", "POST", "/api/v1/jobs/"+string(old.Job)+"/retry", nil), 200)
		w.tooLate(node, old.Lease, remit.JobCancelled)
		now := claim(t, w.worker("second", slug))
		if now.Job != old.Job || now.Attempt != 2 {
			t.Fatalf("claimed attempt %d of %s", now.Attempt, now.Job)
		}
		w.wantProgress(old.Job, remit.Progress{})
		w.tooLate(node, old.Lease, remit.JobCancelled)
		w.did(w.as("second").Finish(t.Context(), now.Lease, client.Finish{State: remit.JobSucceeded}))
		if job := w.finished(old.Job); job.State != remit.JobSucceeded || job.Attempt != 2 {
			t.Errorf("the job is %s at attempt %d", job.State, job.Attempt)
		}
		w.tooLate(node, old.Lease, remit.JobCancelled)
	})
}

func TestProgressNeverGoesBackOverHTTP(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db, func(o *server.Options, roots map[string][]string) { o.LeaseTTL = time.Hour; clear(roots) })
		slug, node := w.field("count")
		got := w.begun(slug, node) // at 0.5
		stage := func(label string, done int64) remit.Stage {
			return remit.Stage{Label: label, Done: done, Total: 100, Unit: "items"}
		}
		for _, step := range []struct{ said, want remit.Progress }{
			{remit.Progress{Fraction: 0.2}, remit.Progress{Fraction: 0.5}},
			{remit.Progress{Fraction: 0.6, Stages: []remit.Stage{stage("a", 40)}}, remit.Progress{Fraction: 0.6, Stages: []remit.Stage{stage("a", 40)}}},
			{remit.Progress{Stages: []remit.Stage{stage("a", 30), stage("b", 1)}}, remit.Progress{Fraction: 0.6, Stages: []remit.Stage{stage("a", 40), stage("b", 1)}}},
			{remit.Progress{Fraction: 0.7, Stages: []remit.Stage{stage("b", 2), {Label: "Resting"}}},
				remit.Progress{Fraction: 0.7, Stages: []remit.Stage{stage("a", 40), stage("b", 2), {Label: "Resting"}}}},
			{remit.Progress{Fraction: 0.1, Stages: []remit.Stage{stage("a", 3)}}, remit.Progress{Fraction: 0.7, Stages: []remit.Stage{stage("a", 40), stage("b", 2)}}},
			{remit.Progress{Fraction: 1}, remit.Progress{Fraction: 1, Stages: []remit.Stage{stage("a", 40), stage("b", 2)}}},
			{remit.Progress{}, remit.Progress{Fraction: 1, Stages: []remit.Stage{stage("a", 40), stage("b", 2)}}},
		} {
			w.did(node.Progress(t.Context(), got.Lease, step.said))
			w.wantProgress(got.Job, step.want)
		}
		at, lease := "/api/v1/node/jobs/"+string(got.Job)+"/progress", client.LeaseOf{Attempt: got.Attempt, Lease: got.Lease.Lease}
		for _, wrong := range []float64{-0.1, 1.1, math.MaxFloat64} {
			refused(t, w.call("node-of-count", "POST", at, client.ProgressReport{LeaseOf: lease, Progress: remit.Progress{Fraction: wrong}}), 422, "invalid")
		}
		refused(t, w.call("node-of-count", "POST", at, client.ProgressReport{LeaseOf: lease, Progress: remit.Progress{Fraction: 1, Stages: []remit.Stage{stage("a", -1)}}}), 422, "invalid")
		w.wantProgress(got.Job, remit.Progress{Fraction: 1, Stages: []remit.Stage{stage("a", 40), stage("b", 2)}})
	})
}

func (w *world) wantProgress(id remit.JobID, want remit.Progress) {
	w.t.Helper()
	job := into[remit.Job](w.t, w.call("root", "GET", "/api/v1/jobs/"+string(id), nil), 200)
	if diff := cmp.Diff(want, job.Progress); diff != "" {
		w.t.Errorf("progress (-want +got):\n%s", diff)
	}
}
