package projects

import (
	"slices"

	"github.com/remit-server/remit/authz"
)

// What is denied to somebody they cannot give either, though they may make people
// of a role that gives it (see byRole). So who is denied no more may come to be able
// to give what they could not: that is gain, besides what they gain themselves.

// denial is one pattern that is denied to an account, by an entry or by a role
// that they hold, themselves or by a team.
type denial struct {
	user, project, collection, pattern string
	authz.Interval
}

// released finds somebody who comes to be able to give what the editor does not
// hold, because it is denied to them no more.
func (r *reading) released() *unfair {
	lost := r.lostDenials()
	if len(lost) == 0 {
		return nil
	}
	places := placesOf(r.after)
	for _, d := range lost {
		was, is := r.registrar(d.user, r.was, r.before), r.registrar(d.user, r.is, r.after)
		is.places = places[d.user]
		comes := func(c cell, at int64) bool { return is.byRole(c, at) && !was.byRole(c, at) && !was.may(c, at) }
		for _, general := range r.deniedBy(d) {
			for _, c := range append(r.below(general), is.below(general)...) {
				if at, found := r.lacks(c, d.Interval, comes); found {
					return &unfair{"gives_more", d.user, c, at}
				}
			}
		}
	}
	return nil
}

// lacks finds when in an interval something comes of a cell that the editor does not hold.
func (r *reading) lacks(c cell, i authz.Interval, comes func(cell, int64) bool) (at int64, found bool) {
	for _, at := range within(i, append(slices.Clip(r.timesIn(c.project)), max(i.From, r.now))) {
		if comes(c, at) && !r.holds(c, at) {
			return at, true
		}
	}
	return 0, false
}

// registrar is an account in the place of the editor.
func (r *reading) registrar(user string, p *authz.Policy, s authz.Source) *editor {
	d := deal{who: authz.Subject{Kind: authz.Person, ID: user}, now: r.now, before: s}
	d.self = &standing{}
	return d.reads(p, s)
}

// placesOf are where accounts hold something, and in which collections, by account.
func placesOf(s authz.Source) map[string]map[string][]string {
	all, teams := map[string]map[string][]string{}, teamsOf(s)
	for _, p := range s.Projects {
		for _, h := range holdings(p, teams) {
			if all[h.user] == nil {
				all[h.user] = map[string][]string{}
			}
			(&standing{places: all[h.user]}).add(p.ID, h.collection)
		}
	}
	return all
}

// lostDenials are what was denied and is not, wherever anything changed.
func (r *reading) lostDenials() (all []denial) {
	then, now, later := teamsOf(r.before), teamsOf(r.after), byProject(r.after)
	teams := isSame(r.before.Teams, r.after.Teams)
	lost := func(was, is authz.Project) {
		if teams && isSame(was.Members, is.Members) && isSame(was.Overrides, is.Overrides) && isSame(was.Entries, is.Entries) {
			return
		}
		all = append(all, added(denials(is, now), denials(was, then), func(d denial) denial { return d })...)
	}
	lost(r.site(r.before), r.site(r.after))
	for _, p := range r.before.Projects {
		lost(p, later[p.ID])
	}
	return all
}

// isSame says whether two lists are the very same one.
func isSame[T any](a, b []T) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }

// site is the site as a place, with what every account holds of it.
func (r *reading) site(s authz.Source) authz.Project {
	p := authz.Project{ID: everywhere, Members: s.SiteMembers, Overrides: s.SiteOverrides, Entries: s.SiteEntries}
	if len(denied(p)[signedInRole]) == 0 {
		return p
	}
	p.Members = slices.Clone(p.Members)
	for _, u := range r.before.Users {
		p.Members = append(p.Members, authz.Member{User: u.ID, Role: signedInRole})
	}
	return p
}

// denied are the patterns that the overrides of a place deny, by role.
func denied(p authz.Project) map[string][]string {
	all := map[string][]string{}
	for _, o := range p.Overrides {
		if o.Effect == authz.Deny {
			all[o.Role] = append(all[o.Role], o.Pattern)
		}
	}
	return all
}

// denials are all of a place.
func denials(p authz.Project, teams map[string][]string) (all []denial) {
	for _, e := range p.Entries {
		if e.Effect == authz.Deny {
			all = append(all, denial{e.User, p.ID, e.Collection, e.Pattern, e.Interval})
		}
	}
	patterns := denied(p)
	for _, m := range p.Members {
		if len(patterns[m.Role]) == 0 {
			continue
		}
		users := slices.Clone(teams[m.Team])
		if m.User != "" {
			users = append(users, m.User)
		}
		for _, user := range users {
			for _, pattern := range patterns[m.Role] {
				all = append(all, denial{user, p.ID, m.Collection, pattern, m.Interval})
			}
		}
	}
	return all
}

// deniedBy are the cells that were denied, everything for a ban.
func (r *reading) deniedBy(d denial) (cells []cell) {
	all := bans(d.pattern, r.before.Catalog)
	for _, p := range r.before.Catalog.Permissions {
		for _, c := range halves(cell{permission: p.Name, project: d.project, collection: d.collection}) {
			if all || speaks(d.pattern, p, c.own) || c.visibility == authz.Private {
				cells = append(cells, c)
			}
		}
	}
	return cells
}
