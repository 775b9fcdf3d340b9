package authz_test

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/remit-server/remit/authz"
)

// maker draws small policies whose parts meet often: few names, many rules.
type maker struct {
	*rapid.T
	catalog authz.Catalog
}

// chance is true n times in sixteen, and shrinks to false.
func (m maker) chance(n int) bool {
	return rapid.IntRange(0, 15).Draw(m.T, "chance") >= 16-n
}

func (m maker) one(label string, of ...string) string {
	return rapid.SampledFrom(of).Draw(m.T, label)
}

func (m maker) some(label string, of []string, most int) []string {
	if len(of) == 0 {
		return nil
	}
	return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 0, min(most, len(of)), rapid.ID[string]).Draw(m.T, label)
}

func many[T any](m maker, label string, least, most int, make func() T) []T {
	list := []T{}
	for range rapid.IntRange(least, most).Draw(m.T, label) {
		list = append(list, make())
	}
	return list
}

// families are drawn from: each name may require those before it.
var families = []string{
	authz.ProjectView, "user:read", "event:view", "budget:view", "job:read", "job:create", "job:cancel",
	"job:run.a", "job:run.a.single", "job:run.b", "job:work", "job:claim", "file:read", "file:read_private",
	"file:download", "file:edit", "collection:read", "collection:read_private", "collection:update",
	"user:edit", "node:read", "audit:delete",
}

var onSite = []string{"user:read", "user:edit", "node:read", "audit:delete"}

func (m maker) permissions() (list []authz.Permission) {
	for _, name := range families {
		core := name == authz.ProjectView || strings.Contains(name, ":read")
		if !core && m.chance(2) {
			continue
		}
		list = append(list, m.permission(name, list))
	}
	if m.chance(1) {
		for i := range 300 { // more than fit into a byte or a few words
			list = append(list, authz.Permission{Name: fmt.Sprintf("a:v%03d", i)})
		}
	}
	for i, p := range list {
		private := strings.HasPrefix(p.Name, "file:read") || strings.HasPrefix(p.Name, "collection:read")
		if private && !strings.HasSuffix(p.Name, "_private") && m.chance(13) {
			list[i].Private = p.Name + "_private"
		}
	}
	return list
}

func (m maker) permission(name string, before []authz.Permission) authz.Permission {
	p := authz.Permission{Name: name, Title: name}
	if slices.Contains(onSite, name) {
		p.Level = authz.OnSite
	}
	base, private := strings.CutSuffix(name, "_private")
	switch {
	case name == authz.ProjectView:
		p.PublicOK = m.chance(8)
		return p
	case private && m.chance(6):
		p.Requires = []string{base}
	case !private:
		p.Requires = m.required(p.Level, before)
		p.PublicOK = m.chance(6)
		p.Never = m.chance(1) && m.chance(8)
	}
	p.Selectors = m.chance(9)
	p.Reserved = m.chance(1) && m.chance(8)
	return p
}

func (m maker) required(level authz.Level, before []authz.Permission) []string {
	names := []string{}
	for _, p := range before {
		if level == authz.InProject || p.Level == authz.OnSite {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 || !m.chance(7) {
		return nil
	}
	return m.some("requires", names, 2)
}

func (m maker) names(keep func(authz.Permission) bool) (names []string) {
	for _, p := range m.catalog.Permissions {
		if keep(p) {
			names = append(names, p.Name)
		}
	}
	return names
}

// interesting leaves out the padding.
func interesting(p authz.Permission) bool { return !strings.HasPrefix(p.Name, "a:") }

func (m maker) anyName() string {
	return m.one("name", m.names(interesting)...)
}

func (m maker) operation(name string) authz.Operation {
	op := authz.Operation{Name: name, Verb: "do-" + name, Noun: "things"}
	for range rapid.IntRange(0, 2).Draw(m.T, "groups") {
		group := []string{m.anyName()}
		if other := m.anyName(); other != group[0] && m.chance(5) {
			group = append(group, other)
		}
		if m.chance(3) {
			group = append(group, "job:run.{run}")
		}
		op.Groups = append(op.Groups, group)
	}
	if len(op.Groups) > 0 && m.chance(8) {
		op.Primary = m.one("primary", slices.Concat(op.Groups...)...)
	}
	if m.chance(6) {
		op.Read = m.anyName()
	}
	guards := []authz.Guard{
		authz.GuardWorkable, authz.GuardNode, authz.GuardLockHolder, authz.GuardHeldLock,
		authz.GuardTopLevel, authz.GuardClaimed, authz.GuardFinished,
	}
	if m.chance(6) {
		op.Guards = rapid.SliceOfNDistinct(rapid.SampledFrom(guards), 0, 2, rapid.ID[authz.Guard]).Draw(m.T, "guards")
	}
	return op
}

func (m maker) nodeRight() authz.NodeRight {
	needs := rapid.SampledFrom([]authz.Facts{0, authz.IsSelf, authz.IsLent, authz.HoldsLock | authz.HeldLock})
	return authz.NodeRight{Permission: m.anyName(), Needs: needs.Draw(m.T, "needs"), Serves: m.chance(6)}
}

// pattern is one that Compile accepts; wide ones are as likely as exact ones.
func (m maker) pattern(exact []string) string {
	if m.chance(1) {
		return authz.ProjectView
	}
	if len(exact) > 0 && m.chance(8) {
		name := m.one("exact", exact...)
		if read := m.one("read", "file:read", "collection:read"); slices.Contains(exact, read) && m.chance(6) {
			name = read // so that some may read what is private, but not everything private
		}
		if i := slices.IndexFunc(m.catalog.Permissions, func(p authz.Permission) bool { return p.Name == name }); !m.catalog.Permissions[i].Selectors {
			return name
		}
		return name + m.one("selector", "", "@own", "@others")
	}
	wide := m.one("wide", "*", "job:*", "file:*", "collection:*", "job:run.*", "user:*", "job:run.a.*", "project:*")
	return wide + m.one("selector", "", "", "@own", "@others")
}

func (m maker) anyPattern() string {
	return m.pattern(m.names(interesting))
}

// publicPattern is one for the built-in role "anonymous".
func (m maker) publicPattern() string {
	for {
		public := m.names(func(p authz.Permission) bool { return p.PublicOK })
		if p := m.pattern(public); p != authz.ProjectView || slices.Contains(public, p) {
			return p
		}
	}
}

func (m maker) role(name string, pattern func() string) authz.Role {
	return authz.Role{Name: name, Allow: many(m, "allows", 2, 7, pattern)}
}

func (m maker) override(roles []string, pattern func() string) authz.Override {
	effect := rapid.SampledFrom([]authz.Effect{authz.Allow, authz.Remove, authz.Allow, authz.Deny}).Draw(m.T, "effect")
	return authz.Override{Role: m.one("role", roles...), Pattern: pattern(), Effect: effect}
}

func (m maker) interval() (i authz.Interval) {
	if m.chance(3) {
		i.From = rapid.Int64Range(1, 9).Draw(m.T, "from")
	}
	if m.chance(3) {
		i.Until = rapid.Int64Range(1, 9).Draw(m.T, "until")
	}
	return i
}

func (m maker) collection() string {
	return m.one("collection", "", "", "c1", "c2")
}

func (m maker) member(roles []string, collections bool) authz.Member {
	member := authz.Member{Role: m.one("role", roles...), Interval: m.interval()}
	if m.chance(5) {
		member.Team = m.one("team", "t1", "t2")
	} else {
		member.User = m.one("user", "u1", "u2", "u4", "u3")
	}
	if collections {
		member.Collection = m.collection()
	}
	return member
}

func (m maker) entry(collections bool) authz.Entry {
	effect := rapid.SampledFrom([]authz.Effect{authz.Allow, authz.Allow, authz.Deny}).Draw(m.T, "effect")
	e := authz.Entry{User: m.one("user", "u1", "u2", "u4", "u3"), Pattern: m.anyPattern(), Effect: effect, Interval: m.interval()}
	if collections {
		e.Collection = m.collection()
	}
	return e
}

func (m maker) project(id string) authz.Project {
	roles := []string{"r1", "r2", "r3"}
	p := authz.Project{ID: id, HasPublic: m.chance(3)}
	public := m.names(func(p authz.Permission) bool { return p.PublicOK && p.Level == authz.InProject })
	if len(public) > 0 && m.chance(6) {
		p.Public = m.some("public", public, 3)
	}
	p.Overrides = many(m, "overrides", 0, 5, func() authz.Override { return m.override(roles, m.anyPattern) })
	p.Members = many(m, "members", 8, 20, func() authz.Member { return m.member(roles, true) })
	p.Entries = many(m, "entries", 3, 9, func() authz.Entry { return m.entry(true) })
	return p
}

// aSource draws a whole policy.
func aSource(t *rapid.T) authz.Source {
	m := maker{T: t}
	m.catalog.Permissions = m.permissions()
	for _, name := range []string{"op.a", "op.b", "op.c", "op.d"} {
		m.catalog.Operations = append(m.catalog.Operations, m.operation(name))
	}
	m.catalog.Node = many(m, "node rights", 10, 30, m.nodeRight)
	m.catalog.System = map[string][]string{"sweeper": many(m, "system", 1, 5, m.anyPattern)}
	src := authz.Source{
		Catalog:  m.catalog,
		Reserved: m.some("reserved", m.names(func(p authz.Permission) bool { return p.Name != authz.ProjectView }), 1),
		Opened:   m.some("opened", m.names(func(p authz.Permission) bool { return p.Reserved }), 1),
		Users:    []authz.User{{ID: "u1", Superuser: m.chance(8)}, {ID: "u2"}, {ID: "u3"}, {ID: "u4"}},
		Teams:    []authz.Team{{ID: "t1", Users: m.some("team", []string{"u1", "u2", "u3"}, 2)}, {ID: "t2", Users: []string{"u3", "u4"}}},
		Projects: []authz.Project{m.project("p1"), m.project("p2")},
	}
	for _, name := range []string{"r1", "r2", "r3"} {
		src.Roles = append(src.Roles, m.role(name, m.anyPattern))
	}
	m.site(&src)
	return src
}

func (m maker) site(src *authz.Source) {
	src.SiteRoles = []authz.Role{m.role("s1", m.anyPattern), m.role("signed_in", m.anyPattern), m.role("anonymous", m.publicPattern)}
	if m.chance(8) {
		src.SiteRoles[1].Allow = nil
	}
	if m.chance(8) {
		src.SiteRoles[2].Allow = nil
	}
	overrides := func() authz.Override {
		if m.chance(5) {
			return m.override([]string{"anonymous"}, m.publicPattern)
		}
		return m.override([]string{"s1", "s1", "signed_in"}, m.anyPattern)
	}
	src.SiteOverrides = many(m, "site overrides", 0, 3, overrides)
	src.SiteMembers = many(m, "site members", 0, 4, func() authz.Member { return m.member([]string{"s1"}, false) })
	src.SiteEntries = many(m, "site entries", 0, 2, func() authz.Entry { return m.entry(false) })
}
