package jobs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/identity"
)

// narrow is somebody by a key of theirs with these scopes.
func (w *world) narrow(who authz.Subject, scopes string) authz.Subject {
	w.t.Helper()
	w.must(w.projects.PutRole(w.t.Context(), setup, remit.Role{Name: "signed_in", Site: true, Allow: []string{"key:read@own", "key:create@own"}}))
	key, err := w.people.CreateKey(w.t.Context(), who, identity.NewKey{Title: "narrow", Scopes: strings.Fields(scopes)})
	w.must(err)
	by, err := w.people.AuthenticateKey(w.t.Context(), key.Secret)
	w.must(err)
	return by
}

// wantHeld compares why a job is held, and frees it as its hint says.
func (w *world) wantHeld(id remit.JobID, uncovered string) {
	w.t.Helper()
	want := fmt.Sprintf("the API key that it was started with does not cover %s: `remit run %s` with another key, or without one, frees it", uncovered, id)
	if held := w.wantState(id, remit.JobHeld).Held; held != want {
		w.t.Errorf("held: %s, want: %s", held, want)
	}
	_, err := w.Run(w.t.Context(), w.max, id)
	w.must(err)
	w.sweep()
	w.wantState(id, remit.JobQueued)
}

func TestAJobThatAKeyDoesNotCoverSaysSo(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		step := w.step(w.survey(w.narrow(w.max, "job:create job:run.survey.single file:read collection:read")).ID, "find")
		w.wantHeld(step.ID, "job:run.detect.single")

		w.role("surveyor", basic+" job:run.survey.single")
		sue := w.person("sue", "surveyor")
		step = w.step(w.survey(w.narrow(sue, "job:create job:run.survey.single file:read collection:read")).ID, "find")
		if held := w.wantState(step.ID, remit.JobHeld).Held; held != "its runner sue may not run it: job:run.detect.single is missing" {
			t.Errorf("held of a right that sue lacks as well: %s", held)
		}
	})
}

func TestAJobThatAKeyDoesNotLetReadSaysSo(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.chains()
		w.must(w.declares(withFiles))
		by := w.narrow(w.max, "job:create job:run.* file:read collection:read job:read")
		node := w.node("n1")
		chain := w.chain(by)
		w.makes(node, chain.ID, "find", "a.csv")
		on := w.submit(by, w.onFile())
		named, err := w.withParams(by, fmt.Sprintf(`{"flat":%q,"n":1}`, w.first))
		w.must(err)
		_, err = w.files.SetVisibility(t.Context(), setup, w.night, remit.VisibilityPrivate)
		w.must(err)
		w.claimNothing(node)
		w.wantHeld(on.ID, "reading what it is on")
		if held := w.wantState(named.ID, remit.JobHeld).Held; held != "a file of its parameter flat is not there, or its owner or runner may not read it" {
			t.Errorf("held, as for a file that is not there: %s", held)
		}
		w.wantHeld(w.step(chain.ID, "clean").ID, "reading what it takes of other steps")
	})
}
