package gate

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
)

// CanAs is Can for somebody else: a job's runner, its owner (R26).
func (r *Reader) CanAs(who authz.Subject, operation string, on authz.Resource) authz.Decision {
	row, err := r.operation(operation)
	if err != nil {
		return authz.Decision{Rule: 2, Permission: operation}
	}
	return r.decide(who, row, on)
}

// HoldsAs is Holds for somebody else. A permission does not say what is done with
// it: whoever changes something by it asks IsOpen too, or an operation.
func (r *Reader) HoldsAs(who authz.Subject, permission string, on authz.Resource) authz.Decision {
	if r.snapshot.states[remit.ProjectID(on.Project)] == Deleted {
		return authz.Decision{Rule: 14, Permission: permission, ProjectHidden: true}
	}
	if who.Preview != nil && !r.viewerHolds(who, on.Project).Allowed {
		return authz.Decision{Rule: previewRule, Permission: permission}
	}
	return r.snapshot.policy.Check(who, permission, on, r.now.UnixMicro())
}

// HoldsSomewhere says whether there may be things that the asker holds it on.
func (r *Reader) HoldsSomewhere(permission string) bool {
	return !r.snapshot.shown("", r.seenIn(r.snapshot.policy.Scope(r.who, permission, r.now.UnixMicro()))).Empty()
}

// IsOpen says whether a project is neither archived nor deleted.
func (r *Reader) IsOpen(project remit.ProjectID) bool { return r.snapshot.states[project] == Open }
