package gate

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
)

// State is what a project is, whoever asks. It binds superusers too, like the
// guards of R16.
type State uint8

// The states. A project that LoadStates does not name is Open.
const (
	Open     State = iota
	Archived       // it can be read, and nothing in it changes
	Deleted        // it is as if it were absent
)

// guardArchived is met by who would be allowed to change something in an
// archived project. It is the gate's own: the engine does not know of states.
const guardArchived authz.Guard = "archived"

// finishing are the changes that an archived project still takes: out of the
// archive, away altogether, answers that give nothing, and the end of what a
// node has begun.
var finishing = map[string]bool{"project.archive": true, "project.delete": true, "job.sweep": true,
	"request.reject": true, "request.withdraw": true,
	"job.start": true, "job.output": true, "job.finish": true, "job.release": true, "job.cleanup": true}

// ofDeleted are the operations that know of deleted projects. The audit log
// is one for the whole site, and forgets nothing.
var ofDeleted = map[string]bool{"project.deleted": true, "project.restore": true, "job.sweep": true,
	"audit.list": true, "audit.read": true, "audit.verify": true}

// stated is what the engine decided about a thing, as far as the state of its
// project lets it stand.
func (s *snapshot) stated(row authz.Operation, on authz.Resource, d authz.Decision) authz.Decision {
	switch state := s.states[remit.ProjectID(on.Project)]; {
	case state == Deleted && !ofDeleted[row.Name] && d.Rule != 1:
		return authz.Decision{Rule: 14, Permission: d.Permission, ProjectHidden: true}
	case state == Archived && d.Allowed && (changes(row) || row.Audit == authz.AuditRefusal) && !finishing[row.Name]:
		return authz.Decision{Rule: 16, Permission: d.Permission, Guard: guardArchived}
	}
	return d
}

// shown takes deleted projects out of what a list may show.
func (s *snapshot) shown(operation string, scope authz.Scope) authz.Scope {
	if ofDeleted[operation] {
		return scope
	}
	for id, state := range s.states {
		if state == Deleted {
			scope.Projects[string(id)] = 0
		}
	}
	return scope
}

// loadStates reads those of all projects that are not open.
func (g *Gate) loadStates(r db.Reader) (map[remit.ProjectID]State, error) {
	states, err := g.source.LoadStates(r)
	if err != nil {
		return nil, fmt.Errorf("reading which projects are archived or deleted: %w", err)
	}
	return states, nil
}
