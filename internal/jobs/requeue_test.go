package jobs_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
)

func TestRequeueReplacesWhatIsGivenAndKeepsTheRest(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.DeclareType(t.Context(), setup, remit.JobType{Key: "free", Title: "Free", On: []string{"none"}, Runner: "process", Command: []string{"true"},
			Params: json.RawMessage(`{"type":"object"}`), Args: true}))
		source := w.submit(w.max, remit.JobSpec{Type: "free", Name: "nightly", Priority: 5, Args: []string{"-v"}, Params: json.RawMessage(`{"a":1,"b":{"c":2},"d":"x"}`)})
		_, err := w.Cancel(t.Context(), w.max, source.ID)
		w.must(err)
		raw := func(text string) json.RawMessage { return json.RawMessage(text) }
		none, empty, nine := []string{}, "", 9
		for name, c := range map[string]struct {
			q    jobs.Requeue
			want remit.Job
		}{
			"nothing":     {jobs.Requeue{}, remit.Job{Name: "nightly", Priority: 5, Args: []string{"-v"}, Params: raw(`{"a":1,"b":{"c":2},"d":"x"}`)}},
			"one":         {jobs.Requeue{Set: map[string]json.RawMessage{"a": raw("7"), "e": raw(`[1]`)}}, remit.Job{Name: "nightly", Priority: 5, Args: []string{"-v"}, Params: raw(`{"a":7,"b":{"c":2},"d":"x","e":[1]}`)}},
			"one less":    {jobs.Requeue{Set: map[string]json.RawMessage{"b": raw("null")}, Args: &none}, remit.Job{Name: "nightly", Priority: 5, Args: []string{}, Params: raw(`{"a":1,"d":"x"}`)}},
			"all":         {jobs.Requeue{Params: raw(`{"z":0}`), Priority: &nine}, remit.Job{Name: "nightly", Priority: 9, Args: []string{"-v"}, Params: raw(`{"z":0}`)}},
			"all and one": {jobs.Requeue{Params: raw(`{}`), Set: map[string]json.RawMessage{"a": raw("7")}, Name: &empty}, remit.Job{Priority: 5, Args: []string{"-v"}, Params: raw(`{"a":7}`)}},
		} {
			job, err := w.Requeue(t.Context(), w.max, source.ID, c.q)
			w.must(err)
			got := remit.Job{Name: job.Name, Priority: job.Priority, Args: job.Args, Params: job.Params}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			_, err = w.Cancel(t.Context(), w.max, job.ID)
			w.must(err)
		}
		_, err = w.Requeue(t.Context(), w.max, source.ID, jobs.Requeue{Set: map[string]json.RawMessage{"nosuch": raw("null")}})
		w.wantAt(err, remit.Invalid, "params.nosuch")
		much := 101
		_, err = w.Requeue(t.Context(), w.max, source.ID, jobs.Requeue{Priority: &much})
		w.want(err, "invalid")
		_, err = w.Requeue(t.Context(), w.max, w.submit(w.ada, w.onFile()).ID, jobs.Requeue{Set: map[string]json.RawMessage{"threshold": raw("-1")}})
		w.want(err, "invalid")
	})
}

func TestAJobIsRequeuedByItsNameByItsOwnerOnly(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		spec := w.onFile()
		spec.Name = "nightly"
		var ids []remit.JobID
		for range 2 {
			ids = append(ids, w.submit(w.ada, spec).ID)
			_, err := w.Cancel(t.Context(), w.ada, ids[len(ids)-1])
			w.must(err)
			w.clock.advance(time.Second)
		}
		again, err := w.Requeue(t.Context(), w.ada, "nightly", jobs.Requeue{})
		w.must(err)
		if again.RequeuedFrom != ids[1] {
			t.Errorf("it is from %s, want the latest, %s", again.RequeuedFrom, ids[1])
		}
		live, err := w.Requeue(t.Context(), w.ada, "nightly", jobs.Requeue{})
		w.must(err)
		if live.RequeuedFrom != again.ID || live.Name != "" {
			t.Errorf("it is %q from %s, want the live one, %s", live.Name, live.RequeuedFrom, again.ID)
		}
		for _, ref := range []remit.JobID{"nightly", "no-such", "../x", ""} {
			_, err = w.Requeue(t.Context(), w.bob, ref, jobs.Requeue{})
			w.want(err, "not_found")
		}
	})
}
