package gate_test

import (
	"encoding/json"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// states are those of projects before anything is asked.
func (w *world) states(states map[remit.ProjectID]gate.State) {
	w.Helper()
	text, err := json.Marshal(states)
	w.must(err)
	w.must(w.db.Write(w.Context(), db.Exclusive, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO meta (key, value) VALUES ('states', $1)`, string(text))
		return err
	}))
}

func TestAnArchivedProjectIsAGuardForThoseWhoMay(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		w.states(map[remit.ProjectID]gate.State{"p1": gate.Archived})
		_, err := do(w, w.gate, person("sue"), note("job.cancel", p1("dan"), "a"))
		wantKind(w.T, err, remit.Conflict)
		wantEqual(w.T, remit.CodeOf(err), "archived")
		_, err = do(w, w.gate, person("mel"), note("job.cancel", p1("dan"), "a"))
		wantKind(w.T, err, remit.Denied) // of the state hears who is permitted
		_, err = do(w, w.gate, person("eve"), note("job.cancel", p1("dan"), "a"))
		wantKind(w.T, err, remit.NotFound)
		w.reads(person("sue"), func(r *gate.Reader) {
			wantEqual(w.T, r.Can("job.read", p1("dan")).Allowed, true)
			wantEqual(w.T, r.CanAs(person("dan"), "job.read", p1("dan")).Allowed, true)
			wantEqual(w.T, r.CanAs(person("sue"), "job.cancel", p1("dan")).Allowed, false)
			wantEqual(w.T, r.HoldsAs(person("sue"), "job:read", p1("dan")).Allowed, true)
			wantEqual(w.T, r.IsOpen("p1"), false)
			wantEqual(w.T, r.IsOpen("p2"), true)
			wantEqual(w.T, r.Scope("job.list").Has(p1("dan")), true)
			wantEqual(w.T, r.Actions(p1("dan"), "job.read", "job.cancel"), []string{"read"})
			wantEqual(w.T, r.Control("job.cancel", p1("dan")).Allowed, false)
		})
		held := authz.Resource{Project: "p1", Thing: "j", Facts: authz.HoldsLock}
		_, err = do(w, w.gate, n1, note("job.finish", held, "done")) // what was begun is ended
		w.must(err)
	})
}

func TestADeletedProjectIsThereForNobody(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		w.states(map[remit.ProjectID]gate.State{"p1": gate.Deleted})
		for _, who := range []authz.Subject{person("sue"), person("ada"), person("dan"), nobody, n1, key("sue", "job:read")} {
			_, err := do(w, w.gate, who, note("job.cancel", p1("dan"), "a"))
			wantKind(w.T, err, remit.NotFound)
			wantEqual(w.T, err.Error(), gate.NotFound("jobs").Error())
			w.reads(who, func(r *gate.Reader) {
				wantEqual(w.T, r.Scope("job.list").Has(p1("dan")), false)
				wantEqual(w.T, r.Can("job.read", p1("dan")).Allowed, false)
				wantEqual(w.T, r.Holds("job:read", p1("dan")).Allowed, false)
				wantEqual(w.T, r.HoldsAs(person("sue"), "job:read", p1("dan")).Allowed, false)
				wantEqual(w.T, r.CanAs(person("sue"), "job.read", p1("dan")).Allowed, false)
				wantEqual(w.T, r.IsOpen("p1"), false)
				wantEqual(w.T, len(r.Permissions("p1")), 0)
				wantEqual(w.T, len(r.Actions(p1("dan"), "job.read", "job.cancel")), 0)
			})
		}
		w.reads(person("sue"), func(r *gate.Reader) { // the others are as they were
			wantEqual(w.T, r.Scope("job.list").Has(authz.Resource{Project: "p2"}), true)
		})
	})
}
