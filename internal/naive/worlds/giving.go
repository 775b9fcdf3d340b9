package worlds

import (
	"slices"

	"github.com/remit-server/remit/authz"
)

// givable are the permissions of the small worlds, few enough to ask them all.
var givable = []string{
	authz.ProjectView, "user:read", "budget:view", "job:read", "job:cancel", "file:read", "file:read_private", "collection:read",
	"member:assign.r1", "member:assign.r2",
}

// Small draws a policy in which little is written, so that a change of one
// thing shows. Some people in it may make others of the roles r1 and r2.
func Small(d Dice) authz.Source {
	m := maker{Dice: d}
	for _, name := range givable {
		p := m.permission(name, m.catalog.Permissions)
		p.Reserved = m.chance(1)
		m.catalog.Permissions = append(m.catalog.Permissions, p)
	}
	for i, p := range m.catalog.Permissions {
		if p.Name == "file:read" {
			m.catalog.Permissions[i].Private = "file:read_private"
		}
	}
	src := authz.Source{
		Catalog:  m.catalog,
		Reserved: some(m, "reserved", m.written(notView), 1),
		Users:    []authz.User{{ID: "u1", Superuser: m.chance(1)}, {ID: "u2"}, {ID: "u3", Disabled: m.chance(3)}, {ID: "u4"}},
		Teams:    []authz.Team{{ID: "t1", Users: some(m, "team", []string{"u1", "u2", "u3"}, 2)}, {ID: "t2", Users: []string{"u4"}}},
		Projects: []authz.Project{m.smallProject("p1"), m.smallProject("p2")},
	}
	for _, name := range projectRoles {
		src.Roles = append(src.Roles, m.role(name, m.anyPattern))
	}
	if m.chance(12) {
		src.Roles[2].Allow = []string{"*"}
	}
	src.SiteRoles = []authz.Role{m.smallRole("s1"), m.smallRole("signed_in"), {Name: "anonymous"}}
	if m.chance(4) {
		src.SiteRoles[0].Allow = []string{"*", "user:*"}
	}
	if m.chance(12) {
		strong := authz.Member{User: m.user(), Role: "r3", Interval: m.interval()}
		src.Projects[0].Members = append(src.Projects[0].Members, strong)
	}
	src.SiteOverrides = many(m, "site overrides", 0, 1, m.smallSiteOverride)
	src.SiteMembers = many(m, "site members", 0, 2, m.siteMember)
	src.SiteEntries = many(m, "site entries", 0, 2, m.siteEntry)
	return src
}

func (m maker) smallRole(name string) authz.Role {
	return authz.Role{Name: name, Allow: many(m, "allows", 0, 2, m.anyPattern)}
}

func (m maker) smallSiteOverride() authz.Override {
	return m.override([]string{"s1", "signed_in"}, m.anyPattern)
}

func (m maker) smallProject(id string) authz.Project {
	return authz.Project{
		ID: id, Overrides: many(m, "overrides", 0, 2, m.projectOverride),
		Members: many(m, "members", 1, 5, m.projectMember), Entries: many(m, "entries", 0, 3, m.projectEntry),
	}
}

// Give draws a change of access such as people make: one member, entry,
// override, pattern of a role, user of a team or reservation more or less, in a
// project or on the site. As Edit it writes into no list of src.
func Give(d Dice, src authz.Source) authz.Source {
	m := maker{Dice: d, catalog: src.Catalog}
	pick(m, "give", m.giveInProject, m.giveInProject, m.giveInProject, m.giveInProject, m.giveInProject, m.giveInProject,
		m.giveOnSite, m.giveOnSite, m.giveByTeam, m.giveByTeam, m.giveByRole, m.giveByRole, m.giveBySwitch)(&src)
	return src
}

func (m maker) giveInProject(src *authz.Source) {
	src.Projects = replaced(m, src.Projects, func(p authz.Project) authz.Project {
		switch pick(m, "part", "members", "members", "members", "entries", "entries", "overrides") {
		case "members":
			p.Members = moreOrLess(m, p.Members, m.projectMember)
		case "entries":
			p.Entries = moreOrLess(m, p.Entries, m.projectEntry)
		default:
			p.Overrides = moreOrLess(m, p.Overrides, m.projectOverride)
		}
		return p
	})
}

func (m maker) giveOnSite(src *authz.Source) {
	switch pick(m, "site", "overrides", "members", "members", "entries") {
	case "overrides":
		src.SiteOverrides = moreOrLess(m, src.SiteOverrides, m.smallSiteOverride)
	case "members":
		src.SiteMembers = moreOrLess(m, src.SiteMembers, m.siteMember)
	default:
		src.SiteEntries = moreOrLess(m, src.SiteEntries, m.siteEntry)
	}
}

func (m maker) giveByTeam(src *authz.Source) {
	src.Teams = replaced(m, src.Teams, func(t authz.Team) authz.Team {
		user := m.user()
		if slices.Contains(t.Users, user) {
			t.Users = slices.DeleteFunc(slices.Clone(t.Users), func(id string) bool { return id == user })
		} else {
			t.Users = append(slices.Clone(t.Users), user)
		}
		return t
	})
}

func (m maker) giveByRole(src *authz.Source) {
	change := func(r authz.Role) authz.Role {
		if r.Name != "anonymous" {
			r.Allow = moreOrLess(m, r.Allow, m.anyPattern)
		}
		return r
	}
	if m.chance(4) {
		src.SiteRoles = replaced(m, src.SiteRoles, change)
	} else {
		src.Roles = replaced(m, src.Roles, change)
	}
}

func (m maker) giveBySwitch(src *authz.Source) {
	src.Reserved = some(m, "reserved", m.written(notView), 1)
	src.Opened = some(m, "opened", m.written(isReserved), 1)
}

// moreOrLess has one element more or less, each half of the time.
func moreOrLess[T any](m maker, list []T, make func() T) []T {
	if len(list) > 0 && m.chance(8) {
		i := m.Roll("which", len(list))
		return slices.Delete(slices.Clone(list), i, i+1)
	}
	return append(slices.Clone(list), make())
}

// Group draws some of the people of a world.
func Group(d Dice) []string {
	m := maker{Dice: d}
	return append(some(m, "group", []string{"u2", "u3"}, 2), pick(m, "one", "u4", "u2", "u3", "u1"))
}

// AsEditor draws how somebody asks: with all that they hold or with a key.
func AsEditor(d Dice, src authz.Source, id string) authz.Subject {
	m := maker{Dice: d, catalog: src.Catalog}
	s := authz.Subject{Kind: authz.Person, ID: id}
	if m.chance(3) {
		s.Caps = m.caps()
	}
	return s
}
