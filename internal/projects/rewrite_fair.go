package projects

import (
	"strings"

	"github.com/remit-server/remit/authz"
)

// fairWholesale is R24 for what the change names, and for what anybody gains
// by teams and by the site.
func (e *edit) fairWholesale(r Rewriting) error {
	for _, a := range r.Access {
		for _, g := range a.gifts() {
			if a.Project == "" {
				continue // told by what comes of it
			}
			if err := e.mayGive(string(a.Project), g); err != nil {
				return err
			}
		}
	}
	now := e.tx.Now().UnixMicro()
	for _, d := range authz.Diff(e.before.policy, e.after.policy, now) {
		if err := e.mayGain(d, now); err != nil {
			return err
		}
	}
	return nil
}

// gifts are what the change of a project names.
func (a AccessRewriting) gifts() (all []gift) {
	for _, m := range a.Members {
		all = append(all, gift{Interval: interval(m.From, m.Until), collection: string(m.Collection), roles: m.Roles})
	}
	for _, e := range a.Entries {
		if e.Effect == "allow" {
			all = append(all, entryRow{Entry: e}.gift())
		}
	}
	for _, e := range a.DropEntries {
		if e.Effect == "deny" {
			all = append(all, entryRow{Entry: e}.gift())
		}
	}
	return all
}

// mayGain asks whether the editor holds what somebody gains, in all places that
// the difference speaks of, while it lasts.
func (e *edit) mayGain(d authz.Difference, now int64) error {
	if !d.Gained {
		return nil
	}
	places := []string{d.Project}
	if d.Project == "*" {
		for id := range e.after.projects {
			places = append(places, id)
		}
	}
	for _, c := range cellsOf(d) {
		for _, c.project = range places {
			for _, at := range e.during(d.Interval, c.project) {
				if at >= now && !e.holds(c, at) {
					return e.givesMore(e.called(d.User), c, at)
				}
			}
		}
	}
	return nil
}

func (e *edit) called(user string) string {
	switch user {
	case "":
		return "Everybody"
	case "*":
		return "Every account"
	}
	return e.tx.Policy().UserName(user)
}

// cellsOf are the cells that a difference is about.
func cellsOf(d authz.Difference) []cell {
	at := cell{project: d.Project, collection: d.Collection, visibility: d.Visibility}
	name, selector, _ := strings.Cut(d.Permission, "@")
	at.permission = name
	own := at
	own.own = true
	switch selector {
	case "own":
		return []cell{own}
	case "others":
		return []cell{at}
	}
	return []cell{own, at}
}
