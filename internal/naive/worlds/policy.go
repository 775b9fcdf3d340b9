package worlds

import (
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
)

// Source draws a whole policy.
func Source(d Dice) authz.Source {
	m := maker{Dice: d}
	m.catalog.Permissions = m.permissions()
	m.machines(&m.catalog)
	src := authz.Source{
		Catalog:  m.catalog,
		Reserved: some(m, "reserved", m.written(notView), 1),
		Opened:   some(m, "opened", m.written(isReserved), 1),
		Users:    []authz.User{{ID: "u1", Superuser: m.chance(8)}, {ID: "u2"}, {ID: "u3", Disabled: m.chance(3)}, {ID: "u4"}},
		Teams:    []authz.Team{{ID: "t1", Users: some(m, "team", []string{"u1", "u2", "u3"}, 2)}, {ID: "t2", Users: []string{"u3", "u4"}}},
		Projects: []authz.Project{m.project("p1"), m.project("p2")},
	}
	for _, name := range projectRoles {
		src.Roles = append(src.Roles, m.role(name, m.anyPattern))
	}
	m.site(&src)
	return src
}

var projectRoles = []string{"r1", "r2", "r3"}

func notView(p authz.Permission) bool    { return p.Name != authz.ProjectView }
func isReserved(p authz.Permission) bool { return p.Reserved }

func (m maker) site(src *authz.Source) {
	src.SiteRoles = []authz.Role{m.role("s1", m.anyPattern), m.role("signed_in", m.anyPattern), m.role("anonymous", m.publicPattern)}
	if m.chance(8) {
		src.SiteRoles[1].Allow = nil
	}
	if m.chance(8) {
		src.SiteRoles[2].Allow = nil
	}
	src.SiteOverrides = many(m, "site overrides", 0, 3, m.siteOverride)
	src.SiteMembers = many(m, "site members", 0, 4, m.siteMember)
	src.SiteEntries = many(m, "site entries", 0, 2, m.siteEntry)
}

func (m maker) siteOverride() authz.Override {
	if m.chance(5) {
		return m.override([]string{"anonymous"}, m.publicPattern)
	}
	return m.override([]string{"s1", "s1", "signed_in"}, m.anyPattern)
}

func (m maker) siteMember() authz.Member { return m.member([]string{"s1"}, false) }
func (m maker) siteEntry() authz.Entry   { return m.entry(false) }

func (m maker) project(id string) authz.Project {
	p := authz.Project{ID: id, HasPublic: m.chance(3), Public: m.public()}
	p.Overrides = many(m, "overrides", 0, 5, m.projectOverride)
	p.Members = many(m, "members", 8, 20, m.projectMember)
	p.Entries = many(m, "entries", 3, 9, m.projectEntry)
	return p
}

func (m maker) public() []string {
	if !m.chance(6) {
		return nil
	}
	return some(m, "public", m.written(func(p authz.Permission) bool { return p.PublicOK && p.Level == authz.InProject }), 3)
}

func (m maker) projectOverride() authz.Override { return m.override(projectRoles, m.anyPattern) }
func (m maker) projectMember() authz.Member     { return m.member(projectRoles, true) }
func (m maker) projectEntry() authz.Entry       { return m.entry(true) }

// pattern is one that Compile accepts; wide ones are as likely as exact ones.
func (m maker) pattern(exact []string) string {
	if m.chance(1) {
		return authz.ProjectView
	}
	if len(exact) > 0 && m.chance(8) {
		name := pick(m, "exact", exact...)
		if read := pick(m, "read", "file:read", "collection:read"); slices.Contains(exact, read) && m.chance(6) {
			name = read // so that some may read what is private, but not everything private
		}
		return name + m.selector(name)
	}
	return m.wide() + pick(m, "selector", "", "", "@own", "@others")
}

// selector is one that all of what the name stands for can have.
func (m maker) selector(name string) string {
	if slices.ContainsFunc(m.meant(name), func(p authz.Permission) bool { return !p.Selectors }) {
		return ""
	}
	return pick(m, "selector", "", "@own", "@others")
}

func (m maker) wide() string {
	if m.chance(2) {
		old, _, _ := strings.Cut(pick(m, "old", m.written(interesting)...), ":")
		return old + ":*"
	}
	return pick(m, "wide", "*", "job:*", "file:*", "collection:*", "job:run.*", "user:*", "job:run.a.*", "project:*")
}

func (m maker) anyPattern() string { return m.pattern(m.written(interesting)) }

// publicPattern is one for the built-in role "anonymous".
func (m maker) publicPattern() string {
	public := m.written(publicOK)
	for {
		if p := m.pattern(public); p != authz.ProjectView || slices.Contains(public, p) {
			return p
		}
	}
}

func (m maker) role(name string, pattern func() string) authz.Role {
	return authz.Role{Name: name, Allow: many(m, "allows", 2, 7, pattern)}
}

func (m maker) override(roles []string, pattern func() string) authz.Override {
	effect := pick(m, "effect", authz.Allow, authz.Remove, authz.Allow, authz.Deny)
	return authz.Override{Role: pick(m, "role", roles...), Pattern: pattern(), Effect: effect}
}

func (m maker) interval() (i authz.Interval) {
	if m.chance(3) {
		i.From = int64(1 + m.Roll("from", 9))
	}
	if m.chance(3) {
		i.Until = int64(1 + m.Roll("until", 9))
	}
	return i
}

func (m maker) collection() string { return pick(m, "collection", "", "", "c1", "c2") }

func (m maker) member(roles []string, collections bool) authz.Member {
	member := authz.Member{Role: pick(m, "role", roles...), Interval: m.interval()}
	if m.chance(5) {
		member.Team = pick(m, "team", "t1", "t2")
	} else {
		member.User = m.user()
	}
	if collections {
		member.Collection = m.collection()
	}
	return member
}

func (m maker) user() string { return pick(m, "user", "u1", "u2", "u4", "u3") }

func (m maker) entry(collections bool) authz.Entry {
	effect := pick(m, "effect", authz.Allow, authz.Allow, authz.Deny)
	e := authz.Entry{User: m.user(), Pattern: m.anyPattern(), Effect: effect, Interval: m.interval()}
	if collections {
		e.Collection = m.collection()
	}
	return e
}
