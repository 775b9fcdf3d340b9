package gate

import (
	"errors"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/audit"
	"github.com/remit-server/remit/internal/db"
)

// Reader is one snapshot of the data with the policy that holds in it and the
// subject who asks.
type Reader struct {
	db.Reader
	who      authz.Subject
	now      time.Time
	snapshot *snapshot
	changes  bool     // it is a Tx's that may change the policy
	last     *refused // the last refusal of who
	open     bool     // see Gate.OpenToAll
}

// Who asks.
func (r *Reader) Who() authz.Subject { return r.who }

// Now is the time that this transaction decides by.
func (r *Reader) Now() time.Time { return r.now }

// Policy is the compiled policy of this transaction's version. It knows neither
// of the states of projects nor of who may preview: whether somebody may do
// something is asked with CanAs and HoldsAs.
func (r *Reader) Policy() *authz.Policy { return r.snapshot.policy }

// UserName is the name of an account, disabled ones included; "" for no account.
func (r *Reader) UserName(id remit.UserID) string { return r.snapshot.policy.UserName(string(id)) }

// Source is what Policy was compiled from. It is for reading only.
func (r *Reader) Source() authz.Source { return r.snapshot.source }

// As is the same snapshot for somebody else, to look at things as they may: a
// job's runner, its owner (R26). Nothing that it refuses is written down.
func (r *Reader) As(who authz.Subject) *Reader {
	other := *r
	other.who, other.last = who, nil
	return &other
}

// Can asks whether the operation is permitted on the thing now. One that cannot
// be asked, see Require, is not.
func (r *Reader) Can(operation string, on authz.Resource) authz.Decision {
	return r.CanAs(r.who, operation, on)
}

// Require is Can as an error: nil, or the refusal as R21 words it; Internal for
// an operation without a row and for one that takes a thing elsewhere (R29).
func (r *Reader) Require(operation string, on authz.Resource) error {
	return r.RequireAs(r.who, operation, on)
}

// RequireAs asks for somebody else: a job's runner, its owner (R26).
func (r *Reader) RequireAs(who authz.Subject, operation string, on authz.Resource) error {
	row, err := r.operation(operation)
	if err != nil {
		return err
	}
	decision := r.decide(who, row, on)
	if decision.Allowed {
		return nil
	}
	return r.refuse(who, row, on, decision)
}

// Holds asks for one permission instead of an operation. Nobody holds any in a
// deleted project.
func (r *Reader) Holds(permission string, on authz.Resource) authz.Decision {
	return r.HoldsAs(r.who, permission, on)
}

// Actions are the verbs of those operations that are permitted on the thing
// now: the `permissions` of an answer, the state of a button (R19).
func (r *Reader) Actions(on authz.Resource, operations ...string) []string {
	var verbs []string
	for _, name := range operations {
		if row, err := r.operation(name); err == nil && r.decide(r.who, row, on).Allowed {
			verbs = append(verbs, row.Verb)
		}
	}
	return verbs
}

// Permissions are the full names that the asker holds in a project, or on the
// site for "".
func (r *Reader) Permissions(project remit.ProjectID) []string {
	if r.snapshot.states[project] == Deleted || !r.mayLookAt(string(project)) {
		return nil
	}
	return r.snapshot.policy.Permissions(r.who, string(project), r.now.UnixMicro())
}

// Scope says which things a list operation may show to the asker.
func (r *Reader) Scope(operation string) authz.Scope {
	row, err := r.operation(operation)
	if err != nil || row.Scope == "" {
		return authz.Scope{} // nothing: closed world (R2)
	}
	return r.snapshot.shown(operation, r.seenIn(r.snapshot.policy.Scope(r.who, row.Scope, r.now.UnixMicro())))
}

// Control says whether a button for the operation works and, if not, why.
func (r *Reader) Control(operation string, on authz.Resource) remit.Control {
	row, err := r.operation(operation)
	if err != nil {
		return remit.Control{Verb: operation, Reason: err.Error()}
	}
	c := remit.Control{Verb: row.Verb}
	decision := r.Can(operation, on)
	if c.Allowed = decision.Allowed; c.Allowed {
		return c
	}
	e, ok := errors.AsType[*remit.Error](r.refusal(r.who, row, on, decision))
	if ok {
		c.Reason, c.Grantors = e.Message, e.Grantors
	}
	if decision.Guard == "" {
		c.Missing = decision.Permission
		if ok && e.Decision != nil {
			c.Missing = e.Decision.Permission
		}
	}
	return c
}

// Entry is one line of the audit log.
type Entry = audit.Entry

// History is all that was done to one thing, oldest first, without refusals.
func (r *Reader) History(thing string) ([]Entry, error) { return audit.History(r, thing) }
