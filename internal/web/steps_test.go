package web_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
)

// survey is a workflow of two steps on a file, the second of which waits for the first.
func (w *world) survey() remit.Job {
	w.Helper()
	w.declare("find", "", "file")
	w.declare("report", `{"type":"object","properties":{"found":{"type":"integer"}}}`, "none")
	w.must(w.Jobs.DeclareType(w.Context(), w.root, remit.JobType{Key: "survey", Title: "Survey", On: []string{"file"}, Runner: "workflow", MaxAttempts: 1,
		Steps: []remit.Step{{Name: "look", Type: "find"}, {Name: "tell", Type: "report", On: "none", Params: map[string]any{"found": map[string]any{"from": "steps.look.result.found"}}}}}))
	job, err := w.Jobs.Submit(w.Context(), w.root, "moths", remit.JobSpec{Type: "survey", Name: "dusk", On: remit.On{File: w.files[0].ID}, Start: true})
	w.must(err)
	return w.await(job.ID, func(j remit.Job) bool { return j.Steps[0].State == remit.JobQueued })
}

// await waits for the loop that moves workflows on.
func (w *world) await(id remit.JobID, is func(remit.Job) bool) remit.Job {
	w.Helper()
	events, stop := w.Gate.Subscribe("job")
	defer stop()
	for patience := time.After(30 * time.Second); ; {
		job, err := w.Jobs.Job(w.Context(), w.root, id)
		if w.must(err); is(job) {
			return job
		}
		select {
		case <-events:
		case <-patience:
			w.Fatalf("the job is still %+v", job)
		}
	}
}

// steps are the rows of a workflow's page, by the name of the step.
func steps(body string) map[string]string {
	found := map[string]string{}
	for _, m := range regexp.MustCompile(`(?s)<tr data-step="([^"]*)".*?</tr>`).FindAllStringSubmatch(body, -1) {
		found[m[1]] = m[0]
	}
	return found
}

func (w *world) wantStep(body, name string, parts ...string) {
	w.Helper()
	for _, part := range parts {
		if !strings.Contains(steps(body)[name], part) {
			w.Errorf("step %s lacks %q:\n%s", name, part, steps(body)[name])
		}
	}
}

func TestAWorkflowsPageShowsWhatBecomesOfItsSteps(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := w.as("root")
	job := w.survey()
	at := "/jobs/" + string(job.ID)
	body := b.page(at)
	w.wantStep(body, "look", `data-state="queued"`, `href="/jobs/`+string(job.Steps[0].Job)+`"`)
	w.wantStep(body, "tell", `data-state="waiting"`, "waits for look", "<td>report</td>", "<td>look</td>")
	live := addresses(body)["live"]
	lease := w.claim()
	w.must(w.Jobs.Progress(t.Context(), w.node, lease, remit.Progress{Fraction: 0.25}))
	part := b.part(live).body
	w.wantStep(part, "look", `data-state="running"`, `value="0.25"`)
	step := b.page("/jobs/" + string(job.Steps[0].Job))
	if !strings.Contains(step, `look of <a href="`+at+`" id="parent">dusk</a>`) || strings.Count(step, `href="`+at+`"`) != 2 {
		t.Errorf("the step does not lead back to its workflow:\n%s", step)
	}
	w.must(w.Jobs.Finish(t.Context(), w.node, lease, jobs.Outcome{State: remit.JobSucceeded, ExitCode: new(0), Result: json.RawMessage(`{"found":"many"}`)}))
	w.await(job.ID, func(j remit.Job) bool { return j.State == remit.JobFailed })
	body = b.page(at)
	w.wantStep(body, "look", `data-state="succeeded"`)
	w.wantStep(body, "tell", `data-state="refused"`, "does not take params.found")
}

func TestAHeldStepSaysWhyAndAWorkflowThatHasNotBegunSaysSo(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := w.as("root")
	w.survey()
	_, err := w.Jobs.Switch(t.Context(), w.root, "moths", "find", false)
	w.must(err)
	job, err := w.Jobs.Submit(t.Context(), w.root, "moths", remit.JobSpec{Type: "survey", On: remit.On{File: w.files[0].ID}})
	w.must(err)
	w.wantStep(b.page("/jobs/"+string(job.ID)), "look", `data-state="waiting"`, "its workflow has not begun")
	_, err = w.Jobs.Run(t.Context(), w.root, job.ID)
	w.must(err)
	w.await(job.ID, func(j remit.Job) bool { return j.Steps[0].State == remit.JobHeld })
	w.wantStep(b.page("/jobs/"+string(job.ID)), "look", "switched off in this project")
}

func TestStepsLeadOnlyWhereTheReaderMayGo(t *testing.T) {
	t.Parallel()
	w := serve(t)
	_, err := w.Projects.AddMember(t.Context(), w.root, "moths", projects.NewMember{User: "observatory-student", Roles: []string{"basic_member"}, Collection: w.night})
	w.must(err)
	job := w.survey()
	lease := w.claim()
	w.must(w.Jobs.Finish(t.Context(), w.node, lease, jobs.Outcome{State: remit.JobSucceeded, ExitCode: new(0), Result: json.RawMessage(`{"found":3}`)}))
	job = w.await(job.ID, func(j remit.Job) bool { return j.Steps[1].State == remit.JobQueued })
	b := w.as("observatory-student")
	body := b.page("/jobs/" + string(job.ID))
	w.wantStep(body, "look", `href="/jobs/`+string(job.Steps[0].Job)+`"`)
	w.wantStep(body, "tell", `data-state="queued"`, "<td>report</td>")
	if strings.Contains(body, string(job.Steps[1].Job)) {
		t.Errorf("a step that is on nothing shows to who sees one collection:\n%s", body)
	}
	if got := b.get("/jobs/" + string(job.Steps[1].Job)); got.StatusCode != 404 || strings.Contains(got.body, "dusk") {
		t.Errorf("it answers %s:\n%s", got.Status, got.body)
	}
}
