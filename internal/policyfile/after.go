package policyfile

import (
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
)

// source is the policy that applying would make, from the one that stands.
// What does not change is the very same, so that it is not compiled again.
func (c *comparison) source(before authz.Source, w World, words *authz.Policy) authz.Source {
	s := &after{comparison: c, Source: before, world: w, words: words, said: map[string]bool{}}
	if len(c.writes.Declare)+len(c.writes.Roles)+len(c.writes.DropRoles) > 0 {
		s.Catalog = w.grown(c.doc)
		s.roles()
	}
	if len(c.writes.Teams)+len(c.writes.DropTeams) > 0 {
		s.teams()
	}
	if len(c.writes.Reservations) > 0 {
		s.Reserved, s.Opened = s.known(c.after.reserved), s.known(c.after.opened)
	}
	if site := c.after.site; site != nil {
		s.SiteOverrides, s.SiteMembers, s.SiteEntries = s.overrides(*site), s.members(*site), s.entries(*site)
	}
	if len(c.after.places) > 0 {
		s.projects()
	}
	if len(c.writes.DropRoles)+len(c.writes.DropTeams) > 0 {
		s.bereave()
	}
	return s.Source
}

// after is a policy that is being made.
type after struct {
	*comparison
	authz.Source
	world World
	words *authz.Policy
	said  map[string]bool // whether a pattern means something
}

// means leaves out what the catalogue has lost, as whoever loads a policy does,
// and what it loses with the roles that go.
func (s *after) means(pattern string) bool {
	means, known := s.said[pattern]
	if !known {
		name, _, _ := strings.Cut(pattern, "@")
		means = s.words.Fault(pattern) == nil && !slices.ContainsFunc(s.writes.DropRoles, func(role string) bool { return name == assigning(role) })
		s.said[pattern] = means
	}
	return means
}

// assigning is the permission to make people of a role.
func assigning(role string) string { return remit.AssignPermission(role).Name }

// bereave takes out what names roles and teams that go. Only projects that the
// asker does not see can name them; applying is refused then, and the plan does
// not tell.
func (s *after) bereave() {
	gone := map[string]bool{}
	for _, name := range s.writes.DropTeams {
		gone["team "+s.world.Teams[name]] = true
	}
	for _, name := range s.writes.DropRoles {
		gone["role "+name] = true
	}
	overrides := func(o authz.Override) bool { return gone["role "+o.Role] || !s.means(o.Pattern) }
	members := func(m authz.Member) bool { return gone["role "+m.Role] || gone["team "+m.Team] }
	entries := func(e authz.Entry) bool { return !s.means(e.Pattern) }
	s.SiteOverrides, s.SiteEntries = less(s.SiteOverrides, overrides), less(s.SiteEntries, entries)
	s.Projects = slices.Clone(s.Projects)
	for i := range s.Projects {
		p := &s.Projects[i]
		p.Overrides, p.Members, p.Entries = less(p.Overrides, overrides), less(p.Members, members), less(p.Entries, entries)
	}
}

// less is the list without some: the very same when there are none.
func less[T any](all []T, gone func(T) bool) []T {
	if !slices.ContainsFunc(all, gone) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), gone)
}

func (s *after) known(patterns []string) (all []string) {
	for _, p := range patterns {
		if s.means(p) {
			all = append(all, p)
		}
	}
	return all
}

func (s *after) roles() {
	s.Roles, s.SiteRoles = nil, nil
	s.Catalog.Permissions = slices.DeleteFunc(s.Catalog.Permissions, func(p authz.Permission) bool {
		return slices.ContainsFunc(s.writes.DropRoles, func(role string) bool { return p.Name == assigning(role) })
	})
	for _, role := range s.comparison.after.roles {
		kept := authz.Role{Name: role.Name, Allow: s.known(role.Allow)}
		if role.Name == anonymous {
			kept.Allow = slices.DeleteFunc(kept.Allow, func(p string) bool { return !s.publicOK(p) })
		}
		if role.Site {
			s.SiteRoles = append(s.SiteRoles, kept)
		} else {
			s.Roles = append(s.Roles, kept)
		}
	}
	byName := func(a, b authz.Role) int { return strings.Compare(a.Name, b.Name) }
	slices.SortFunc(s.Roles, byName)
	slices.SortFunc(s.SiteRoles, byName)
}

func (s *after) publicOK(pattern string) bool {
	name, _, _ := strings.Cut(pattern, "@")
	return !slices.ContainsFunc(s.words.Meant(name), func(q authz.Permission) bool { return !q.PublicOK })
}

func (s *after) teams() {
	s.Teams = nil
	for _, t := range s.comparison.after.teams {
		team := authz.Team{ID: s.team(t.Name)}
		for _, user := range t.Users {
			team.Users = append(team.Users, id(s.world.Users, user))
		}
		s.Teams = append(s.Teams, team)
	}
}

// team is the id of one; a new one has none yet, and goes by its name.
func (s *after) team(name string) string {
	if known, ok := s.world.Teams[name]; ok || name == "" {
		return known
	}
	return "new team " + name
}

func (s *after) projects() {
	s.Projects = slices.Clone(s.Projects)
	for i, p := range s.Projects {
		a, changed := s.comparison.after.places[remit.ProjectID(p.ID)]
		if !changed {
			continue
		}
		s.Projects[i] = authz.Project{ID: p.ID, HasPublic: p.HasPublic, Public: s.public(a), Overrides: s.overrides(a), Members: s.members(a), Entries: s.entries(a)}
	}
}

func (s *after) public(a Access) (all []string) {
	for _, name := range s.known(texts(a.Public)) {
		if s.publicOK(name) {
			all = append(all, name)
		}
	}
	return all
}

func (s *after) overrides(a Access) []authz.Override {
	return slices.DeleteFunc(overridesOf(a), func(o authz.Override) bool {
		return !s.means(o.Pattern) || a.onSite() && o.Role == anonymous && o.Effect == authz.Allow && !s.publicOK(o.Pattern)
	})
}

func (s *after) members(a Access) []authz.Member {
	all := membersOf(a)
	for i := range all {
		all[i].User, all[i].Team = id(s.world.Users, all[i].User), s.team(all[i].Team)
	}
	return all
}

func (s *after) entries(a Access) []authz.Entry {
	all := slices.DeleteFunc(entriesOf(a), func(e authz.Entry) bool { return !s.means(e.Pattern) })
	for i := range all {
		all[i].User = id(s.world.Users, all[i].User)
	}
	return all
}
