package jobs_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/jobs"
)

const withKey = `{"type":"object","required":["key"],"properties":{"key":{"type":"string","writeOnly":true},"host":{"type":"string"}}}`

// deploys adds a workflow of which two of three steps take its secret.
func (w *world) deploys(change ...func(*remit.JobType)) {
	w.t.Helper()
	kind := remit.JobType{Key: "deploy", Title: "Deploy", On: []string{"none"}, Runner: "workflow", Params: json.RawMessage(withToken), Steps: []remit.Step{
		{Name: "send", Type: "upload", Params: map[string]any{"key": from("params.token"), "host": from("params.host")}},
		{Name: "look", Type: "once", Needs: []string{"send"}},
		{Name: "check", Type: "upload", Needs: []string{"look"}, Params: map[string]any{"key": from("params.token")}},
	}}
	for _, c := range change {
		c(&kind)
	}
	w.must(w.DeclareType(w.t.Context(), setup, remit.JobType{Key: "upload", Title: "Upload", On: []string{"none"}, Runner: "process", Command: []string{"true"}, Params: json.RawMessage(withKey)}))
	w.must(w.DeclareType(w.t.Context(), setup, kind))
}

func (w *world) deploy() remit.Job {
	w.t.Helper()
	job := w.submit(w.max, remit.JobSpec{Type: "deploy", Params: secretSpec.Params, Start: true})
	w.advance()
	return job
}

const countSecrets = "SELECT COUNT(*) FROM job_secrets"

func TestASecretOfAWorkflowIsForTheStepsThatTakeItAlone(t *testing.T) {
	withDB(t, func(t *testing.T, w *world, d *db.DB) {
		w.deploys()
		node := w.node("n1")
		job := w.deploy()
		if string(job.Params) != `{"host":"here"}` || !slices.Equal(job.SecretParams, []string{"token"}) {
			t.Errorf("it answers params %s, secrets %v", job.Params, job.SecretParams)
		}
		if send := w.step(job.ID, "send"); string(send.Params) != `{"host":"here"}` || !slices.Equal(send.SecretParams, []string{"key"}) {
			t.Errorf("the step answers params %s, secrets %v", send.Params, send.SecretParams)
		}
		as := w.claimStep(node, job.ID, "send")
		if string(as.Params) != `{"host":"here","key":"hunter\"22"}` || !slices.Equal(as.Secrets, []string{"key"}) {
			t.Errorf("the node gets %s, %v", as.Params, as.Secrets)
		}
		w.must(w.say(node, as.Lease, 0, `it is hunter"22!`))
		w.must(w.Finish(t.Context(), node, as.Lease, ok(`{"t":"hunter\"22"}`)))
		w.advance()
		if n := w.count(d, countSecrets); n != 1 {
			t.Errorf("%d secrets are kept, want the workflow's", n)
		}
		if got := w.log(as.Job, 1); got != "it is ***!" {
			t.Errorf("the log reads %q", got)
		}
		look := w.claimStep(node, job.ID, "look")
		if strings.Contains(string(look.Params), "hunter") || len(look.Secrets) > 0 {
			t.Errorf("a step that does not take it gets %s", look.Params)
		}
		w.finish(node, look.Lease, remit.JobSucceeded)
		w.advance()
		w.does(node, job.ID, "check", ok(`null`))
		done := w.wantState(job.ID, remit.JobSucceeded)
		if text := w.dump(d); strings.Contains(text, "hunter") || strings.Contains(string(done.Result), "hunter") {
			t.Errorf("it is told:\n%s\n%s", text, done.Result)
		}
		if n := w.count(d, countSecrets); n != 0 {
			t.Errorf("%d secrets outlive their use", n)
		}
	})
}

func TestASecretIsKeptForTheRetryOfAWorkflow(t *testing.T) {
	withDB(t, func(t *testing.T, w *world, d *db.DB) {
		w.deploys(func(k *remit.JobType) { k.Steps[0].Continue = true })
		node := w.node("n1")
		job := w.deploy()
		w.does(node, job.ID, "send", bad) // which may fail
		w.does(node, job.ID, "look", bad)
		w.wantState(job.ID, remit.JobFailed)
		_, err := w.Retry(t.Context(), w.max, job.ID)
		w.must(err)
		w.advance()
		as := w.claimStep(node, job.ID, "send")
		if !strings.Contains(string(as.Params), "hunter") {
			t.Errorf("the retry has lost it: %s", as.Params)
		}
		w.must(w.Finish(t.Context(), node, as.Lease, bad))
		w.advance()
		w.does(node, job.ID, "look", ok(`1`))
		w.does(node, job.ID, "check", ok(`1`))
		w.wantState(job.ID, remit.JobSucceeded) // and nobody retries what failed
		if n := w.count(d, countSecrets); n != 0 {
			t.Errorf("%d secrets are left", n)
		}
		job = w.deploy()
		_, err = w.Cancel(t.Context(), w.max, job.ID)
		w.must(err)
		if n := w.count(d, countSecrets); n != 2 {
			t.Errorf("%d secrets are kept for a retry, want 2", n)
		}
		w.must(w.Delete(t.Context(), w.max, job.ID))
		if n := w.count(d, countSecrets); n != 0 {
			t.Errorf("%d secrets outlive their workflow", n)
		}
	})
}

func TestTheSecretsOfAStepStayWithWhoGaveThemToItsWorkflow(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.deploys()
		eve, node := w.person("eve", "manager"), w.node("n1")
		job := w.deploy()
		send := w.step(job.ID, "send")
		_, err := w.Requeue(t.Context(), eve, send.ID, jobs.Requeue{})
		w.wantAt(err, remit.Invalid, "params.key")
		_, err = w.Requeue(t.Context(), eve, job.ID, jobs.Requeue{})
		w.wantAt(err, remit.Invalid, "params.token")
		_, err = w.Requeue(t.Context(), w.ada, send.ID, jobs.Requeue{})
		w.want(err, "denied")
		w.claimStep(node, job.ID, "send")
		_, err = w.Requeue(t.Context(), w.max, send.ID, jobs.Requeue{})
		w.must(err)
		w.clock.advance(time.Second)
		if as := w.claim(node); !strings.Contains(string(as.Params), "hunter") {
			t.Errorf("who gave it gets %s", as.Params)
		}
	})
}

// Types change while a workflow runs.
func TestASecretNeverBecomesAnOrdinaryParameter(t *testing.T) {
	withDB(t, func(t *testing.T, w *world, d *db.DB) {
		w.deploys()
		node := w.node("n1")
		upload := func(schema string) error {
			return w.DeclareType(t.Context(), setup, remit.JobType{Key: "upload", Title: "Upload", On: []string{"none"}, Runner: "process", Command: []string{"true"}, Params: json.RawMessage(schema)})
		}
		const open, strict = `{"type":"object","properties":{"key":{"type":"string"}}}`, `{"type":"object","properties":{"key":{"type":"integer"}}}`
		w.want(upload(open), "type_in_use")
		for _, schema := range []string{open, strict, `{"type":"object"}`} {
			w.deploys()
			job := w.deploy()
			w.does(node, job.ID, "send", ok(`1`))
			w.must(w.DeclareType(t.Context(), setup, remit.JobType{Key: "deploy", Title: "Deploy", On: []string{"none"}, Runner: "workflow", Steps: []remit.Step{{Name: "a", Type: "once"}}}))
			w.must(upload(schema))
			w.does(node, job.ID, "look", ok(`1`))
			w.wantSteps(job.ID, "send=succeeded look=succeeded check=refused")
			if failed := w.wantState(job.ID, remit.JobFailed); failed.Steps[2].Error != "key is a secret in one of the workflow and the type upload, and not in the other: requeue the workflow, which a retry leaves as it was made" {
				t.Errorf("refused: %s", failed.Steps[2].Error)
			}
			if text := w.dump(d); strings.Contains(text, "hunter") {
				t.Errorf("it is told:\n%s", text)
			}
			if n := w.count(d, "SELECT COUNT(*) FROM workflows WHERE refused LIKE '%hunter%'"); n != 0 {
				t.Error("the refusal tells it")
			}
		}
	})
}

func TestASecretThatTheNextStepDoesNotTakeIsToldByNoRefusal(t *testing.T) {
	withDB(t, func(t *testing.T, w *world, d *db.DB) {
		w.deploys()
		node := w.node("n1")
		job := w.deploy()
		w.does(node, job.ID, "send", ok(`1`))
		w.must(w.DeclareType(t.Context(), setup, remit.JobType{Key: "upload", Title: "Upload", On: []string{"none"}, Runner: "process", Command: []string{"true"},
			Params: json.RawMessage(`{"type":"object","properties":{"key":{"type":"string","writeOnly":true,"maxLength":5}}}`)}))
		w.does(node, job.ID, "look", ok(`1`))
		w.wantSteps(job.ID, "send=succeeded look=succeeded check=refused")
		if n := w.count(d, "SELECT COUNT(*) FROM workflows WHERE refused LIKE '%hunter%'"); n != 0 {
			t.Error("the refusal tells it")
		}
	})
}
