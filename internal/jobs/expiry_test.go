package jobs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
)

// made is a job of the type "kept", three days, that has ended and made one file.
func (w *world) made(node authz.Subject) remit.Job {
	w.t.Helper()
	w.must(w.DeclareType(w.t.Context(), setup, remit.JobType{Key: "kept", Title: "Kept", On: []string{"none"}, Runner: "process",
		Command: []string{"true"}, ArtifactDays: 3, MaxAttempts: 2}))
	job := w.submit(w.max, remit.JobSpec{Type: "kept", Start: true})
	w.work(node, remit.JobSucceeded)
	return w.wantState(job.ID, remit.JobSucceeded)
}

func (w *world) work(node authz.Subject, end remit.JobState) {
	w.t.Helper()
	l := w.started(node).Lease
	_, err := w.PutArtifact(w.t.Context(), node, l, "a.txt", strings.NewReader("a"))
	w.must(err)
	w.finish(node, l, end)
}

// open wants the code of opening the artifact, alone and in the ZIP.
func (w *world) open(id remit.JobID, code string) {
	w.t.Helper()
	w.openOf(id, 0, code)
	_, err := w.Zip(w.t.Context(), w.max, id, 0)
	w.want(err, code)
}

// openOf wants the code of opening the artifact of one attempt.
func (w *world) openOf(id remit.JobID, attempt int, code string) {
	w.t.Helper()
	_, body, err := w.OpenArtifact(w.t.Context(), w.max, id, attempt, "a.txt")
	w.want(err, code)
	if err == nil {
		w.must(body.Close())
	}
}

func TestArtifactsExpireWhenTheirTypeSays(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job := w.made(w.node("n1"))
		ends := job.FinishedAt.AddDate(0, 0, 3)
		if diff := cmp.Diff(&ends, job.ExpiresAt); diff != "" || job.ExpiredAt != nil {
			t.Errorf("expires (-want +got), or expired at %v:\n%s", job.ExpiredAt, diff)
		}
		w.clock.advance(3*24*time.Hour - time.Second)
		w.open(job.ID, "")
		w.clock.advance(time.Second)
		w.open(job.ID, "expired")
		if job = w.wantState(job.ID, remit.JobSucceeded); job.ExpiresAt != nil || !job.ExpiredAt.Equal(ends) {
			t.Errorf("expires %v, expired %v", job.ExpiresAt, job.ExpiredAt)
		}
		if all, err := w.Artifacts(t.Context(), w.max, job.ID, 0); err != nil || len(all) != 1 {
			t.Errorf("its record is %v, %v", all, err)
		}
		_, err := w.Extend(t.Context(), w.max, job.ID, w.clock.now().Add(time.Hour))
		w.want(err, "expired")
	})
}

func TestArtifactsAreKeptLongerOrLetGo(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		node := w.node("n1")
		job := w.made(node)
		until := w.clock.now().AddDate(0, 0, 10)
		kept, err := w.Extend(t.Context(), w.max, job.ID, until)
		w.must(err)
		if !kept.ExpiresAt.Equal(until) {
			t.Errorf("it expires %v", kept.ExpiresAt)
		}
		w.clock.advance(9 * 24 * time.Hour)
		w.open(job.ID, "")
		for range 2 {
			gone, err := w.Expire(t.Context(), w.max, job.ID)
			w.must(err)
			if !gone.ExpiredAt.Equal(w.clock.now()) {
				t.Errorf("it expired %v", gone.ExpiredAt)
			}
		}
		w.open(job.ID, "expired")
		for _, wrong := range []time.Time{{}, w.clock.now(), w.clock.now().AddDate(200, 0, 0)} {
			_, err = w.Extend(t.Context(), w.max, w.made(node).ID, wrong)
			w.want(err, "invalid")
		}
	})
}

func TestWhatWasSaidBeforeAJobRanAgainDoesNotCount(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		node := w.node("n1")
		w.made(node)
		job := w.submit(w.max, remit.JobSpec{Type: "kept", Start: true})
		for range 2 {
			w.work(node, remit.JobFailed)
			w.clock.advance(time.Hour)
		}
		_, err := w.Expire(t.Context(), w.max, job.ID)
		w.must(err)
		w.clock.advance(time.Second)
		_, err = w.Retry(t.Context(), w.max, job.ID)
		w.must(err)
		w.work(node, remit.JobSucceeded)
		w.open(job.ID, "")
	})
}

func TestWhatHasExpiredStaysSoWhenTheJobRunsAgain(t *testing.T) {
	for name, end := range map[string]func(w *world, id remit.JobID){
		"let go": func(w *world, id remit.JobID) {
			_, err := w.Expire(w.t.Context(), w.max, id)
			w.must(err)
		},
		"by its type": func(w *world, _ remit.JobID) { w.clock.advance(3 * 24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, w *world) {
				node := w.node("n1")
				w.made(node)
				job := w.submit(w.max, remit.JobSpec{Type: "kept", Start: true})
				for range 2 {
					w.work(node, remit.JobFailed)
				}
				end(w, job.ID)
				w.openOf(job.ID, 1, "expired")
				w.clock.advance(time.Second)
				_, err := w.Retry(t.Context(), w.max, job.ID)
				w.must(err)
				w.openOf(job.ID, 1, "expired")
				w.work(node, remit.JobSucceeded)
				w.openOf(job.ID, 1, "expired")
				w.openOf(job.ID, 2, "expired")
				w.open(job.ID, "")
			})
		})
	}
}

func TestWhatHasNotExpiredIsKeptWhenTheJobRunsAgain(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		node := w.node("n1")
		w.made(node)
		job := w.submit(w.max, remit.JobSpec{Type: "kept", Start: true})
		w.work(node, remit.JobFailed)
		_, err := w.Cancel(t.Context(), w.max, job.ID)
		w.must(err)
		_, err = w.Retry(t.Context(), w.max, job.ID)
		w.must(err)
		w.work(node, remit.JobSucceeded)
		w.openOf(job.ID, 1, "")
	})
}

func TestWhatAStepMadeStaysExpiredWhenItsWorkflowRunsAgain(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		node := w.node("n1")
		job := w.survey(w.max)
		as := w.claimStep(node, job.ID, "find")
		_, err := w.PutArtifact(t.Context(), node, as.Lease, "a.txt", strings.NewReader("a"))
		w.must(err)
		w.must(w.Finish(t.Context(), node, as.Lease, bad))
		w.advance()
		find := as.Lease.Job
		_, err = w.Expire(t.Context(), w.max, find)
		w.must(err)
		w.clock.advance(time.Second)
		_, err = w.Retry(t.Context(), w.max, job.ID)
		w.must(err)
		w.advance()
		w.wantState(find, remit.JobQueued)
		w.openOf(find, 1, "expired")
	})
}

func TestOnlyThoseWhoMayLetArtifactsGo(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job := w.made(w.node("n1"))
		until := w.clock.now().AddDate(0, 0, 1)
		w.role("owner", "project:view job:read job:expire@own")
		capped := w.max
		capped.Caps = &authz.Caps{Scopes: []string{"job:read", "project:view"}}
		for _, c := range []struct {
			who  authz.Subject
			code string
		}{{w.ada, "denied"}, {w.person("own", "owner"), "denied"}, {capped, "key_scope"}, {w.person("out"), "not_found"}} {
			_, err := w.Expire(t.Context(), c.who, job.ID)
			w.want(err, c.code)
			_, err = w.Extend(t.Context(), c.who, job.ID, until)
			w.want(err, c.code)
		}
		if done := w.bulk(w.ada, jobs.Bulk{Action: "expire", Filter: remit.JobFilter{Type: "kept"}}); done.Jobs != 0 || done.Refused != 1 {
			t.Errorf("all at once: %+v", done)
		}
		waiting := w.submit(w.max, remit.JobSpec{Type: "kept"})
		_, err := w.Expire(t.Context(), w.max, waiting.ID)
		w.want(err, "not_finished")
		if done := w.bulk(w.max, jobs.Bulk{Action: "expire", Filter: remit.JobFilter{Type: "kept"}}); done.Jobs != 1 || done.Unfit[remit.JobCreated] != 1 {
			t.Errorf("all at once: %+v", done)
		}
		w.open(job.ID, "expired")
		w.must(w.Delete(t.Context(), w.max, job.ID))
	})
}
