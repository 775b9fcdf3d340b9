package projects

import (
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// nobodyGainsMore refuses a change of one project by which somebody would, now
// or later, hold a permission there that the editor does not hold in this
// request (R24, gain). It compares effects, not entries: taking a role away
// can give, for a role may carry a deny.
func nobodyGainsMore(tx *gate.Tx, before, after *managers, id string) error {
	had, has := before.projects[id], after.projects[id]
	lacking := lackedBy(tx, id)
	if len(lacking) == 0 {
		return nil
	}
	for _, at := range moments(tx.Now().UnixMicro(), had, has) {
		for _, user := range people(has) {
			who := authz.Subject{Kind: authz.Person, ID: user}
			for _, c := range lacking {
				if after.allows(who, c, id, at) && !before.allows(who, c, id, at) {
					return givesMore(tx, user, c, at)
				}
			}
		}
	}
	return nil
}

// cell is a permission on own or on others' things.
type cell struct {
	permission string
	own        bool
}

// on is a thing of the cell, for who.
func (c cell) on(who authz.Subject, project string) authz.Resource {
	on := authz.Resource{Project: project}
	if c.own {
		on.Owner = who.ID
	}
	return on
}

// lackedBy are the cells that the editor does not hold in the project.
func lackedBy(tx *gate.Tx, project string) []cell {
	var lacking []cell
	for _, name := range tx.Policy().Names("") {
		for _, c := range []cell{{name, true}, {name, false}} {
			if !tx.Holds(name, c.on(tx.Who(), project)).Allowed {
				lacking = append(lacking, c)
			}
		}
	}
	return lacking
}

func (m *managers) allows(who authz.Subject, c cell, project string, at int64) bool {
	return m.policy.Check(who, c.permission, c.on(who, project), at).Allowed
}

func givesMore(tx *gate.Tx, user string, c cell, at int64) error {
	permission := c.permission
	if p, _ := tx.Policy().Permission(permission); p.Selectors {
		permission += map[bool]string{true: "@own", false: "@others"}[c.own]
	}
	e := remit.Errorf(remit.Denied, "%s would gain %s, which you do not hold here", tx.Policy().UserName(user), permission).
		WithCode("gives_more").WithHint("Ask somebody who holds it.")
	if at > tx.Now().UnixMicro() {
		e.Message += ", from " + time.UnixMicro(at).UTC().Format(time.RFC3339) + " on"
	}
	e.Decision = &authz.Decision{Rule: 24, Permission: c.permission}
	return e
}

// edited are the projects whose rights a change of the given scope can touch.
func edited(m *managers, project remit.ProjectID) []string {
	var ids []string
	for id := range m.projects {
		if project == "" || id == string(project) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
