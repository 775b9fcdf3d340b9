package policyfile

import (
	"errors"
	"strings"
	"time"

	"github.com/remit-server/remit/authz"
)

// Parse reads files into one document. Whatever is wrong with them comes back
// as one remit.Invalid with a line FILE:LINE:COL: message for each fault.
func Parse(files ...File) (*Document, error) {
	r, d := &reader{}, &Document{}
	b := &builder{reader: r, doc: d, first: map[string]Place{}}
	for _, f := range files {
		root, err := parse(f)
		if fault, ok := errors.AsType[Fault](err); ok {
			r.faults = append(r.faults, fault)
			continue
		}
		if root.shape != nothing {
			b.document(root)
		}
	}
	return d, r.faults.err()
}

// builder makes one document of the values of all files.
type builder struct {
	*reader
	doc   *Document
	first map[string]Place // where each name is defined
}

// define notes a name, and tells of one that is defined twice.
func (b *builder) define(what string, n Name) bool {
	key := what + " " + n.Text
	if first, twice := b.first[key]; twice {
		b.fault(n.At, "%s %s is defined twice, first at %s", what, quoted(n.Text), first)
		return false
	}
	b.first[key] = n.At
	return n.Text != ""
}

func (b *builder) document(root node) { b.mapping(root, "a policy file", b.sections()) }

// sections are the keys of a policy file.
func (b *builder) sections() keys {
	d := b.doc
	return keys{
		"permissions": func(n node) {
			d.Permissions = there(d.Permissions)
			b.list(n, "permissions", b.permission)
		},
		"roles": func(n node) {
			d.Roles = there(d.Roles)
			b.list(n, "roles", b.role)
		},
		"teams": func(n node) {
			d.Teams = there(d.Teams)
			b.list(n, "teams", b.team)
		},
		"site":     b.site,
		"projects": b.projects,
	}
}

// there is a list that is mentioned.
func there[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

func (b *builder) permission(n node) {
	p := Permission{Name: Name{At: n.at}}
	e := &p.Entry
	b.mapping(n, "a permission", keys{
		"name":      func(v node) { p.Name = b.name(v, "the name of a permission") },
		"title":     func(v node) { e.Title = b.text(v, "title") },
		"site":      func(v node) { e.Level = map[bool]authz.Level{true: authz.OnSite}[b.bool(v, "site")] },
		"selectors": func(v node) { e.Selectors = b.bool(v, "selectors") },
		"public_ok": func(v node) { e.PublicOK = b.bool(v, "public_ok") },
		"reserved":  func(v node) { e.Reserved = b.bool(v, "reserved") },
		"private":   func(v node) { p.Private = b.name(v, "private") },
		"requires":  func(v node) { p.Requires = b.names(v, "requires") },
	})
	e.Name, e.Private = p.Name.Text, p.Private.Text
	for _, r := range p.Requires {
		e.Requires = append(e.Requires, r.Text)
	}
	if b.named(n, "a permission", p.Name) && b.define("permission", p.Name) {
		b.doc.Permissions = append(b.doc.Permissions, p)
	}
}

// named tells of a thing without a name.
func (b *builder) named(n node, what string, name Name) bool {
	if name.Text == "" && n.shape == mapping {
		b.fault(n.at, "%s without a name", what)
	}
	return name.Text != ""
}

func (b *builder) role(n node) {
	role := Role{Name: Name{At: n.at}}
	b.mapping(n, "a role", keys{
		"name":        func(v node) { role.Name = b.name(v, "the name of a role") },
		"title":       func(v node) { role.Title = new(b.text(v, "title")) },
		"description": func(v node) { role.Description = new(b.text(v, "description")) },
		"site":        func(v node) { role.Site = b.bool(v, "site") },
		"allow":       func(v node) { role.Allow = b.names(v, "allow") },
	})
	if b.named(n, "a role", role.Name) && b.define("role", role.Name) {
		b.doc.Roles = append(b.doc.Roles, role)
	}
}

func (b *builder) team(n node) {
	team := Team{Name: Name{At: n.at}}
	b.mapping(n, "a team", keys{
		"name":  func(v node) { team.Name = b.name(v, "the name of a team") },
		"title": func(v node) { team.Title = new(b.text(v, "title")) },
		"users": func(v node) { team.Users = b.names(v, "users") },
	})
	if b.named(n, "a team", team.Name) && b.define("team", team.Name) {
		b.doc.Teams = append(b.doc.Teams, team)
	}
}

// site may stand in several files, each key of it in one.
func (b *builder) site(n node) {
	if b.doc.Site == nil {
		b.doc.Site = &Access{Slug: Name{At: n.at}}
	}
	if n.shape == nothing {
		return
	}
	for _, f := range n.fields {
		b.define("key of site", Name{f.name, f.at})
	}
	known := b.access(b.doc.Site, false)
	known["reserved"] = func(v node) { b.doc.Site.Reserved = b.names(v, "reserved") }
	known["opened"] = func(v node) { b.doc.Site.Opened = b.names(v, "opened") }
	b.mapping(n, "site", known)
}

func (b *builder) projects(n node) {
	b.doc.Projects = there(b.doc.Projects)
	if n.shape == nothing {
		return
	}
	if n.shape != mapping {
		b.fault(n.at, "projects takes keys with values, each key the slug of a project, not %s", n.shape)
	}
	for _, f := range n.fields {
		a := Access{Slug: Name{f.name, f.at}}
		if f.value.shape != nothing {
			known := b.access(&a, true)
			known["public"] = func(v node) { a.Public = b.names(v, "public") }
			b.mapping(f.value, "a project", known)
		}
		if f.name == "" {
			b.fault(f.at, "a project without a slug")
		}
		if b.define("project", a.Slug) {
			b.doc.Projects = append(b.doc.Projects, a)
		}
	}
}

// access are the keys that the site and projects have.
func (b *builder) access(a *Access, inProject bool) keys {
	return keys{
		"overrides": func(n node) {
			a.Overrides = []Override{}
			seen := map[[2]string]Place{}
			b.list(n, "overrides", func(item node) { b.override(a, item, seen) })
		},
		"members": func(n node) {
			a.Members = []Member{}
			b.list(n, "members", func(item node) { b.member(a, item, inProject) })
		},
		"entries": func(n node) {
			a.Entries = []Entry{}
			b.list(n, "entries", func(item node) { b.entry(a, item, inProject) })
		},
	}
}

func (b *builder) override(a *Access, n node, seen map[[2]string]Place) {
	o, before := Override{At: n.at}, len(b.faults)
	b.mapping(n, "an override", keys{
		"role":       func(v node) { o.Role = b.name(v, "role") },
		"permission": func(v node) { o.Permission = b.name(v, "permission") },
		"effect":     func(v node) { o.Effect = b.choice(v, "effect", "allow", "remove", "deny") },
	})
	if len(b.faults) == before {
		b.complete(n.at, "an override", "role", o.Role.Text, "permission", o.Permission.Text, "effect", o.Effect)
	}
	key := [2]string{o.Role.Text, o.Permission.Text}
	if first, twice := seen[key]; twice {
		b.fault(n.at, "%s for role %s is there twice, first at %s", quoted(o.Permission.Text), o.Role, first)
		return
	}
	seen[key] = n.at
	a.Overrides = append(a.Overrides, o)
}

// complete tells of what is missing; fields are names and values by turns.
func (b *builder) complete(at Place, what string, fields ...string) {
	var missing []string
	for i := 0; i < len(fields); i += 2 {
		if fields[i+1] == "" {
			missing = append(missing, fields[i])
		}
	}
	if len(missing) > 0 {
		b.fault(at, "%s lacks %s", what, strings.Join(missing, " and "))
	}
}

func (b *builder) member(a *Access, n node, inProject bool) {
	m, before := Member{At: n.at}, len(b.faults)
	known := keys{
		"user":  func(v node) { m.User = b.name(v, "user") },
		"team":  func(v node) { m.Team = b.name(v, "team") },
		"roles": func(v node) { m.Roles = append(m.Roles, b.names(v, "roles")...) },
		"role":  func(v node) { m.Roles = append(m.Roles, b.name(v, "role")) },
		"from":  func(v node) { m.From = b.time(v, "from") },
		"until": func(v node) { m.Until = b.time(v, "until") },
		"why":   func(v node) { m.Why = b.text(v, "why") },
	}
	if inProject {
		known["collection"] = func(v node) { m.Collection = b.collection(v) }
	}
	b.mapping(n, "a member", known)
	if len(b.faults) == before {
		b.checkMember(m)
	}
	a.Members = append(a.Members, m)
}

func (b *builder) checkMember(m Member) {
	if (m.User.Text == "") == (m.Team.Text == "") {
		b.fault(m.At, "a member is either a user or a team")
	}
	if len(m.Roles) == 0 {
		b.fault(m.At, "a member needs at least one role")
	}
	b.interval(m.At, m.From, m.Until)
}

func (b *builder) interval(at Place, from, until *time.Time) {
	if from != nil && until != nil && !from.Before(*until) {
		b.fault(at, "it ends at %s, before it begins", until.Format(time.RFC3339))
	}
}

func (b *builder) entry(a *Access, n node, inProject bool) {
	e, before := Entry{At: n.at}, len(b.faults)
	known := keys{
		"user":       func(v node) { e.User = b.name(v, "user") },
		"permission": func(v node) { e.Permission = b.name(v, "permission") },
		"effect":     func(v node) { e.Effect = b.choice(v, "effect", "allow", "deny") },
		"from":       func(v node) { e.From = b.time(v, "from") },
		"until":      func(v node) { e.Until = b.time(v, "until") },
		"why":        func(v node) { e.Why = b.text(v, "why") },
	}
	if inProject {
		known["collection"] = func(v node) { e.Collection = b.collection(v) }
	}
	b.mapping(n, "an entry", known)
	if len(b.faults) == before {
		b.complete(n.at, "an entry", "user", e.User.Text, "permission", e.Permission.Text, "effect", e.Effect)
		b.interval(n.at, e.From, e.Until)
	}
	a.Entries = append(a.Entries, e)
}
