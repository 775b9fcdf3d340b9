package projects

import (
	"slices"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// keepManagedPart is keepManaged for what stands outside of projects: teams,
// and the site. gifts are what the change names on the site.
func keepManagedPart(tx *gate.Tx, part gate.Part, change func() error, gifts ...gift) error {
	e, err := apply(tx, "", part, change)
	if err != nil {
		return err
	}
	if err := e.fair(nil); err != nil {
		return err
	}
	for _, g := range append(gifts, e.entrances("")...) {
		if err := e.mayGiveOnSite(g); err != nil {
			return err
		}
	}
	for _, id := range edited(e.after, "") {
		for _, g := range e.entrances(id) {
			if err := e.mayGive(id, g); err != nil {
				return err
			}
		}
	}
	return e.managed()
}

// mayGiveOnSite asks for what a change names on the whole site: in every
// project that there will be, and of the site itself.
func (e *edit) mayGiveOnSite(g gift) error {
	return e.mayName("", g, func(p authz.Permission, own bool) bool {
		return g.pattern != "" && speaks(g.pattern, p, own) ||
			slices.ContainsFunc(g.roles, func(role string) bool { return e.before.siteMeans(role, p, own) == authz.Allow })
	})
}

// siteMeans is means for a role of the site.
func (m *managers) siteMeans(role string, p authz.Permission, own bool) authz.Effect {
	site := managers{projects: map[string]authz.Project{"": {Overrides: m.source.SiteOverrides}}}
	return site.means("", role, m.source.SiteRoles, p, own)
}

// entrances are what teams hold in a project, or for "" on the site, that
// somebody came into by the change.
func (e *edit) entrances(project string) (gifts []gift) {
	members := e.before.source.SiteMembers
	if project != "" {
		members = e.before.projects[project].Members
	}
	for _, m := range members {
		if m.Team != "" && len(without(inTeam(e.after.source, m.Team), inTeam(e.before.source, m.Team))) > 0 {
			gifts = append(gifts, gift{Interval: m.Interval, collection: m.Collection, roles: []string{m.Role}})
		}
	}
	return gifts
}

func inTeam(s authz.Source, id string) []string {
	for _, t := range s.Teams {
		if t.ID == id {
			return t.Users
		}
	}
	return nil
}

// narrowTeams leaves of the teams those that are members of the one project
// left, and returns who is in them.
func narrowTeams(s *authz.Source) (ids []string) {
	s.Teams = slices.DeleteFunc(slices.Clone(s.Teams), func(t authz.Team) bool {
		return !slices.ContainsFunc(s.Projects[0].Members, func(m authz.Member) bool { return m.Team == t.ID })
	})
	for _, t := range s.Teams {
		ids = append(ids, t.Users...)
	}
	return ids
}

// narrowSite leaves of the site what is about accounts and teams that are left.
func narrowSite(s *authz.Source) {
	gone := func(user string) bool {
		_, known := account(s.Users, user)
		return user != "" && !known
	}
	s.SiteMembers = slices.DeleteFunc(slices.Clone(s.SiteMembers), func(m authz.Member) bool {
		return gone(m.User) || m.Team != "" && !slices.ContainsFunc(s.Teams, func(t authz.Team) bool { return t.ID == m.Team })
	})
	s.SiteEntries = slices.DeleteFunc(slices.Clone(s.SiteEntries), func(e authz.Entry) bool { return gone(e.User) })
}
