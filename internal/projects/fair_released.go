package projects

import (
	"maps"
	"slices"

	"github.com/remit-server/remit/authz"
)

// A role can deny, and whoever may make people of another role gives what that
// one gives only as far as nothing denies it to them (see byRole). So who loses a
// role that denies may come to give by it what they could not: that is gain.

// heldRole is one role that somebody holds, themselves or by a team.
type heldRole struct {
	user, role, project, collection string
	authz.Interval
}

// released finds somebody who comes to be able to give what the editor does not
// hold, because they lose a role that denies it to them.
func (r *reading) released() *unfair {
	for _, h := range r.lostDenials() {
		was, is := r.registrar(h.user, r.was, r.before), r.registrar(h.user, r.is, r.after)
		for _, c := range r.deniedBy(h) {
			for _, at := range within(h.Interval, append(r.timesIn(c.project), max(h.From, r.now))) {
				if is.byRole(c, at) && !was.byRole(c, at) && !was.may(c, at) && !r.holds(c, at) {
					return &unfair{"gives_more", h.user, c, at}
				}
			}
		}
	}
	return nil
}

// registrar is an account in the place of the editor.
func (r *reading) registrar(user string, p *authz.Policy, s authz.Source) *editor {
	d := deal{who: authz.Subject{Kind: authz.Person, ID: user}, now: r.now, before: s}
	d.self = &standing{}
	return d.reads(p, s)
}

// lostDenials are the roles that deny something and are held no more.
func (r *reading) lostDenials() (all []heldRole) {
	then, now, later := teamsOf(r.before), teamsOf(r.after), byProject(r.after)
	site := func(s authz.Source) authz.Project {
		return authz.Project{ID: everywhere, Members: s.SiteMembers, Overrides: s.SiteOverrides}
	}
	lost := func(was, is authz.Project) {
		if denying := denyingRoles(was); len(denying) > 0 {
			all = append(all, added(heldIn(is, now, denying), heldIn(was, then, denying), func(h heldRole) heldRole { return h })...)
		}
	}
	lost(site(r.before), site(r.after))
	for _, p := range r.before.Projects {
		lost(p, later[p.ID])
	}
	return all
}

// denyingRoles are those that an override of a place makes deny something.
func denyingRoles(p authz.Project) map[string]bool {
	all := map[string]bool{}
	for _, o := range p.Overrides {
		all[o.Role] = all[o.Role] || o.Effect == authz.Deny
	}
	maps.DeleteFunc(all, func(_ string, denies bool) bool { return !denies })
	return all
}

// heldIn are the roles of some that people hold in a place.
func heldIn(p authz.Project, teams map[string][]string, roles map[string]bool) (all []heldRole) {
	for _, m := range p.Members {
		if !roles[m.Role] {
			continue
		}
		users := slices.Clone(teams[m.Team])
		if m.User != "" {
			users = append(users, m.User)
		}
		for _, user := range users {
			all = append(all, heldRole{user, m.Role, p.ID, m.Collection, m.Interval})
		}
	}
	return all
}

// deniedBy are the cells that the role denied, everything for one that bans.
func (r *reading) deniedBy(h heldRole) (cells []cell) {
	then := meaning{r.projects[h.project].Overrides, nil}
	if h.project == everywhere {
		then.overrides = r.before.SiteOverrides
	}
	bans := then.bans(h.role, r.before.Catalog)
	for _, p := range r.before.Catalog.Permissions {
		for _, c := range halves(cell{permission: p.Name, project: h.project, collection: h.collection}) {
			if bans || then.of(h.role, p, c.own) == authz.Deny || c.visibility == authz.Private {
				cells = append(cells, r.below(c)...)
			}
		}
	}
	return cells
}
