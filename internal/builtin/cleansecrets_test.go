package builtin_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// secretive is a cancelled job that keeps a secret.
func (w *world) secretive(slug string) remit.JobID {
	w.Helper()
	w.must(w.jobs.DeclareType(w.Context(), setup, remit.JobType{Key: "login", Title: "Log in", On: []string{"none"}, Runner: "process",
		Command: []string{"true"}, Params: json.RawMessage(`{"type":"object","properties":{"token":{"type":"string","writeOnly":true}}}`)}))
	job, err := w.jobs.Submit(w.Context(), setup, slug, remit.JobSpec{Type: "login", Params: json.RawMessage(`{"token":"hunter22"}`)})
	w.must(err)
	_, err = w.jobs.Cancel(w.Context(), setup, job.ID)
	w.must(err)
	return job.ID
}

func (w *world) keeps(d *db.DB, id remit.JobID) bool {
	w.Helper()
	n := 0
	w.must(d.Read(w.Context(), func(r db.Reader) (err error) {
		n, err = db.One(r, db.Value[int], "SELECT COUNT(*) FROM job_secrets WHERE job_id = $1", id)
		return err
	}))
	return n == 1
}

func TestSecretsOfJobsThatFailedLongAgoAreForgotten(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, mia := w.cleaners()
		tim := w.person("tim", "sky", "cleaner")
		id, far := w.secretive("sky"), w.secretive("sea")
		one := jobs.Cleaned{Jobs: 1, Items: 1}
		forgets := func(who authz.Subject, params string, want jobs.Cleaned) {
			t.Helper()
			if c := w.clean(who, "sky", params); c.Secrets != want {
				t.Errorf("%s with %s removed %+v, want %+v", who.Name, params, c.Secrets, want)
			}
		}
		w.clock.advance(90*day - time.Second)
		forgets(mia, ``, jobs.Cleaned{})
		forgets(mia, `{"secrets_older_than_days":89,"dry_run":true}`, one)
		w.clock.advance(time.Second)
		forgets(tim, ``, jobs.Cleaned{}) // may delete no job
		_, err := w.rooms.Archive(t.Context(), setup, "sea", true)
		w.must(err)
		if !w.keeps(d, id) {
			t.Error("it is forgotten too early")
		}
		forgets(mia, ``, one)
		forgets(mia, ``, jobs.Cleaned{})
		if w.keeps(d, id) || !w.keeps(d, far) {
			t.Error("the secret is kept, or that of another project is not")
		}
		if _, err = w.jobs.Retry(t.Context(), setup, id); remit.CodeOf(err) != "secrets_forgotten" {
			t.Errorf("retrying it gives %v", err)
		}
		if _, err = w.jobs.Requeue(t.Context(), setup, id, jobs.Requeue{Params: json.RawMessage(`{"token":"hunter23"}`)}); err != nil {
			t.Errorf("requeuing it with the secret gives %v", err)
		}
	})
}

func TestWhatIsArchivedKeepsItsSecretsFromTheCleanupOfTheSite(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.cleaners()
		w.role("deleter", "project:view job:read job:create job:run.cleanup job:delete")
		max := w.person("max", "site", "deleter")
		_, err := w.rooms.AddMember(t.Context(), setup, "sea", projects.NewMember{User: "max", Roles: []string{"deleter"}})
		w.must(err)
		id := w.secretive("sea")
		w.clock.advance(100 * day)
		archive := func(archived bool) {
			t.Helper()
			_, err := w.rooms.Archive(t.Context(), setup, "sea", archived)
			w.must(err)
		}
		archive(true)
		if c := w.clean(max, "site", ``); c.Secrets.Jobs != 0 || !w.keeps(d, id) {
			t.Errorf("of an archived project %+v is forgotten", c.Secrets)
		}
		archive(false)
		if c := w.clean(max, "site", ``); c.Secrets.Jobs != 1 || w.keeps(d, id) {
			t.Errorf("afterwards %+v is forgotten", c.Secrets)
		}
	})
}

// A step is done again with its workflow, and so keeps what it needs for that.
func TestAStepKeepsItsSecretsAsLongAsItsWorkflow(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, mia := w.cleaners()
		params := json.RawMessage(`{"type":"object","required":["token"],"properties":{"token":{"type":"string","writeOnly":true}}}`)
		for _, kind := range []remit.JobType{
			{Key: "login", Title: "Log in", On: []string{"none"}, Runner: "process", Command: []string{"true"}, Params: params},
			{Key: "wait", Title: "Wait", On: []string{"none"}, Runner: "process", Command: []string{"true"}},
			{Key: "deploy", Title: "Deploy", On: []string{"none"}, Runner: "workflow", Params: params, Steps: []remit.Step{
				{Name: "login", Type: "login", Continue: true, Params: map[string]any{"token": map[string]any{"from": "params.token"}}},
				{Name: "wait", Type: "wait", Needs: []string{"login"}},
			}},
		} {
			w.must(w.jobs.DeclareType(t.Context(), setup, kind))
		}
		job, err := w.jobs.Submit(t.Context(), setup, "sky", remit.JobSpec{Type: "deploy", Params: json.RawMessage(`{"token":"hunter22"}`), Start: true})
		w.must(err)
		_, err = w.jobs.Advance(t.Context())
		w.must(err)
		l := w.taken("login")
		w.must(w.jobs.Finish(t.Context(), worker, l, jobs.Outcome{State: remit.JobFailed}))
		_, err = w.jobs.Advance(t.Context())
		w.must(err)
		w.clock.advance(100 * day)
		if c := w.clean(mia, "sky", ``); c.Secrets.Items != 0 || !w.keeps(d, l.Job) || !w.keeps(d, job.ID) {
			t.Errorf("while the workflow is at work %+v is forgotten", c.Secrets)
		}
		_, err = w.jobs.Cancel(t.Context(), setup, job.ID)
		w.must(err)
		if c := w.clean(mia, "sky", ``); c.Secrets.Items != 0 || !w.keeps(d, l.Job) {
			t.Errorf("while the workflow may be done again %+v is forgotten", c.Secrets)
		}
		w.clock.advance(100 * day)
		both := jobs.Cleaned{Jobs: 1, Items: 2}
		for _, params := range []string{`{"dry_run":true}`, ``} {
			if c := w.clean(mia, "sky", params); c.Secrets != both {
				t.Errorf("with %q is forgotten %+v, want %+v", params, c.Secrets, both)
			}
		}
		if w.keeps(d, l.Job) || w.keeps(d, job.ID) {
			t.Error("the secrets are kept")
		}
	})
}
