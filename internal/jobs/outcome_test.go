package jobs_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
)

// toldIn is where somebody who may read a job is told a text that its node said.
func (w *world) toldIn(who authz.Subject, id remit.JobID, text string) (places []string) {
	w.t.Helper()
	ctx := w.t.Context()
	note := func(place string, got any, err error) {
		w.t.Helper()
		w.must(err)
		if holds(got, text) {
			places = append(places, place)
		}
	}
	job, err := w.Job(ctx, who, id)
	note("result", job.Result, err)
	note("error", job.Error, err)
	note("progress", job.Progress, err)
	note("steps", job.Steps, err)
	job.Result, job.Error, job.Progress, job.Steps = nil, "", remit.Progress{}, nil
	note("job", job, err)
	page, err := w.Jobs(ctx, who, jobs.Filter{Project: "moths", Steps: true})
	note("list", page, err)
	all, err := w.Attempts(ctx, who, id)
	note("attempts", all, err)
	events, err := w.History(ctx, who, id)
	note("history", events, err)
	notice, err := w.notice(who, id)
	note("notice", notice, err)
	if part, err := w.Log(ctx, who, id, 0, 0, 0); err == nil && holds(string(part.Data), text) {
		places = append(places, "log")
	}
	return places
}

func holds(what any, text string) bool {
	raw, err := json.Marshal(what)
	return err == nil && strings.Contains(string(raw), text)
}

const content = "WHAT THE FILE SAYS"

// fails works on a job until it has no attempts left, and says in all places
// what the file says.
func (w *world) fails(node authz.Subject, id remit.JobID) {
	w.t.Helper()
	for job := w.wantState(id, remit.JobQueued); job.State == remit.JobQueued; w.clock.advance(time.Minute) {
		as := w.started(node)
		w.must(w.AppendLog(w.t.Context(), node, as.Lease, jobs.LogChunk{Stream: "stdout", Data: []byte(content)}))
		w.must(w.Progress(w.t.Context(), node, as.Lease, remit.Progress{Stages: []remit.Stage{{Label: content}}}))
		w.must(w.Finish(w.t.Context(), node, as.Lease, jobs.Outcome{State: remit.JobFailed, ExitCode: new(7), Result: json.RawMessage(`{"text":"` + content + `"}`), Error: "quoted: " + content}))
		var err error
		job, err = w.Job(w.t.Context(), w.max, id)
		w.must(err)
	}
	w.wantState(id, remit.JobFailed)
}

func (w *world) wantTold(who authz.Subject, id remit.JobID, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.toldIn(who, id, content)); diff != "" {
		w.t.Errorf("%s is told in (-want +got):\n%s", who.Name, diff)
	}
}

var everywhere = []string{"result", "error", "progress", "list", "attempts", "history", "notice", "log"}

// R31, R19: result, error, attempts, history, lists, messages and log agree.
func TestWhatCameOfAJobIsForThoseWhoMayReadWhatItIsOn(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.role("watcher", "project:view job:read")
		eve, node := w.person("eve", "watcher"), w.node("n1")
		job := w.submit(w.max, w.onFile())
		w.fails(node, job.ID)
		w.wantTold(w.max, job.ID, everywhere...)
		w.wantTold(w.ada, job.ID, everywhere...)
		w.wantTold(eve, job.ID)
		for who, tells := range map[*authz.Subject]bool{&w.ada: true, &eve: false} {
			all, err := w.Attempts(t.Context(), *who, job.ID)
			w.must(err)
			if (all[0].LogBytes > 0) != tells || (all[0].ExitCode != nil) != tells {
				t.Errorf("%s learns of the attempt %+v", who.Name, all[0])
			}
		}
		w.role("watcher", "project:view job:read file:read")
		w.wantTold(eve, job.ID, everywhere...)
		w.role("watcher", "project:view job:read file:read@own")
		w.wantTold(eve, job.ID)
	})
}

func TestWhatCameOfAJobIsForThoseWhoMayReadTheFilesOfItsParameters(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.declaresFiles()
		job, err := w.withParams(w.max, fmt.Sprintf(`{"flat":%q,"n":1}`, w.calibration()))
		w.must(err)
		w.fails(w.node("n1"), job.ID)
		w.wantTold(w.max, job.ID, everywhere...)
		w.wantTold(w.ada, job.ID)
	})
}

func TestWhatCameOfAWorkflowIsForThoseWhoMayReadWhatItsStepsRead(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.declaresFiles()
		w.must(w.DeclareType(t.Context(), setup, remit.JobType{Key: "chain", Title: "Chain", On: []string{"none"}, Runner: "workflow",
			Params: json.RawMessage(`{"type":"object","properties":{"cal":{"type":"string"}}}`),
			Steps: []remit.Step{
				{Name: "good", Type: "p", Params: map[string]any{"flat": map[string]any{"from": "params.cal"}}},
				{Name: "bad", Type: "p", Needs: []string{"good"}, Params: map[string]any{"flat": map[string]any{"from": "params.cal"}}},
			}}))
		cal, node := w.calibration(), w.node("n1")
		job := w.submit(w.max, remit.JobSpec{Type: "chain", Params: json.RawMessage(fmt.Sprintf(`{"cal":%q}`, cal)), Start: true})
		w.advance()
		w.does(node, job.ID, "good", ok(`{"text":"`+content+`"}`))
		w.fails(node, w.step(job.ID, "bad").ID)
		w.advance()
		w.wantState(job.ID, remit.JobFailed)
		w.wantTold(w.max, job.ID, "result", "steps", "list")
		w.wantTold(w.ada, job.ID)
		w.wantTold(w.ada, w.step(job.ID, "bad").ID)
	})
}

// What a step is given of another's result, and makes of it, is for those who may read what that read.
func TestWhatStepsHandEachOtherIsForThoseWhoMayReadWhatTheyRead(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		w.role("watcher", "project:view job:read job:create job:run.tally")
		eve, node := w.person("eve", "watcher"), w.node("n1")
		job := w.survey(w.max)
		w.does(node, job.ID, "find", ok(`{"found":4711}`))
		count := w.step(job.ID, "count").ID // it is on nothing
		as := w.claimStep(node, job.ID, "count")
		w.must(w.AppendLog(t.Context(), node, as.Lease, jobs.LogChunk{Stream: "stdout", Data: []byte("it found 4711")}))
		w.must(w.Finish(t.Context(), node, as.Lease, ok(`{"found":4711}`)))
		if diff := cmp.Diff([]string{"result", "job", "list", "log"}, w.toldIn(w.ada, count, "4711")); diff != "" {
			t.Errorf("ada is told in (-want +got):\n%s", diff)
		}
		if got := w.toldIn(eve, count, "4711"); len(got) > 0 {
			t.Errorf("eve, who may not read the file, is told in %v", got)
		}
		_, err := w.Artifacts(t.Context(), eve, count, 0)
		w.want(err, "not_found")
		for _, q := range []jobs.Requeue{{}, {Set: map[string]json.RawMessage{"label": json.RawMessage(`"x"`)}}} {
			_, err = w.Requeue(t.Context(), eve, count, q)
			w.want(err, "not_found")
		}
		_, err = w.Requeue(t.Context(), eve, count, jobs.Requeue{Params: json.RawMessage(`{"found":1}`)})
		w.must(err)
		_, err = w.Requeue(t.Context(), w.max, count, jobs.Requeue{}) // eve would see the copy
		w.want(err, "takes_results")
		seen, err := w.Job(t.Context(), eve, count)
		w.must(err)
		if slices.Contains(seen.Permissions, "requeue") {
			t.Error("eve is offered to requeue what is hidden from her")
		}
	})
}

// Why a step could not be made is told of what others gave.
func TestWhyAStepWasRefusedIsForThoseWhoMayReadWhatItsWorkflowIsOn(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		w.role("watcher", "project:view job:read")
		eve, node := w.person("eve", "watcher"), w.node("n1")
		job := w.survey(w.max)
		w.does(node, job.ID, "find", ok(`{"found":"none"}`))
		refusal := func(who authz.Subject) string {
			seen, err := w.Job(t.Context(), who, job.ID)
			w.must(err)
			if seen.Steps[1].State != remit.StepRefused {
				t.Fatalf("%s sees %+v", who.Name, seen.Steps)
			}
			return seen.Steps[1].Error
		}
		if refusal(w.ada) == "" || refusal(eve) != "" {
			t.Errorf("ada is told %q, eve %q", refusal(w.ada), refusal(eve))
		}
	})
}

// Permissions, buttons and the actions themselves say the same of a step beside
// which another one reads what is hidden.
func TestWhatIsOfferedOfAStepIsWhatCanBeDoneWithIt(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		w.role("surveyor", basic+" job:run.survey.single")
		w.role("watcher", "project:view job:read job:create job:run.once job:run.tally")
		tim, node := w.person("tim", "watcher"), w.node("n1")
		job := w.survey(w.person("sue", "surveyor"))
		_, err := w.Run(t.Context(), w.max, w.step(job.ID, "find").ID)
		w.must(err)
		w.does(node, job.ID, "find", ok(`{"found":1}`)) // a file that tim may not read
		id := w.step(job.ID, "check").ID                // is on nothing, and takes nothing
		w.wantState(id, remit.JobHeld)
		agree := func(who authz.Subject, may bool) {
			t.Helper()
			seen, err := w.Job(t.Context(), who, id)
			w.must(err)
			all, err := w.Controls(t.Context(), who, id)
			w.must(err)
			got := []bool{slices.Contains(seen.Permissions, "run"), slices.ContainsFunc(all, func(c remit.Control) bool { return c.Verb == "run" && c.Allowed })}
			if slices.Contains(got, !may) {
				t.Errorf("%s: permissions and buttons say %v of running it", who.Name, got)
			}
			if requeue := slices.Contains(seen.Permissions, "requeue"); requeue != may {
				t.Errorf("%s: permissions say %v of requeueing it", who.Name, requeue)
			}
		}
		agree(tim, false)
		agree(w.max, true)
		_, err = w.Requeue(t.Context(), tim, id, jobs.Requeue{})
		w.want(err, "not_found")
		_, err = w.Run(t.Context(), tim, id)
		w.want(err, "not_found")
		_, err = w.Run(t.Context(), w.max, id)
		w.must(err)
	})
}

func TestThePreviewOfManyLeavesOutWhatReadsHiddenFiles(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.declaresFiles()
		w.role("runner", basic+" job:run.p")
		job, err := w.withParams(w.max, fmt.Sprintf(`{"flat":%q,"n":1}`, w.calibration()))
		w.must(err)
		_, err = w.Cancel(t.Context(), w.max, job.ID)
		w.must(err)
		for who, want := range map[*authz.Subject]int{&w.max: 1, new(w.person("rob", "runner")): 0} {
			report := w.bulk(*who, jobs.Bulk{Action: "retry", DryRun: true, Filter: remit.JobFilter{Type: "p"}})
			if report.Jobs != want || report.Refused != 1-want {
				t.Errorf("%s: %d would be retried and %d refused", who.Name, report.Jobs, report.Refused)
			}
		}
	})
}
