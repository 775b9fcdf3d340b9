package worlds

import (
	"slices"

	"github.com/remit-server/remit/authz"
)

// Fault is one way to write what cannot be meant.
type Fault struct {
	Name  string
	wreck func(maker, *authz.Source)
}

// Break returns src with the fault somewhere in it; src stays as it was.
func (f Fault) Break(d Dice, src authz.Source) authz.Source {
	src = Shuffle(d, src) // copies every list
	f.wreck(maker{Dice: d, catalog: src.Catalog}, &src)
	return src
}

// Faults are all of them. Compile refuses each in any policy.
func Faults() []Fault {
	return slices.Concat(patternFaults(), policyFaults(), catalogFaults(), operationFaults())
}

// patternFaults are bad patterns, each in any place where patterns are written.
func patternFaults() (all []Fault) {
	for name, bad := range map[string]string{
		"an unknown permission": "budgt:view", "an unknown qualifier": "job:run.zzz", "no pattern": "",
		"a pattern of no thing": "nothing:*", "a pattern that cuts a word": "job:ru*", "two stars": "job:*.*", "half a thing": "jo*",
		"a selector that does not exist": "job:read@mine", "an empty selector": "job:read@", "two selectors": "job:read@own@own",
	} {
		all = append(all, Fault{name, func(m maker, src *authz.Source) { m.write(src, bad) }})
	}
	return append(all, Fault{"a selector where there is none", func(m maker, src *authz.Source) {
		i := m.Roll("which", len(src.Catalog.Permissions))
		p := src.Catalog.Permissions[i]
		p.Name, p.Aliases, p.Selectors = "plain:do", nil, false
		if m.chance(8) { // of an old name's two permissions only one has selectors
			src.Catalog.Permissions[i].Aliases, src.Catalog.Permissions[i].Selectors, p.Aliases = []string{"plain:old"}, true, []string{"plain:old"}
		}
		src.Catalog.Permissions = append(src.Catalog.Permissions, p)
		m.write(src, append(p.Aliases, p.Name)[0]+pick(m, "selector", "@own", "@others"))
	}})
}

// write puts a pattern into any of the places that have them.
func (m maker) write(src *authz.Source, pattern string) {
	p := &src.Projects[m.Roll("project", len(src.Projects))]
	effect := pick(m, "effect", authz.Allow, authz.Deny)
	switch pick(m, "place", "role", "site role", "override", "site override", "entry", "site entry", "system") {
	case "role":
		src.Roles = replaced(m, src.Roles, func(r authz.Role) authz.Role { return allowing(r, pattern) })
	case "site role":
		src.SiteRoles = replaced(m, src.SiteRoles, func(r authz.Role) authz.Role { return allowing(r, pattern) })
	case "override":
		p.Overrides = append(p.Overrides, authz.Override{Role: "r1", Pattern: pattern, Effect: effect})
	case "site override":
		src.SiteOverrides = append(src.SiteOverrides, authz.Override{Role: "s1", Pattern: pattern, Effect: effect})
	case "entry":
		p.Entries = append(p.Entries, authz.Entry{User: "u1", Pattern: pattern, Effect: effect})
	case "site entry":
		src.SiteEntries = append(src.SiteEntries, authz.Entry{User: "u1", Pattern: pattern, Effect: effect})
	case "system":
		src.Catalog.System = map[string][]string{"sweeper": {"*", pattern}}
	}
}

func allowing(r authz.Role, pattern string) authz.Role {
	r.Allow = append(slices.Clone(r.Allow), pattern)
	return r
}

// policyFaults are in what administrators write.
func policyFaults() []Fault {
	return []Fault{
		{"an unknown role in an override", func(m maker, src *authz.Source) {
			m.somewhere(src).Overrides = []authz.Override{{Role: pick(m, "role", "r9", "s1", ""), Pattern: "*", Effect: authz.Deny}}
		}},
		{"an unknown site role in an override", func(m maker, src *authz.Source) {
			src.SiteOverrides = append(src.SiteOverrides, authz.Override{Role: pick(m, "role", "r1", ""), Pattern: "*", Effect: authz.Deny})
		}},
		{"an override without an effect", func(m maker, src *authz.Source) {
			m.somewhere(src).Overrides = []authz.Override{{Role: "r1", Pattern: "*", Effect: pick[authz.Effect](m, "effect", 0, 4)}}
		}},
		{"an entry that neither allows nor denies", func(m maker, src *authz.Source) {
			e := authz.Entry{User: "u1", Pattern: "*", Effect: pick(m, "effect", 0, authz.Remove, 4)}
			m.enter(src, e)
		}},
		{"an entry of nobody", func(m maker, src *authz.Source) {
			m.enter(src, authz.Entry{User: pick(m, "user", "", "u99", "t1"), Pattern: "*", Effect: authz.Deny})
		}},
		{"a member of nobody", func(m maker, src *authz.Source) { m.join(src, authz.Member{User: "u99"}) }},
		{"a member of no team", func(m maker, src *authz.Source) { m.join(src, authz.Member{Team: pick(m, "team", "t9", "u1")}) }},
		{"a membership of both", func(m maker, src *authz.Source) { m.join(src, authz.Member{User: "u1", Team: "t1"}) }},
		{"a membership of neither", func(m maker, src *authz.Source) { m.join(src, authz.Member{}) }},
		{"an unknown role in a membership", func(m maker, src *authz.Source) {
			m.somewhere(src).Members = []authz.Member{{User: "u1", Role: pick(m, "role", "r9", "s1", "")}}
		}},
		{"members of a built-in role", func(m maker, src *authz.Source) {
			src.SiteMembers = append(src.SiteMembers, authz.Member{User: "u1", Role: pick(m, "role", "signed_in", "anonymous")})
		}},
		{"a site member in a collection", func(_ maker, src *authz.Source) {
			src.SiteMembers = append(src.SiteMembers, authz.Member{User: "u1", Role: "s1", Collection: "c1"})
		}},
		{"a site entry in a collection", func(_ maker, src *authz.Source) {
			src.SiteEntries = append(src.SiteEntries, authz.Entry{User: "u1", Pattern: "*", Effect: authz.Deny, Collection: "c1"})
		}},
		{"an unknown user in a team", func(_ maker, src *authz.Source) {
			src.Teams = append(src.Teams, authz.Team{ID: "t9", Users: []string{"u99"}})
		}},
		{"something reserved that does not exist", func(m maker, src *authz.Source) {
			src.Reserved = []string{pick(m, "name", "budgt:view", "job:*", "job:read@own")}
		}},
		{"something opened that does not exist", func(m maker, src *authz.Source) { src.Opened = []string{pick(m, "name", "budgt:view", "job:*", "")} }},
		{"public, but not for that", func(m maker, src *authz.Source) { m.somewhere(src).Public = []string{m.secret(src)} }},
		{"strangers given what is not public", func(m maker, src *authz.Source) {
			src.SiteRoles[m.anonymous(src)].Allow = []string{m.secret(src)}
		}},
		{"strangers given it by an override", func(m maker, src *authz.Source) {
			src.SiteOverrides = append(src.SiteOverrides, authz.Override{Role: "anonymous", Pattern: m.secret(src), Effect: authz.Allow})
		}},
		{"a project twice", func(_ maker, src *authz.Source) {
			src.Projects = append(src.Projects, authz.Project{ID: src.Projects[0].ID})
		}},
		{"a role twice", func(_ maker, src *authz.Source) { src.Roles = append(src.Roles, authz.Role{Name: "r1"}) }},
		{"a site role twice", func(_ maker, src *authz.Source) { src.SiteRoles = append(src.SiteRoles, authz.Role{Name: "s1"}) }},
		{"a user twice", func(_ maker, src *authz.Source) { src.Users = append(src.Users, authz.User{ID: "u1"}) }},
		{"a team twice", func(_ maker, src *authz.Source) { src.Teams = append(src.Teams, authz.Team{ID: "t1"}) }},
		{"a user without an id", func(_ maker, src *authz.Source) { src.Users = append(src.Users, authz.User{}) }},
		{"a project without an id", func(_ maker, src *authz.Source) { src.Projects = append(src.Projects, authz.Project{}) }},
		{"a role without a name", func(_ maker, src *authz.Source) { src.Roles = append(src.Roles, authz.Role{}) }},
	}
}

func (m maker) somewhere(src *authz.Source) *authz.Project {
	return &src.Projects[m.Roll("project", len(src.Projects))]
}

// enter writes an entry into a project or the site.
func (m maker) enter(src *authz.Source, e authz.Entry) {
	if p := m.somewhere(src); m.chance(8) {
		p.Entries = append(p.Entries, e)
		return
	}
	src.SiteEntries = append(src.SiteEntries, e)
}

// join writes a membership into a project or the site.
func (m maker) join(src *authz.Source, member authz.Member) {
	if p := m.somewhere(src); m.chance(8) {
		member.Role = "r1"
		p.Members = append(p.Members, member)
		return
	}
	member.Role = "s1"
	src.SiteMembers = append(src.SiteMembers, member)
}

// secret writes down a permission that may not be public, perhaps under an old name that it shares with one that may.
func (m maker) secret(src *authz.Source) string {
	hidden, open := authz.Permission{Name: "secret:see"}, authz.Permission{Name: "open:see", PublicOK: true}
	name := hidden.Name
	if m.chance(8) {
		name = "anything:see"
		hidden.Aliases, open.Aliases = []string{name}, []string{name}
	}
	src.Catalog.Permissions = append(src.Catalog.Permissions, hidden, open)
	return name
}

func (m maker) anonymous(src *authz.Source) int {
	return slices.IndexFunc(src.SiteRoles, func(r authz.Role) bool { return r.Name == "anonymous" })
}
