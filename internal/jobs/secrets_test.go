package jobs_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
	"github.com/remit-server/remit/internal/seal"
	"github.com/remit-server/remit/internal/testkit"
)

const (
	withToken = `{"type":"object","required":["token"],"properties":{"host":{"type":"string","default":"here"},"token":{"type":"string","writeOnly":true,"minLength":6},"pin":{"type":"string","writeOnly":true}}}`
	token     = `hunter"22`
)

var secretSpec = remit.JobSpec{Type: "p", Params: json.RawMessage(`{"token":"hunter\"22"}`), Start: true}

// dump is all that the database holds in text.
func (w *world) dump(d *db.DB) string {
	w.t.Helper()
	var all strings.Builder
	w.must(d.Read(w.t.Context(), func(r db.Reader) error {
		for _, query := range []string{"SELECT params || result || error || progress || held || secret_params FROM jobs", "SELECT data FROM log_chunks", "SELECT error FROM attempts",
			"SELECT sealed FROM job_secrets", "SELECT sealed FROM log_tails", "SELECT detail FROM audit_entries"} {
			rows, err := db.Rows(r, db.Value[string], query)
			if err != nil {
				return err
			}
			all.WriteString(strings.Join(rows, "\n") + "\n")
		}
		return nil
	}))
	return all.String()
}

func (w *world) count(d *db.DB, query string) (n int) {
	w.t.Helper()
	w.must(d.Read(w.t.Context(), func(r db.Reader) (err error) {
		n, err = db.One(r, db.Value[int], query)
		return err
	}))
	return n
}

// withDB is engines with the database itself.
func withDB(t *testing.T, fn func(t *testing.T, w *world, d *db.DB)) {
	t.Helper()
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d, jobs.Options{}), d) })
}

func TestASecretIsForTheNodeAlone(t *testing.T) {
	withDB(t, func(t *testing.T, w *world, d *db.DB) {
		w.must(w.declares(withToken))
		job := w.submit(w.max, secretSpec)
		for range 2 {
			if string(job.Params) != `{"host":"here"}` || !slices.Equal(job.SecretParams, []string{"token"}) {
				t.Errorf("it answers params %s, secrets %v", job.Params, job.SecretParams)
			}
			job = w.wantState(job.ID, remit.JobQueued)
		}
		if text := w.dump(d); strings.Contains(text, "hunter") {
			t.Errorf("the database tells it:\n%s", text)
		}
		as := w.claim(w.node("n1"))
		if string(as.Params) != `{"host":"here","token":"hunter\"22"}` || !slices.Equal(as.Secrets, []string{"token"}) {
			t.Errorf("the node gets %s, %v", as.Params, as.Secrets)
		}
	})
}

// A type may have got a secret since a job was made of it, which keeps it as a parameter.
func TestWhatATypeCallsASecretNowIsAnsweredNoMore(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.declares(`{"type":"object","properties":{"k":{"type":"string"}}}`))
		job := w.submit(w.max, remit.JobSpec{Type: "p", Params: json.RawMessage(`{"k":"hunter22","n":1}`), Start: true})
		bare := w.submit(w.max, remit.JobSpec{Type: "p", Params: json.RawMessage(`{}`)})
		w.must(w.declares(`{"type":"object","properties":{"k":{"type":"string","writeOnly":true}}}`))
		for _, j := range append(w.all(), w.wantState(job.ID, remit.JobQueued)) {
			if want := map[remit.JobID]string{job.ID: `{"n":1}`, bare.ID: `{}`}[j.ID]; string(j.Params) != want {
				t.Errorf("it answers params %s, want %s", j.Params, want)
			}
		}
		if as := w.claim(w.node("n1")); string(as.Params) != `{"k":"hunter22","n":1}` {
			t.Errorf("the node gets %s", as.Params)
		}
	})
}

func TestParametersOfATypeWhoseSchemaIsRefusedNowAreNotAnswered(t *testing.T) {
	withDB(t, func(t *testing.T, w *world, d *db.DB) {
		w.must(w.declares(`{"type":"object"}`))
		w.submit(w.max, remit.JobSpec{Type: "p", Params: json.RawMessage(`{"k":"hunter22"}`)})
		w.must(d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE job_types SET declaration = REPLACE(declaration, '"object"', '"array"')`)
			return err
		}))
		w.must(w.DeclareType(t.Context(), setup, remit.JobType{Key: "q", Title: "Another", On: []string{"none"}, Runner: "process", Command: []string{"true"}}))
		if all := w.all(); len(all) != 1 || all[0].Params != nil {
			t.Errorf("it answers %+v", all)
		}
	})
}

func TestASecretIsMaskedInAllThatANodeSays(t *testing.T) {
	withDB(t, func(t *testing.T, w *world, d *db.DB) {
		w.must(w.declares(withToken))
		job, node := w.submit(w.max, secretSpec), w.node("n1")
		l := w.started(node).Lease
		w.must(w.say(node, l, 0, "it is hunt"))
		if got := w.log(job.ID, 0); got != "it is " {
			t.Errorf("the log reads %q", got)
		}
		if text := w.dump(d); strings.Contains(text, "hunt") {
			t.Errorf("the database holds the half of it:\n%s", text)
		}
		w.must(w.AppendLog(t.Context(), node, l, jobs.LogChunk{Stream: "stderr", Offset: 10, Data: []byte("!")}))
		w.must(w.say(node, l, 11, `er"22, and "hunter\"22" and h`))
		w.must(w.Progress(t.Context(), node, l, remit.Progress{Stages: []remit.Stage{{Label: "with " + token}}}))
		w.must(w.Finish(t.Context(), node, l, jobs.Outcome{State: remit.JobFailed, Error: strings.Repeat("x", 4090) + token, Result: json.RawMessage(`{"t":["hunter\"22"]}`)}))
		if got, want := w.log(job.ID, 1), `it is !***, and "***" and h`; got != want {
			t.Errorf("the log reads %q, want %q", got, want)
		}
		if text := w.dump(d); strings.Contains(text, "hunt") || w.count(d, "SELECT COUNT(*) FROM log_tails") != 0 {
			t.Errorf("the database tells it:\n%s", text)
		}
		w.clock.advance(1e12)
		l = w.started(node).Lease
		w.must(w.Finish(t.Context(), node, l, jobs.Outcome{State: remit.JobFailed, Result: json.RawMessage(`{"t":["hunter\"22"]}`)}))
		l = w.started(node).Lease
		w.must(w.Finish(t.Context(), node, l, jobs.Outcome{State: remit.JobFailed, Result: json.RawMessage(`{"t":["hunter\"22"]}`)}))
		if job = w.wantState(job.ID, remit.JobFailed); string(job.Result) != `{"t":["***"]}` {
			t.Errorf("the result is %s", job.Result)
		}
	})
}

func TestTheLastWordsOfALostAttemptAreMasked(t *testing.T) {
	withDB(t, func(t *testing.T, w *world, d *db.DB) {
		w.must(w.declares(withToken))
		job, node := w.submit(w.max, secretSpec), w.node("n1")
		first := w.started(node).Lease
		w.must(w.say(node, first, 0, "hunter"))
		_, err := w.Wrest(t.Context(), w.max, job.ID)
		w.must(err)
		second := w.started(node).Lease
		w.must(w.say(node, second, 0, "hunt"))
		w.must(w.Cleanup(t.Context(), node, first, `"22 hunter"22 hun`))
		if got := w.log(job.ID, 1); got != "*** *** hun" {
			t.Errorf("the log reads %q", got)
		}
		w.must(w.Release(t.Context(), node, second))
		if got := w.log(job.ID, 2); got != "hunt" {
			t.Errorf("what was kept back of the second log reads %q", got)
		}
		third := w.started(node).Lease
		_, err = w.Wrest(t.Context(), w.max, job.ID)
		w.must(err)
		w.finish(node, w.started(node).Lease, remit.JobSucceeded)
		w.must(w.Cleanup(t.Context(), node, third, token))
		if text := w.dump(d); strings.Contains(text, token) || strings.Contains(w.log(job.ID, 3), "hunter") {
			t.Errorf("what comes after the end is told:\n%s", text)
		}
	})
}

func TestASecretIsKeptThroughRetryAndGoneAfterSuccess(t *testing.T) {
	withDB(t, func(t *testing.T, w *world, d *db.DB) {
		w.must(w.declares(withToken))
		job, node := w.submit(w.max, secretSpec), w.node("n1")
		_, err := w.Cancel(t.Context(), w.max, job.ID)
		w.must(err)
		_, err = w.Retry(t.Context(), w.max, job.ID)
		w.must(err)
		as := w.started(node)
		if !strings.Contains(string(as.Params), "hunter") {
			t.Errorf("the retry has lost it: %s", as.Params)
		}
		w.finish(node, as.Lease, remit.JobSucceeded)
		if n := w.count(d, "SELECT COUNT(*) FROM job_secrets"); n != 0 {
			t.Errorf("%d secrets are left", n)
		}
		if job = w.wantState(job.ID, remit.JobSucceeded); !slices.Equal(job.SecretParams, []string{"token"}) {
			t.Errorf("it had the secrets %v", job.SecretParams)
		}
		_, err = w.Requeue(t.Context(), w.max, job.ID, jobs.Requeue{})
		w.wantAt(err, remit.Invalid, "params.token")
		if e := err.(*remit.Error); e.Hint != "Give it again with `--secret token`; the other parameters are kept." {
			t.Errorf("hint: %s", e.Hint)
		}
		given, err := w.Requeue(t.Context(), w.max, job.ID, jobs.Requeue{Set: map[string]json.RawMessage{"token": json.RawMessage(`"hunter23"`)}})
		w.must(err)
		_, err = w.Cancel(t.Context(), w.max, given.ID)
		w.must(err)
		w.must(w.Delete(t.Context(), w.max, given.ID))
		again := w.submit(w.max, secretSpec)
		_, err = w.Cancel(t.Context(), w.max, again.ID)
		w.must(err)
		w.must(w.Delete(t.Context(), w.max, again.ID))
		if n := w.count(d, "SELECT COUNT(*) FROM job_secrets"); n != 0 {
			t.Errorf("%d secrets outlive their job", n)
		}
	})
}

func TestARequeuedJobHasTheSecretsOfWhoGaveThemOnly(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.declares(withToken))
		eve, node := w.person("eve", "manager"), w.node("n1")
		job := w.submit(w.max, secretSpec)
		params := func(who authz.Subject, q jobs.Requeue) string {
			t.Helper()
			_, err := w.Requeue(t.Context(), who, job.ID, q)
			w.must(err)
			w.clock.advance(1e6)
			return string(w.claim(node).Params)
		}
		w.claim(node)
		_, err := w.Requeue(t.Context(), eve, job.ID, jobs.Requeue{})
		w.wantAt(err, remit.Invalid, "params.token")
		_, err = w.Requeue(t.Context(), eve, job.ID, jobs.Requeue{Params: json.RawMessage(`{"host":"evil"}`)})
		w.wantAt(err, remit.Invalid, "params") // the schema asks for it
		_, err = w.Requeue(t.Context(), w.ada, job.ID, jobs.Requeue{})
		w.want(err, "denied") // and is told nothing of secrets
		got := []string{
			params(w.max, jobs.Requeue{}),
			params(w.max, jobs.Requeue{Params: json.RawMessage(`{"host":"there"}`)}),
			params(w.max, jobs.Requeue{Params: json.RawMessage(`{"token":"another","pin":"0000"}`)}),
			params(eve, jobs.Requeue{Params: json.RawMessage(`{"token":"of eve"}`)}),
		}
		want := []string{`{"host":"here","token":"hunter\"22"}`, `{"host":"there","token":"hunter\"22"}`,
			`{"host":"here","pin":"0000","token":"another"}`, `{"host":"here","token":"of eve"}`}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("what the nodes get (-want +got):\n%s", diff)
		}
	})
}

func TestWhoInheritsAJobDoesNotInheritItsSecrets(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.people.OnDelete(jobs.HandOver)
		w.must(w.declares(withToken))
		eve := w.person("eve", "manager")
		job := w.submit(eve, secretSpec)
		_, err := w.people.Delete(t.Context(), setup, "eve", "max")
		w.must(err)
		if job = w.wantState(job.ID, remit.JobQueued); job.Owner != "max" {
			t.Fatalf("it belongs to %q", job.Owner)
		}
		_, err = w.Requeue(t.Context(), w.max, job.ID, jobs.Requeue{})
		w.wantAt(err, remit.Invalid, "params.token")
	})
}

func TestASecretIsDeclaredWhereItCanBeKept(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for place, schema := range map[string]string{
			"params.properties.s":              `{"type":"object","properties":{"s":{"writeOnly":true}}}`,
			"params.properties.a b":            `{"type":"object","properties":{"a b":{"type":"string","writeOnly":true}}}`,
			"params.properties.s.default":      `{"type":"object","properties":{"s":{"type":"string","writeOnly":true,"default":"hunter22"}}}`,
			"params.properties.s.enum":         `{"type":"object","properties":{"s":{"type":"string","writeOnly":true,"enum":["hunter22"]}}}`,
			"params.properties.o.properties.s": `{"type":"object","properties":{"o":{"properties":{"s":{"type":"string","writeOnly":true}}}}}`,
			"params.$defs.s":                   `{"type":"object","$defs":{"s":{"type":"string","writeOnly":true}},"properties":{"t":{"$ref":"#/$defs/s"}}}`,
			"params.additionalProperties":      `{"type":"object","additionalProperties":{"type":"string","writeOnly":true}}`,
			"params.x-defs":                    `{"type":"object","x-defs":{"s":{"type":"string","writeOnly":true}},"properties":{"t":{"$ref":"#/x-defs/s"}}}`,
			"params.allOf.0.properties.s":      `{"type":"object","allOf":[{"properties":{"s":{"type":"string","writeOnly":true}}}]}`,
		} {
			w.wantAt(w.declares(schema), remit.Invalid, place)
		}
		w.wantAt(w.declares(withToken, func(k *remit.JobType) { k.Command = []string{"login", "--token={params.token}"} }), remit.Invalid, "command")
	})
}

func TestNoErrorTellsASecret(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.declares(`{"type":"object","maxProperties":2,"properties":{"n":{"type":"string","pattern":"^[0-9]+$"},"token":{"type":"string","writeOnly":true,"pattern":"^hunter"}},"additionalProperties":false}`))
		for params, place := range map[string]string{
			`{"token":"swordfish"}`: "params.token", `{"token":12345678}`: "params.token", `{"token":"hun"}`: "params.token",
			`{"token":"hunter22","n":"hunter22"}`: "params.n", `{"token":"hunter22","hunter22":1}`: "params",
		} {
			_, err := w.Submit(t.Context(), w.max, "moths", remit.JobSpec{Type: "p", Params: json.RawMessage(params)})
			w.wantAt(err, remit.Invalid, place)
			if text := err.Error(); strings.Contains(text, "swordfish") || strings.Contains(text, "hunter22") || strings.Contains(text, "12345678") {
				t.Errorf("%s: %s", params, text)
			}
		}
		w.must(w.declares(withToken))
		_, err := w.Submit(t.Context(), w.max, "moths", remit.JobSpec{Type: "p", Params: json.RawMessage(`{"token":"hunter22","pin":"123"}`)})
		w.wantAt(err, remit.Invalid, "params.pin")
	})
}

func TestAServerWithoutTheKeySaysSoAndHoldsWhatItCannotOpen(t *testing.T) {
	withDB(t, func(t *testing.T, w *world, d *db.DB) {
		w.must(w.declares(withToken))
		w.must(w.CheckKeys(t.Context()))
		job := w.submit(w.max, secretSpec)
		w.must(w.CheckKeys(t.Context()))
		for _, ring := range []*seal.Ring{nil, seal.New()} {
			other := jobs.New(w.gate, jobs.Options{Blobs: w.blobs(), Seal: ring})
			w.want(other.CheckKeys(t.Context()), "secrets_key")
		}
		other := jobs.New(w.gate, jobs.Options{Blobs: w.blobs()})
		_, err := other.Submit(t.Context(), w.max, "moths", secretSpec)
		if remit.KindOf(err) != remit.Unavailable {
			t.Errorf("a server without a key takes a secret: %v", err)
		}
		w.must(d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE job_secrets SET sealed = 'x.y'")
			return err
		}))
		w.claimNothing(w.node("n1"))
		w.sweep()
		if job = w.wantState(job.ID, remit.JobHeld); !strings.Contains(job.Held, "cannot be opened") {
			t.Errorf("it is held since %s", job.Held)
		}
	})
}

func TestANewKeySealsAnewSoThatTheOldOneCanGo(t *testing.T) {
	withDB(t, func(t *testing.T, w *world, d *db.DB) {
		w.must(w.declares(withToken))
		node := w.node("n1")
		running := w.submit(w.max, secretSpec)
		l := w.started(node).Lease
		w.must(w.say(node, l, 0, "it is hunt")) // of which the half is kept, sealed
		waiting := make([]remit.JobID, 120)     // more than are sealed at once
		for i := range waiting {
			waiting[i] = w.submit(w.max, secretSpec).ID
		}
		fresh := seal.New()
		both, err := seal.Parse(fresh.Text() + keys.Text())
		w.must(err)
		with := func(ring *seal.Ring) *jobs.Service {
			return jobs.New(w.gate, jobs.Options{Blobs: w.blobs(), Seal: ring})
		}
		w.must(with(fresh).Reseal(t.Context())) // it opens nothing
		w.want(with(fresh).CheckKeys(t.Context()), "secrets_key")
		w.must(with(keys).CheckKeys(t.Context()))
		for range 2 {
			w.must(with(both).Reseal(t.Context()))
		}
		w.want(with(keys).CheckKeys(t.Context()), "secrets_key")
		alone := with(fresh)
		w.must(alone.CheckKeys(t.Context()))
		w.must(alone.AppendLog(t.Context(), node, l, jobs.LogChunk{Stream: "stdout", Offset: 10, Data: []byte(`er"22.`)}))
		w.must(alone.Finish(t.Context(), node, l, jobs.Outcome{State: remit.JobSucceeded}))
		if got := w.log(running.ID, 1); got != "it is ***." {
			t.Errorf("the log reads %q", got)
		}
		w.Service = alone
		w.nodes = nodes.New(w.gate, nodes.Options{Jobs: alone})
		for range waiting {
			if as := w.claim(node); string(as.Params) != `{"host":"here","token":"hunter\"22"}` {
				t.Fatalf("a node gets %s", as.Params)
			}
		}
	})
}

// A type may stop calling a parameter a secret; what jobs have of it stays one.
func TestWhatWasGivenAsASecretStaysOneWhateverItsTypeSaysLater(t *testing.T) {
	withDB(t, func(t *testing.T, w *world, d *db.DB) {
		w.must(w.declares(withToken, func(k *remit.JobType) { k.MaxAttempts = 1 }))
		failed, waits := w.submit(w.max, secretSpec), w.submit(w.max, secretSpec)
		node := w.node("n1")
		w.finish(node, w.started(node).Lease, remit.JobFailed)
		public := strings.ReplaceAll(withToken, `"writeOnly":true`, `"title":"A text"`)
		w.must(w.declares(public, func(k *remit.JobType) { k.Command = []string{"echo", "{params.token}"} }))
		w.claimNothing(node)
		w.wantState(waits.ID, remit.JobHeld)
		_, err := w.Retry(t.Context(), w.max, failed.ID)
		w.want(err, "secret_changed")
		for _, q := range []jobs.Requeue{{}, {Set: map[string]json.RawMessage{"host": json.RawMessage(`"x"`)}}} {
			_, err = w.Requeue(t.Context(), w.max, failed.ID, q)
			w.wantAt(err, remit.Invalid, "params.token")
		}
		again, err := w.Requeue(t.Context(), w.max, failed.ID, jobs.Requeue{Params: json.RawMessage(`{"token":"not a secret"}`)})
		w.must(err)
		if string(again.Params) != `{"host":"here","token":"not a secret"}` || strings.Contains(w.dump(d), "hunter") {
			t.Errorf("the new job has %s", again.Params)
		}
	})
}
