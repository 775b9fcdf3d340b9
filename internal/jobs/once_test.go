package jobs_test

import (
	"sync"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/identity"
)

func TestTheSameRequestUnderAKeyGivesTheSameJobForADay(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		spec := w.onFile()
		spec.Name = "night"
		once := func(who authz.Subject, spec remit.JobSpec, key, code string) (remit.JobID, bool) {
			t.Helper()
			job, err := w.SubmitOnce(t.Context(), who, "moths", spec, key)
			w.want(err, code)
			return job.ID, job.Again
		}
		first, again := once(w.ada, spec, "k1", "")
		if again {
			t.Error("the first one was there before")
		}
		if same, again := once(w.ada, spec, "k1", ""); same != first || !again {
			t.Errorf("again it is %s, want %s", same, first)
		}
		history, err := w.History(t.Context(), w.max, first)
		w.must(err)
		if len(history) != 1 {
			t.Errorf("the history is %+v", history)
		}
		spec.Name = "day"
		once(w.ada, spec, "k1", "key_reused")
		other, _ := once(w.ada, spec, "k2", "")
		spec.Name = "night"
		bobs, again := once(w.bob, spec, "k1", "")
		if other == first || bobs == first || again {
			t.Errorf("the jobs are %s, %s and bob's %s", first, other, bobs)
		}
		w.newProject("bees")
		if _, err := w.SubmitOnce(t.Context(), w.max, "bees", remit.JobSpec{Type: "once"}, "k1"); remit.CodeOf(err) != "not_found" {
			t.Errorf("in a project that is hidden: %v", err)
		}
		w.clock.advance(24*time.Hour - time.Second)
		w.sweep()
		if same, _ := once(w.ada, spec, "k1", ""); same != first {
			t.Error("it was forgotten too early")
		}
		w.clock.advance(2 * time.Second)
		once(w.ada, spec, "k1", "name_taken") // a job of its own again
		w.sweep()
		w.sweep()
		once(w.ada, remit.JobSpec{Type: "ml", On: spec.On}, "k2", "") // forgotten
	})
}

func TestAKeyGivesNobodyWhatTheyMayNotHaveAnyMore(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, err := w.SubmitOnce(t.Context(), w.bob, "moths", w.onFile(), "k")
		w.must(err)
		w.leave("bob")
		_, err = w.SubmitOnce(t.Context(), w.bob, "moths", w.onFile(), "k")
		w.want(err, "not_found")
		w.role("blind", "project:view collection:read file:read job:create job:run.ml.single")
		w.join("bob", "blind")
		_, err = w.SubmitOnce(t.Context(), w.bob, "moths", w.onFile(), "k")
		w.want(err, "not_found")
		w.leave("bob")
		w.join("bob", "basic")
		_, err = w.Cancel(t.Context(), w.max, job.ID)
		w.must(err)
		w.must(w.Delete(t.Context(), w.max, job.ID))
		_, err = w.SubmitOnce(t.Context(), w.bob, "moths", w.onFile(), "k")
		w.want(err, "gone")
		_, err = w.SubmitOnce(t.Context(), w.bob, "moths", w.onFile(), "k\n")
		w.want(err, "invalid")
	})
}

// The key is the account's: with another of its API keys it is the same job.
func TestAKeyIsThePersons(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.projects.PutRole(t.Context(), setup, remit.Role{Name: "signed_in", Site: true, Allow: []string{"key:create@own"}}))
		key, err := w.people.CreateKey(t.Context(), w.bob, identity.NewKey{Title: "robot", Scopes: []string{"*"}})
		w.must(err)
		who, err := w.people.AuthenticateKey(t.Context(), key.Secret)
		w.must(err)
		first, err := w.SubmitOnce(t.Context(), who, "moths", w.onFile(), "k")
		w.must(err)
		again, err := w.SubmitOnce(t.Context(), w.bob, "moths", w.onFile(), "k")
		w.must(err)
		if again.ID != first.ID {
			t.Errorf("%s and %s", first.ID, again.ID)
		}
		key.Scopes = []string{"job:read"}
		less := who
		less.Caps = &authz.Caps{Scopes: key.Scopes}
		_, err = w.SubmitOnce(t.Context(), less, "moths", w.onFile(), "k")
		w.want(err, "key_scope")
	})
}

func TestManyAtOnceUnderOneKeyMakeOneJob(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		spec := w.onFile()
		spec.Name = "one"
		var all sync.WaitGroup
		var mu sync.Mutex
		ids, news := map[remit.JobID]bool{}, 0
		for range 12 {
			all.Go(func() {
				job, err := w.SubmitOnce(t.Context(), w.ada, "moths", spec, "k")
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Errorf("one of many: %v", err)
				}
				if ids[job.ID] = true; !job.Again {
					news++
				}
			})
		}
		all.Wait()
		if len(ids) != 1 || news != 1 || len(w.all()) != 1 {
			t.Errorf("%d jobs, made %d times, %d are there", len(ids), news, len(w.all()))
		}
	})
}
