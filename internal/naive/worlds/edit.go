package worlds

import (
	"slices"

	"github.com/remit-server/remit/authz"
)

// Edit draws a change to one part of a policy: what an administrator does in
// one go. It replaces lists and never writes into them, so that src stays what
// it was and every untouched list is the very same slice.
func Edit(d Dice, src authz.Source) authz.Source {
	m := maker{Dice: d, catalog: src.Catalog}
	pick(m, "edit",
		m.editProject, m.editProject, m.editProject, m.editProject, m.addProject, m.dropProject,
		m.editUsers, m.editTeams, m.editRoles, m.editSite, m.editReserved, m.editPermission, m.editCatalog, func(*authz.Source) {},
	)(&src)
	return src
}

// replaced is the list with one element exchanged, and nothing when it is empty.
func replaced[T any](m maker, list []T, by func(T) T) []T {
	list = slices.Clone(list)
	if len(list) > 0 {
		i := m.Roll("which", len(list))
		list[i] = by(list[i])
	}
	return list
}

// grown has one element more or less.
func grown[T any](m maker, list []T, make func() T) []T {
	if len(list) > 0 && m.chance(6) {
		i := m.Roll("which", len(list))
		return slices.Delete(slices.Clone(list), i, i+1)
	}
	return append(slices.Clone(list), make())
}

func (m maker) editProject(src *authz.Source) {
	src.Projects = replaced(m, src.Projects, func(p authz.Project) authz.Project {
		switch pick(m, "part", "members", "entries", "overrides", "public", "everything") {
		case "members":
			p.Members = grown(m, p.Members, m.projectMember)
		case "entries":
			p.Entries = grown(m, p.Entries, m.projectEntry)
		case "overrides":
			p.Overrides = grown(m, p.Overrides, m.projectOverride)
		case "public":
			p.Public, p.HasPublic = m.public(), m.chance(8)
		default:
			p = m.project(p.ID)
		}
		return p
	})
}

func (m maker) addProject(src *authz.Source) {
	id := pick(m, "new", "p0", "p3", "p9")
	if !slices.ContainsFunc(src.Projects, func(p authz.Project) bool { return p.ID == id }) {
		src.Projects = shuffled(m, append(slices.Clone(src.Projects), m.project(id)))
	}
}

func (m maker) dropProject(src *authz.Source) {
	if len(src.Projects) > 1 {
		i := m.Roll("which", len(src.Projects))
		src.Projects = slices.Delete(slices.Clone(src.Projects), i, i+1)
	}
}

func (m maker) editUsers(src *authz.Source) {
	newcomer := func(u authz.User) bool { return u.ID == "u0" || u.ID == "u9" }
	switch {
	case m.chance(10):
		src.Users = replaced(m, src.Users, func(u authz.User) authz.User {
			u.Disabled, u.Superuser = m.chance(6), m.chance(4)
			return u
		})
	case slices.ContainsFunc(src.Users, newcomer):
		src.Users = slices.DeleteFunc(slices.Clone(src.Users), newcomer) // who holds nothing
	default:
		src.Users = shuffled(m, append(slices.Clone(src.Users), authz.User{ID: pick(m, "newcomer", "u0", "u9")}))
	}
}

func (m maker) editTeams(src *authz.Source) {
	src.Teams = replaced(m, src.Teams, func(t authz.Team) authz.Team {
		t.Users = some(m, "team", []string{"u1", "u2", "u3", "u4"}, 3)
		return t
	})
}

func (m maker) editRoles(src *authz.Source) {
	src.Roles = replaced(m, src.Roles, func(r authz.Role) authz.Role { return m.role(r.Name, m.anyPattern) })
	if m.chance(4) {
		src.Roles = shuffled(m, src.Roles)
	}
}

func (m maker) editSite(src *authz.Source) {
	switch pick(m, "site", "roles", "overrides", "members", "entries", "everything") {
	case "roles":
		src.SiteRoles = replaced(m, src.SiteRoles, func(r authz.Role) authz.Role {
			if r.Name == "anonymous" {
				return m.role(r.Name, m.publicPattern)
			}
			return m.role(r.Name, m.anyPattern)
		})
	case "overrides":
		src.SiteOverrides = grown(m, src.SiteOverrides, m.siteOverride)
	case "members":
		src.SiteMembers = grown(m, src.SiteMembers, m.siteMember)
	case "entries":
		src.SiteEntries = grown(m, src.SiteEntries, m.siteEntry)
	default:
		m.site(src)
	}
}

func (m maker) editReserved(src *authz.Source) {
	src.Reserved = some(m, "reserved", m.written(notView), 2)
	src.Opened = some(m, "opened", m.written(isReserved), 2)
}

// editPermission changes one so that whatever is written stays good.
func (m maker) editPermission(src *authz.Source) {
	at := m.Roll("which", len(src.Catalog.Permissions))
	src.Catalog.Permissions = slices.Clone(src.Catalog.Permissions)
	p := &src.Catalog.Permissions[at]
	switch pick(m, "change", "reads", "reserved", "never", "public", "requires", "new") {
	case "reads":
		p.Reads = !p.Reads
	case "reserved":
		p.Reserved = !p.Reserved
	case "never":
		p.Never = !p.Never && p.Name != authz.ProjectView
	case "public":
		p.PublicOK = true
	case "requires":
		p.Requires = m.required(p.Level, src.Catalog.Permissions[:at])
	default:
		m.addPermission(src)
	}
}

// addPermission grows a family; it comes with an alias that changes nothing written before.
func (m maker) addPermission(src *authz.Source) {
	name := pick(m, "new", "job:run.c", "event:edit", "zebra:ride")
	if slices.Contains(m.names(interesting), name) {
		return
	}
	p := m.permission(name, src.Catalog.Permissions)
	p.Aliases = nil
	if m.chance(8) {
		p.Aliases = []string{"zebra:pat"}
	}
	src.Catalog.Permissions = append(src.Catalog.Permissions, p)
}

func (m maker) editCatalog(src *authz.Source) { m.machines(&src.Catalog) }
