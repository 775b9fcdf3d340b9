package worlds

import (
	"slices"

	"github.com/remit-server/remit/authz"
)

// Shuffle writes the same policy down in another order. It keeps the orders
// that mean something: of groups, and of guards.
func Shuffle(d Dice, src authz.Source) authz.Source {
	m := maker{Dice: d}
	c := &src.Catalog
	c.Permissions, c.Operations = shuffled(m, c.Permissions), shuffled(m, c.Operations)
	for i, p := range c.Permissions {
		c.Permissions[i].Requires, c.Permissions[i].Aliases = shuffled(m, p.Requires), shuffled(m, p.Aliases)
	}
	c.Node, c.Token = shuffled(m, c.Node), shuffled(m, c.Token)
	src.Reserved, src.Opened = shuffled(m, src.Reserved), shuffled(m, src.Opened)
	src.Users, src.Teams = shuffled(m, src.Users), shuffled(m, src.Teams)
	for i, team := range src.Teams {
		src.Teams[i].Users = shuffled(m, team.Users)
	}
	src.Roles, src.SiteRoles = m.shuffledRoles(src.Roles), m.shuffledRoles(src.SiteRoles)
	src.SiteOverrides, src.SiteMembers = shuffled(m, src.SiteOverrides), shuffled(m, src.SiteMembers)
	src.SiteEntries, src.Projects = shuffled(m, src.SiteEntries), shuffled(m, src.Projects)
	for i, p := range src.Projects {
		p.Public, p.Overrides = shuffled(m, p.Public), shuffled(m, p.Overrides)
		p.Members, p.Entries = shuffled(m, p.Members), shuffled(m, p.Entries)
		src.Projects[i] = p
	}
	return src
}

func (m maker) shuffledRoles(roles []authz.Role) []authz.Role {
	roles = shuffled(m, roles)
	for i, r := range roles {
		roles[i].Allow = shuffled(m, r.Allow)
	}
	return roles
}

// Add writes one more allow or deny into a policy, somewhere.
func Add(d Dice, src authz.Source, effect authz.Effect) authz.Source {
	m := maker{Dice: d, catalog: src.Catalog}
	entry, override := m.projectEntry(), m.projectOverride()
	entry.Effect, override.Effect = effect, effect
	src.Projects = slices.Clone(src.Projects)
	p := &src.Projects[0]
	switch pick(m, "place", "entry", "override", "site entry", "site override", "anonymous", "template", "site template") {
	case "entry":
		p.Entries = append(slices.Clone(p.Entries), entry)
	case "override":
		p.Overrides = append(slices.Clone(p.Overrides), override)
	case "site entry":
		entry.Collection = ""
		src.SiteEntries = append(slices.Clone(src.SiteEntries), entry)
	case "site override":
		override.Role = pick(m, "site role", "s1", "signed_in")
		src.SiteOverrides = append(slices.Clone(src.SiteOverrides), override)
	case "anonymous":
		override.Role, override.Pattern = "anonymous", m.publicPattern()
		src.SiteOverrides = append(slices.Clone(src.SiteOverrides), override)
	case "template":
		src.Roles = m.moreAllowed(src.Roles, effect)
	case "site template":
		src.SiteRoles = m.moreAllowed(src.SiteRoles, effect)
	}
	return src
}

// moreAllowed leaves templates alone when a deny is to be added: they only allow.
func (m maker) moreAllowed(roles []authz.Role, effect authz.Effect) []authz.Role {
	roles = slices.Clone(roles)
	if effect == authz.Allow {
		roles[0].Allow = append(slices.Clone(roles[0].Allow), m.anyPattern())
	}
	return roles
}
