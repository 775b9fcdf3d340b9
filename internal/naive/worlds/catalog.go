package worlds

import (
	"fmt"
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
)

// families are drawn from: each name may require those before it.
var families = []string{
	authz.ProjectView, "user:read", "event:view", "budget:view", "job:read", "job:create", "job:cancel",
	"job:run.a", "job:run.a.single", "job:run.b", "job:work", "job:claim", "file:read", "file:read_private",
	"file:download", "file:edit", "collection:read", "collection:read_private", "collection:update",
	"user:edit", "node:read", "audit:delete",
}

var onSite = []string{"user:read", "user:edit", "node:read", "audit:delete"}

// oldNames are aliases. Some are of things that nothing else is of.
var oldNames = []string{"jobs:read", "jobs:run.all", "old:see", "project:title", "file:get", "job:run.z", "people:read"}

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
	p := authz.Permission{Name: name, Title: name, Reads: m.chance(10)}
	if slices.Contains(onSite, name) {
		p.Level = authz.OnSite
	}
	if m.chance(5) {
		p.Aliases = some(m, "aliases", oldNames, 2)
	}
	base, private := strings.CutSuffix(name, "_private")
	switch {
	case name == authz.ProjectView:
		p.PublicOK, p.Selectors = m.chance(8), m.rarely()
		return p
	case private && m.chance(6):
		p.Requires = []string{base}
	case !private:
		p.Requires = m.required(p.Level, before)
		p.PublicOK = m.chance(6)
		p.Never = m.rarely()
	}
	p.Selectors = m.chance(9)
	p.Reserved = m.rarely()
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
	return some(m, "requires", names, 2)
}

func (m maker) operation(name string) authz.Operation {
	op := authz.Operation{Name: name, Verb: "do-" + name, Noun: "things", Groups: m.groups(), Primary: ""}
	if len(op.Groups) > 0 && m.chance(8) {
		op.Primary = pick(m, "primary", slices.Concat(op.Groups...)...)
	}
	if m.chance(6) {
		op.Read = m.anyName()
	}
	if m.chance(8) {
		op.To = m.groups()
	}
	if m.chance(3) {
		op.Audit = authz.AuditChange
	}
	op.ChangesPolicy = m.rarely()
	guards := []authz.Guard{
		authz.GuardWorkable, authz.GuardNode, authz.GuardLockHolder, authz.GuardHeldLock,
		authz.GuardTopLevel, authz.GuardClaimed, authz.GuardFinished,
	}
	if m.chance(6) {
		op.Guards = some(m, "guards", guards, 2)
	}
	return op
}

func (m maker) groups() (groups [][]string) {
	for range m.Roll("groups", 3) {
		group := []string{m.anyName()}
		if other := m.anyName(); other != group[0] && m.chance(5) {
			group = append(group, other)
		}
		if m.chance(3) {
			group = append(group, "job:run.{run}")
		}
		groups = append(groups, shuffled(m, group))
	}
	return groups
}

func (m maker) nodeRight() authz.NodeRight {
	needs := pick(m, "needs", 0, authz.IsSelf, authz.IsLent, authz.HoldsLock|authz.HeldLock)
	return authz.NodeRight{Permission: m.anyName(), Needs: needs, Serves: m.chance(6)}
}

// machines are the catalogue's parts that are drawn last.
func (m maker) machines(c *authz.Catalog) {
	c.Operations = nil
	for _, name := range Operations {
		c.Operations = append(c.Operations, m.operation(name))
	}
	c.Node = many(m, "node rights", 10, 30, m.nodeRight)
	c.System = map[string][]string{"sweeper": many(m, "system", 1, 5, m.anyPattern)}
	c.Token = some(m, "token", m.names(interesting), 6)
}

// Operations are the names of those that every catalogue here has.
var Operations = []string{"op.a", "op.b", "op.c", "op.d"}

// names are those of the permissions to keep.
func (m maker) names(keep func(authz.Permission) bool) (names []string) {
	for _, p := range m.catalog.Permissions {
		if keep(p) {
			names = append(names, p.Name)
		}
	}
	return names
}

// written are names and aliases, where all that they stand for are to be kept.
func (m maker) written(keep func(authz.Permission) bool) []string {
	names := m.names(keep)
	for _, old := range oldNames {
		stands := m.meant(old)
		if len(stands) > 0 && !slices.ContainsFunc(stands, func(p authz.Permission) bool { return !keep(p) }) {
			names = append(names, old)
		}
	}
	return names
}

func (m maker) meant(name string) (stands []authz.Permission) {
	for _, p := range m.catalog.Permissions {
		if p.Name == name || slices.Contains(p.Aliases, name) {
			stands = append(stands, p)
		}
	}
	return stands
}

// interesting leaves out the padding.
func interesting(p authz.Permission) bool { return !strings.HasPrefix(p.Name, "a:") }

func publicOK(p authz.Permission) bool { return p.PublicOK }

func (m maker) anyName() string { return pick(m, "name", m.names(interesting)...) }

// asked is a name as a question puts it.
func (m maker) asked() string {
	if m.chance(2) {
		return pick(m, "written", m.written(interesting)...)
	}
	return m.anyName()
}
