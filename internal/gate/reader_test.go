package gate_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// reads runs fn as who, in an operation that everybody may ask.
func (w *world) reads(who authz.Subject, fn func(*gate.Reader)) {
	w.Helper()
	_, err := gate.View(w.Context(), w.gate, who, gate.Query[struct{}]{Name: "me.read", Read: func(r *gate.Reader) (struct{}, error) {
		fn(r)
		return struct{}{}, nil
	}})
	w.must(err)
}

func TestAReaderAnswersForWhoAsks(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		w.reads(person("sol"), func(r *gate.Reader) {
			wantEqual(w.T, r.Who(), person("sol"))
			wantEqual(w.T, r.Now(), noon)
			wantEqual(w.T, r.Policy().UserName("ada"), "ada")
			wantEqual(w.T, r.Can("job.cancel", p1("sol")).Allowed, true)
			wantEqual(w.T, r.Holds("job:cancel", p1("ada")).Allowed, false)
			wantEqual(w.T, r.Actions(p1("sol"), "job.read", "job.delete", "job.cancel"), []string{"read", "cancel"})
			wantEqual(w.T, r.Permissions("p1"), []string{"job:cancel@own", "job:read@own", "project:view"})
			wantEqual(w.T, r.Scope("job.list").Has(p1("sol")), true)
			wantEqual(w.T, r.Scope("job.list").Has(p1("ada")), false)
			w.must(r.Require("job.cancel", p1("sol")))
			wantKind(w.T, r.RequireAs(person("vic"), "job.cancel", p1("vic")), remit.NotFound)
		})
	})
}

func TestAControlSaysWhyItIsOff(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		w.reads(person("mel"), func(r *gate.Reader) {
			wantEqual(w.T, r.Control("job.read", p1("ada")), remit.Control{Verb: "read", Allowed: true})
			wantEqual(w.T, r.Control("job.wrest", p1("ada")), remit.Control{Verb: "wrest", Reason: "Insufficient permissions", Missing: "job:wrest", Grantors: []string{"ada", "sue"}})
		})
		w.reads(person("ada"), func(r *gate.Reader) {
			wantEqual(w.T, r.Control("job.delete", p1("dan")), remit.Control{Verb: "delete", Reason: "The job has not ended yet"})
		})
	})
}

func TestAViewIsRefusedLikeAChange(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		look := gate.Query[string]{
			Name: "job.read",
			On:   func(*gate.Reader) (authz.Resource, error) { return p1("ada"), nil },
			Read: func(*gate.Reader) (string, error) { return "seen", nil },
		}
		got, err := gate.View(w.Context(), w.gate, person("dan"), look)
		w.must(err)
		wantEqual(w.T, got, "seen")
		got, err = gate.View(w.Context(), w.gate, person("eve"), look)
		wantKind(w.T, err, remit.NotFound)
		wantEqual(w.T, got, "")
		look.On = func(*gate.Reader) (authz.Resource, error) { return authz.Resource{}, errBoom }
		if _, err = gate.View(w.Context(), w.gate, person("dan"), look); err != errBoom {
			w.Errorf("got %v", err)
		}
	})
}

func TestAHistoryHasWhatWasDoneAndNotWhatWasRefused(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		for _, step := range []struct{ who, does string }{{"dan", "job.cancel"}, {"ada", "job.delete"}, {"ada", "job.cancel"}} {
			_, err := do(w, w.gate, person(step.who), note(step.does, p1("dan"), step.who))
			if step.does == "job.delete" {
				wantKind(w.T, err, remit.Conflict)
			} else {
				w.must(err)
			}
		}
		w.reads(person("dan"), func(r *gate.Reader) {
			history, err := r.History("job-of-dan")
			w.must(err)
			var by []string
			for _, e := range history {
				by = append(by, e.Actor+" "+e.Operation)
			}
			wantEqual(w.T, by, []string{"dan job.cancel", "ada job.cancel"})
		})
	})
}
