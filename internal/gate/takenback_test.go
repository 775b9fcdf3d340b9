package gate_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// What Apply refuses (R24, R25, what else the change needs) was permitted by
// the check, and is a refusal all the same.
func TestARefusalOfApplyIsWrittenDownAndWhatItWroteIsNot(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		denied := remit.Errorf(remit.Denied, "Whoever this is for would gain more").WithCode("gives_more")
		denied.Decision = nil
		alone := remit.Errorf(remit.Conflict, "Nobody could give access").WithCode("last_manager")
		needs := remit.Errorf(remit.NotFound, "No such file")
		needs.Decision = &authz.Decision{Rule: 14, Permission: "file:read"}
		for _, err := range []error{denied, alone, needs, remit.Errorf(remit.Conflict, "it has ended"), errBoom} {
			op := note("job.cancel", p1("dan"), "a")
			insert := op.Apply
			op.Apply = func(tx *gate.Tx) (string, error) {
				tx.Note("cancelled")
				w.must(tx.Record("job.release", "p1", "other", "by the way"))
				_, failed := insert(tx)
				w.must(failed)
				return "a", err
			}
			if _, got := do(w, w.gate, person("dan"), op); got != err {
				t.Errorf("got %v, want %v", got, err)
			}
		}
		wantEqual(w.T, len(w.notes()), 0)
		e := gate.Entry{At: noon, ActorKind: "person", ActorID: "dan", Actor: "dan", Operation: "job.cancel", Project: "p1", Thing: "job-of-dan"}
		more, last, file := e, e, e
		more.Rule, more.Detail = "R24", "Whoever this is for would gain more"
		last.Rule, last.Detail = "R25", "Nobody could give access"
		file.Rule, file.Permission, file.Detail = "R14", "file:read", "No such file"
		wantEqual(w.T, w.entries(), []gate.Entry{more, last, file})
	})
}

// Refusals of whoever shows the token of a job could fill the disk, as those
// of strangers could.
func TestTheRefusalOfATokenIsNotWrittenDown(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		token := authz.Subject{Kind: authz.Bearer, ID: "job-of-dan"}
		op := note("job.delete", p1("ada"), "a")
		if _, err := do(w, w.gate, token, op); err == nil {
			t.Error("it was not refused")
		}
		wantEqual(w.T, w.entries(), []gate.Entry{})
	})
}
