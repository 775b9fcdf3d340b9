package jobs_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
)

// hostile is text that PostgreSQL refuses and SQLite takes.
var hostile = []string{"\x00", "a\x00b", "\xff", "job_\xff0000000000000000000000000", "ü\xc3"}

func TestHostileTextInAQuestionIsLikeAnUnknownName(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, node := w.submit(w.ada, w.onFile()), w.node("n1")
		as := w.started(node)
		ctx := t.Context()
		for _, bad := range hostile {
			_, err := w.Job(ctx, w.max, remit.JobID(bad))
			w.want(err, "not_found")
			_, err = w.Find(ctx, w.max, bad)
			w.want(err, "not_found")
			_, err = w.Cancel(ctx, w.max, remit.JobID(bad))
			w.want(err, "not_found")
			_, err = w.Requeue(ctx, w.max, remit.JobID(bad), jobs.Requeue{})
			w.want(err, "not_found")
			w.want(w.Delete(ctx, w.max, remit.JobID(bad)), "not_found")
			w.want(w.Start(ctx, node, remit.Lease{Job: remit.JobID(bad), Attempt: 1, Lease: bad}), "not_found")
			_, _, err = w.OpenArtifact(ctx, w.max, job.ID, 1, bad)
			w.want(err, "not_found")
			_, _, err = w.OpenInput(ctx, node, as.Lease, remit.FileID(bad))
			w.want(err, "not_found")

			for _, f := range []jobs.Filter{{Type: bad}, {Owner: bad}} {
				page, err := w.Jobs(ctx, w.max, f)
				w.must(err)
				if page.Items == nil || len(page.Items) != 0 {
					t.Errorf("%+v finds %v, want an empty list", f, page.Items)
				}
			}
			for code, f := range map[string]jobs.Filter{"invalid": {State: remit.JobState(bad)}, "not_found": {File: remit.FileID(bad)}} {
				_, err := w.Jobs(ctx, w.max, f)
				w.want(err, code)
			}
			_, err = w.Jobs(ctx, w.max, jobs.Filter{After: remit.JobID(bad)})
			w.want(err, "invalid")
			_, err = w.Jobs(ctx, w.max, jobs.Filter{Project: bad})
			w.want(err, "not_found")
			_, err = w.Types(ctx, setup, bad)
			w.want(err, "not_found")
			_, err = w.Submit(ctx, w.max, "moths", remit.JobSpec{Type: bad})
			w.want(err, "invalid")
			_, err = w.SubmitControl(ctx, w.max, "moths", bad, remit.On{})
			w.must(err) // the button says that there is no such type
		}
		for _, number := range []int{-1, 2, math.MaxInt32 + 1, math.MaxInt} {
			_, err := w.Artifacts(ctx, w.max, job.ID, number)
			w.want(err, "not_found")
		}
		_, err := w.Log(ctx, w.max, job.ID, math.MaxInt, 0, 0)
		w.want(err, "not_found")
		part, err := w.Log(ctx, w.max, job.ID, 0, math.MaxInt64, 0)
		w.must(err)
		if len(part.Data) != 0 {
			t.Errorf("far behind its end the log reads %q", part.Data)
		}
	})
}

func TestHostileTextOfALeaseIsAnOldLease(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.submit(w.ada, w.onFile())
		node := w.node("n1")
		l := w.started(node).Lease
		leases := []remit.Lease{{Job: l.Job, Attempt: math.MaxInt, Lease: l.Lease}, {Job: l.Job, Attempt: math.MinInt, Lease: l.Lease}}
		for _, bad := range hostile {
			leases = append(leases, remit.Lease{Job: l.Job, Attempt: l.Attempt, Lease: bad})
		}
		for _, bad := range leases {
			w.refused(node, bad, w.first)
			w.want(w.Cleanup(t.Context(), node, bad, "x"), "lease_lost")
		}
		w.finish(node, l, remit.JobSucceeded)
	})
}

func TestHostileTextThatIsToBeKeptIsRefused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		for _, params := range []string{`{"threshold":1,"x":"\xff"}`, `{"threshold":1,"\xff":1}`, `{"threshold":1,"x":"a\u0000b"}`, "{\x00}", `{"\u0000":1}`} {
			spec := w.onFile()
			spec.Params = json.RawMessage(params)
			_, err := w.Submit(ctx, w.ada, "moths", spec)
			w.want(err, "invalid")
		}
		free := remit.JobType{Key: "free", Title: "Anything", On: []string{"none"}, Params: json.RawMessage(`{"type":"object"}`), Runner: "process", Command: []string{"true"}, Args: true}
		w.must(w.DeclareType(ctx, setup, free))
		for _, params := range []string{`{"x":"` + "\xff" + `"}`, `{"` + "\xff" + `":1}`, `{"x":"a\u0000b"}`, `{"a\u0000":1}`, `{"x":1e999}`} {
			_, err := w.Submit(ctx, w.max, "moths", remit.JobSpec{Type: "free", Params: json.RawMessage(params)})
			w.want(err, "invalid")
			bad := free
			bad.Params = json.RawMessage(`{"type":"object","properties":` + params + `}`)
			w.want(w.DeclareType(ctx, setup, bad), "invalid")
		}
		fine := w.submit(w.max, remit.JobSpec{Type: "free", Params: json.RawMessage(`{"x":"no zero: \\u0000, 1e999","y":1e300}`)})
		w.wantState(fine.ID, remit.JobCreated)

		node := w.node("n1")
		job := w.submit(w.ada, w.onFile())
		l := w.started(node).Lease
		for _, bad := range hostile {
			_, err := w.Submit(ctx, w.max, "moths", remit.JobSpec{Type: "free", Args: []string{bad}})
			w.want(err, "invalid")
			_, err = w.Submit(ctx, w.max, "moths", remit.JobSpec{Type: "free", Name: bad})
			w.want(err, "invalid")
			declared := free
			declared.Command = []string{bad}
			w.want(w.DeclareType(ctx, setup, declared), "invalid")
			_, err = w.PutArtifact(ctx, node, l, bad, strings.NewReader("x"))
			w.want(err, "invalid")
			w.must(w.Progress(ctx, node, l, remit.Progress{Stages: []remit.Stage{{Label: bad}}}))
			quoted, _ := json.Marshal(map[string]string{"x": "\x00"})
			for _, result := range []string{`{"x":"` + bad + `"}`, string(quoted), `{"x":1e999}`} {
				w.want(w.Finish(ctx, node, l, jobs.Outcome{State: remit.JobSucceeded, Result: json.RawMessage(result)}), "invalid")
			}
		}
		w.must(w.Finish(ctx, node, l, jobs.Outcome{State: remit.JobSucceeded, Error: "odd \x00\xff", Result: json.RawMessage(`{"x":"\\u0000"}`)}))
		if done := w.wantState(job.ID, remit.JobSucceeded); done.Error != "odd \uFFFD\uFFFD" {
			t.Errorf("the error reads %q", done.Error)
		}
	})
}

func TestALogIsCutOnceItIsKnownAndStaysText(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, node := w.submit(w.ada, w.onFile()), w.node("n1")
		l := w.started(node).Lease
		w.must(w.say(node, l, 0, "a\xc3"))          // half of a character
		w.must(w.say(node, l, 0, "a\xc3\xbc\x00b")) // all of it, again from the beginning
		if got := w.log(job.ID, 0); got != "a???b" {
			t.Errorf("the log reads %q", got)
		}
		most := strings.Repeat("x", jobs.MaxLogPiece)
		w.must(w.say(node, l, 5, most))
		w.want(w.say(node, l, 5+len(most), most+"x"), "invalid")
		w.clock.advance(leaseTTL)
		w.sweep()
		w.must(w.Cleanup(t.Context(), node, l, "last\x00\xff"))
		part, err := w.Log(t.Context(), w.max, job.ID, 1, int64(5+len(most)), 0)
		w.must(err)
		if string(part.Data) != "last??" {
			t.Errorf("the last words read %q", part.Data)
		}
	})
}
