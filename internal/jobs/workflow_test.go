package jobs_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
)

var survey = remit.JobType{
	Key: "survey", Title: "Survey", On: []string{"file", "collection"}, Params: thresholds, Runner: "workflow",
	Steps: []remit.Step{
		{Name: "find", Type: "detect", Params: map[string]any{"threshold": map[string]any{"from": "params.threshold"}}},
		{Name: "count", Type: "tally", On: "none", Params: map[string]any{"found": map[string]any{"from": "steps.find.result.found"}, "label": "moths"}},
		{Name: "check", Type: "once", On: "none"},
		{Name: "report", Type: "once", On: "none", Needs: []string{"count", "check"}},
	},
}

// surveys adds the types of a workflow, and a role that may run only it and what
// it is made of.
func (w *world) surveys() {
	w.t.Helper()
	tally := json.RawMessage(`{"type":"object","required":["found"],"properties":{"found":{"type":"integer"},"label":{"type":"string"}},"additionalProperties":false}`)
	for _, t := range []remit.JobType{
		{Key: "detect", Title: "Detect", On: []string{"file", "collection"}, Params: thresholds, Runner: "process", Command: []string{"true"}},
		{Key: "tally", Title: "Tally", On: []string{"none"}, Params: tally, Runner: "process", Command: []string{"true"}},
		survey,
	} {
		w.must(w.DeclareType(w.t.Context(), setup, t))
	}
}

func (w *world) survey(who authz.Subject) remit.Job {
	w.t.Helper()
	job := w.submit(who, remit.JobSpec{Type: "survey", On: remit.On{File: w.first}, Params: json.RawMessage(`{"threshold":3}`), Start: true})
	w.advance()
	return w.wantState(job.ID, remit.JobRunning)
}

// steps are the states of a workflow's steps: "find=queued count=waiting".
func (w *world) steps(id remit.JobID) string {
	w.t.Helper()
	job, err := w.Job(w.t.Context(), w.max, id)
	w.must(err)
	var words []string
	for _, s := range job.Steps {
		words = append(words, s.Name+"="+string(s.State))
	}
	return strings.Join(words, " ")
}

func (w *world) wantSteps(id remit.JobID, want string) {
	w.t.Helper()
	if got := w.steps(id); got != want {
		w.t.Fatalf("the steps are %s, want %s", got, want)
	}
}

// step is the job of a step.
func (w *world) step(id remit.JobID, name string) remit.Job {
	w.t.Helper()
	page, err := w.Jobs(w.t.Context(), w.max, jobs.Filter{Parent: id})
	w.must(err)
	for _, j := range page.Items {
		if j.Step == name {
			return j
		}
	}
	w.t.Fatalf("workflow %s has no job for step %s", id, name)
	return remit.Job{}
}

// does works on a step and ends it so.
func (w *world) does(node authz.Subject, id remit.JobID, name string, o jobs.Outcome) {
	w.t.Helper()
	as := w.claimStep(node, id, name)
	w.must(w.Finish(w.t.Context(), node, as.Lease, o))
	w.advance()
}

// claimStep begins to work on a step, which must be the first of its type in the queue.
func (w *world) claimStep(node authz.Subject, id remit.JobID, name string) remit.Assignment {
	w.t.Helper()
	want := w.step(id, name)
	given, err := w.nodes.Claim(w.t.Context(), node, nodes.Want{Want: jobs.Want{Types: []string{want.Type}}})
	w.must(err)
	if len(given) != 1 || given[0].Lease.Job != want.ID {
		w.t.Fatalf("claimed %v, want step %s, which is %s", given, name, want.State)
	}
	w.must(w.Start(w.t.Context(), node, given[0].Lease))
	return given[0]
}

func ok(result string) jobs.Outcome {
	return jobs.Outcome{State: remit.JobSucceeded, Result: json.RawMessage(result)}
}

var bad = jobs.Outcome{State: remit.JobFailed, Error: "it broke"}

func TestAWorkflowMakesItsStepsAsTheirInputsCome(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		node := w.node("n1")
		job := w.survey(w.max)
		w.wantSteps(job.ID, "find=queued count=waiting check=queued report=waiting")
		find := w.step(job.ID, "find")
		if find.Parent != job.ID || find.On != job.On || find.Owner != "max" || find.Runner != "max" || string(find.Params) != `{"threshold":3}` {
			t.Errorf("the first step is %+v", find)
		}
		w.does(node, job.ID, "find", ok(`{"found":7}`))
		if count := w.step(job.ID, "count"); string(count.Params) != `{"found":7,"label":"moths"}` || !count.On.IsZero() {
			t.Errorf("the second step is on %v with %s", count.On, count.Params)
		}
		w.does(node, job.ID, "check", ok(`1`))
		w.does(node, job.ID, "count", ok(`{"all":7}`))
		half := w.wantState(job.ID, remit.JobRunning)
		if half.Progress.Fraction != 0.75 || len(half.Progress.Stages) != 4 {
			t.Errorf("its progress is %+v, want three of four steps", half.Progress)
		}
		w.does(node, job.ID, "report", jobs.Outcome{State: remit.JobSucceeded})
		done := w.wantState(job.ID, remit.JobSucceeded)
		if want := `{"check":1,"count":{"all":7},"find":{"found":7},"report":null}`; string(done.Result) != want || done.Progress.Fraction != 1 {
			t.Errorf("it ends with %s at %v, want %s", done.Result, done.Progress.Fraction, want)
		}
	})
}

func TestNoNodeGetsAWorkflow(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		job := w.submit(w.max, remit.JobSpec{Type: "survey", On: remit.On{File: w.first}, Params: json.RawMessage(`{"threshold":3}`), Start: true})
		given, err := w.nodes.Claim(t.Context(), w.node("n1"), nodes.Want{Want: jobs.Want{Types: []string{"survey"}}})
		w.must(err)
		if len(given) != 0 {
			t.Errorf("a node was given the workflow: %v", given)
		}
		w.advance()
		w.wantState(job.ID, remit.JobRunning)
		_, err = w.Wrest(t.Context(), w.max, job.ID)
		w.want(err, "not_claimed")
		w.clock.advance(10 * leaseTTL)
		w.sweep()
		w.wantState(job.ID, remit.JobRunning)
	})
}

func TestAFailedStepFailsItsWorkflowWhenTheOthersAreOver(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		node := w.node("n1")
		job := w.survey(w.max)
		check := w.claimStep(node, job.ID, "check")
		w.does(node, job.ID, "find", bad)
		w.wantState(job.ID, remit.JobRunning)
		w.finish(node, check.Lease, remit.JobSucceeded)
		w.advance()
		failed := w.wantState(job.ID, remit.JobFailed)
		if failed.Error != "step find failed; not begun: count, report" {
			t.Errorf("it failed with %q", failed.Error)
		}
		w.wantSteps(job.ID, "find=failed count=not_made check=succeeded report=not_made")

		again, err := w.Retry(t.Context(), w.max, job.ID)
		w.must(err)
		w.wantSteps(again.ID, "find=waiting count=waiting check=succeeded report=waiting")
		if find := w.step(again.ID, "find"); find.Error == "" {
			t.Errorf("the job of the step has lost its error before it began anew")
		}
		if shown := again.Steps[0]; shown.Error != "" {
			t.Errorf("a step that waits shows the error of an earlier run: %q", shown.Error)
		}
		w.advance()
		w.wantSteps(again.ID, "find=queued count=waiting check=succeeded report=waiting")
		w.does(node, job.ID, "find", ok(`{"found":1}`))
		w.does(node, job.ID, "count", ok(`null`))
		w.does(node, job.ID, "report", ok(`null`))
		w.wantState(job.ID, remit.JobSucceeded)
		if got := w.attempts(w.step(job.ID, "find").ID); got != "failed succeeded" {
			t.Errorf("the step that failed has the attempts %s", got)
		}
		if got := w.attempts(w.step(job.ID, "check").ID); got != "succeeded" {
			t.Errorf("the step that succeeded has the attempts %s", got)
		}
	})
}

func TestAStepThatMayFailKeepsOnlyThoseWhoNeedItsResult(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		kind := survey
		kind.Key, kind.Steps = "lenient", append([]remit.Step{}, survey.Steps...)
		kind.Steps[0].Continue, kind.Steps[1].Continue = true, false
		kind.Steps[3].Needs = []string{"find", "check"}
		w.must(w.DeclareType(t.Context(), setup, kind))
		node := w.node("n1")
		job := w.submit(w.max, remit.JobSpec{Type: "lenient", On: remit.On{File: w.first}, Start: true})
		w.advance()
		w.does(node, job.ID, "find", bad)
		w.does(node, job.ID, "check", ok(`1`))
		w.does(node, job.ID, "report", ok(`2`))
		done := w.wantState(job.ID, remit.JobSucceeded)
		w.wantSteps(job.ID, "find=failed count=not_made check=succeeded report=succeeded")
		if string(done.Result) != `{"check":1,"report":2}` {
			t.Errorf("its result is %s", done.Result)
		}
	})
}

func TestAWorkflowIsCancelledFromTheTopAndWaitsForItsSteps(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		node := w.node("n1")
		job := w.survey(w.max)
		find := w.claimStep(node, job.ID, "find")
		for _, err := range []error{
			errorOf(w.Cancel(t.Context(), w.max, find.Lease.Job)), errorOf(w.Retry(t.Context(), w.max, find.Lease.Job)), w.Delete(t.Context(), w.max, find.Lease.Job),
		} {
			w.want(err, "not_top_level")
		}
		_, err := w.Cancel(t.Context(), w.max, job.ID)
		w.must(err)
		w.wantState(job.ID, remit.JobCancelling)
		w.wantSteps(job.ID, "find=cancelling count=waiting check=cancelled report=waiting")
		w.advance()
		w.wantState(job.ID, remit.JobCancelling)
		w.finish(node, find.Lease, remit.JobCancelled)
		w.advance()
		w.wantState(job.ID, remit.JobCancelled)

		_, err = w.Retry(t.Context(), w.max, job.ID)
		w.must(err)
		w.advance()
		w.wantSteps(job.ID, "find=queued count=waiting check=queued report=waiting")
		_, err = w.Cancel(t.Context(), w.max, job.ID)
		w.must(err)
		w.wantState(job.ID, remit.JobCancelled) // nothing is at work
		w.must(w.Delete(t.Context(), w.max, job.ID))
		page, err := w.Jobs(t.Context(), w.max, jobs.Filter{Parent: job.ID})
		w.must(err)
		if len(page.Items) != 0 {
			t.Errorf("its steps are still there: %v", page.Items)
		}
	})
}

func TestAStepThatTheRunnerMayNotRunIsHeldUntilTheyMay(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		w.role("surveyor", basic+" job:run.survey.single job:run.once")
		sue := w.person("sue", "surveyor")
		node := w.node("n1")
		job := w.survey(sue)
		w.wantSteps(job.ID, "find=held count=waiting check=queued report=waiting")
		if held := w.step(job.ID, "find").Held; !strings.Contains(held, "job:run.detect.single is missing") {
			t.Errorf("the step is held since %q", held)
		}
		w.does(node, job.ID, "check", ok(`1`))
		w.claimNothing(node)
		w.role("surveyor", basic+" job:run.survey.single job:run.once job:run.detect.single")
		w.sweep()
		w.does(node, job.ID, "find", ok(`{"found":1}`))
		w.wantSteps(job.ID, "find=succeeded count=held check=succeeded report=waiting")
		if held := w.step(job.ID, "count").Held; !strings.Contains(held, "job:run.tally is missing") {
			t.Errorf("the step is held since %q", held)
		}
		w.leave("sue")
		_, err := w.Cancel(t.Context(), w.max, job.ID)
		w.must(err)
		w.wantState(job.ID, remit.JobCancelled)
	})
}

func TestAWorkflowWhoseRunnerLostItsRightBeforeItBeganIsHeld(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		w.role("surveyor", basic+" job:run.survey.single")
		sue := w.person("sue", "surveyor")
		job := w.submit(sue, remit.JobSpec{Type: "survey", On: remit.On{File: w.first}, Start: true})
		w.leave("sue")
		w.advance()
		w.wantState(job.ID, remit.JobHeld)
		w.join("sue", "surveyor")
		w.sweep()
		w.advance()
		w.wantState(job.ID, remit.JobRunning)
	})
}

func TestAResultThatTheNextStepDoesNotTakeFailsIt(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		node := w.node("n1")
		for result, why := range map[string]string{`{"found":"seven"}`: "does not take params.found", `{"other":7}`: "there is none"} {
			job := w.survey(w.max)
			w.does(node, job.ID, "check", ok(`1`))
			w.does(node, job.ID, "find", ok(result))
			failed := w.wantState(job.ID, remit.JobFailed)
			if w.wantSteps(job.ID, "find=succeeded count=refused check=succeeded report=not_made"); !strings.Contains(failed.Steps[1].Error, why) {
				t.Errorf("the step is refused with %q, want %q", failed.Steps[1].Error, why)
			}
		}
	})
}

func TestProgressOfAWorkflowDoesNotGoBackWhenAStepBeginsAnew(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		node := w.node("n1")
		job := w.survey(w.max)
		find := w.claimStep(node, job.ID, "find")
		w.must(w.Progress(t.Context(), node, find.Lease, remit.Progress{Fraction: 0.8}))
		wantProgress := func() {
			t.Helper()
			if got := w.wantState(job.ID, remit.JobRunning).Progress.Fraction; got != 0.2 {
				t.Errorf("its progress is %v, want 0.2", got)
			}
		}
		wantProgress()
		w.must(w.Release(t.Context(), node, find.Lease))
		wantProgress()
		w.claimStep(node, job.ID, "find")
		wantProgress()
	})
}

func TestManyMayAdvanceAtOnceAndEachStepHasOneJob(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		var all []remit.JobID
		for range 5 {
			all = append(all, w.submit(w.max, remit.JobSpec{Type: "survey", On: remit.On{File: w.first}, Start: true}).ID)
		}
		var together sync.WaitGroup
		for range 4 {
			together.Go(func() {
				if _, err := w.Advance(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		together.Wait()
		for _, id := range all {
			w.wantSteps(id, "find=queued count=waiting check=queued report=waiting")
		}
	})
}

func TestStepsAreListedWhenAskedFor(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		job := w.survey(w.max)
		for want, f := range map[int]jobs.Filter{1: {}, 2: {Parent: job.ID}, 3: {Steps: true}} {
			page, err := w.Jobs(t.Context(), w.max, f)
			w.must(err)
			if len(page.Items) != want {
				t.Errorf("%+v lists %d jobs, want %d", f, len(page.Items), want)
			}
		}
		again, err := w.Requeue(t.Context(), w.max, w.step(job.ID, "check").ID, jobs.Requeue{})
		w.must(err)
		if again.Parent != "" || again.Step != "" {
			t.Errorf("a requeued step is %+v, want an ordinary job", again)
		}
	})
}

func TestWhoMayNotSeeAStepIsNotToldItsJob(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		w.role("watcher", "project:view")
		eve := w.person("eve", "watcher")
		job := w.survey(w.max)
		_, err := w.Job(t.Context(), eve, job.ID)
		w.want(err, "not_found")
		_, err = w.Cancel(t.Context(), eve, w.step(job.ID, "find").ID)
		w.want(err, "not_found")
		if diff := cmp.Diff([]string{"find", "count", "check", "report"}, stagesOf(job)); diff != "" {
			t.Error(diff)
		}
	})
}

func stagesOf(job remit.Job) (names []string) {
	for _, s := range job.Progress.Stages {
		names = append(names, s.Label)
	}
	return names
}

func errorOf(_ remit.Job, err error) error { return err }

// Each time another server dies, after a few changes that others hear of.
func TestAServerThatDiesWhileItAdvancesLosesNothing(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		node := w.node("n1")
		job := w.submit(w.max, remit.JobSpec{Type: "survey", On: remit.On{File: w.first}, Start: true})
		var waiting []remit.JobID
		for range 5 {
			waiting = append(waiting, w.submit(w.max, w.needing(job.ID)).ID)
		}
		for i := range 40 {
			w.advanceAndDie(1 + i%7)
			given, err := w.nodes.Claim(t.Context(), node, nodes.Want{Want: jobs.Want{Types: []string{"detect", "tally", "once"}}})
			w.must(err)
			for _, as := range given {
				w.must(w.Start(t.Context(), node, as.Lease))
				w.must(w.Finish(t.Context(), node, as.Lease, ok(`{"found":1}`)))
			}
		}
		w.wantState(job.ID, remit.JobSucceeded)
		for _, id := range waiting {
			w.wantState(id, remit.JobQueued)
		}
		page, err := w.Jobs(t.Context(), w.max, jobs.Filter{Parent: job.ID})
		w.must(err)
		if len(page.Items) != len(survey.Steps) {
			t.Errorf("it has %d jobs, want one for each of %d steps", len(page.Items), len(survey.Steps))
		}
	})
}

func (w *world) advanceAndDie(changes int) {
	ctx, die := context.WithCancel(w.t.Context())
	defer die()
	heard, end := w.gate.Subscribe("job")
	defer end()
	go func() {
		for e := range heard {
			if e.Topic == "" { // which says only that it hears now
				continue
			}
			if changes--; changes == 0 {
				die()
			}
		}
	}()
	_, _ = w.Advance(ctx) // it may have died
}
