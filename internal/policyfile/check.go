package policyfile

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
)

// The built-in roles of the site, which nobody is made a member of.
const (
	anonymous = "anonymous"
	signedIn  = "signed_in"
)

var (
	roleNames = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	teamNames = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)
)

// checking finds what in a document means nothing in a world.
type checking struct {
	reader
	doc   *Document
	world World
	words *authz.Policy // the catalogue
	roles map[string]bool
	teams map[string]bool
}

// check returns the catalogue that the document is read with, nil when it is
// no catalogue.
func check(d *Document, w World) (*authz.Policy, Faults) {
	c := &checking{doc: d, world: w, roles: w.roles(d)}
	if c.catalog(); c.words == nil {
		return nil, c.faults
	}
	c.teamsOf()
	for _, role := range d.Roles {
		c.role(role)
	}
	for _, team := range d.Teams {
		c.team(team)
	}
	if d.Site != nil {
		c.access(*d.Site, true)
		c.switches(*d.Site)
	}
	for _, p := range d.Projects {
		c.project(p)
	}
	return c.words, c.faults
}

// catalog compiles the additions one after the other when they do not go together.
func (c *checking) catalog() {
	before := len(c.faults)
	for _, p := range c.doc.Permissions {
		c.addition(p)
	}
	if len(c.faults) > before {
		return
	}
	grown := c.world.grown(c.doc)
	words, err := authz.Compile(authz.Source{Catalog: grown})
	if err == nil {
		c.words = words
		return
	}
	last := Place{}
	for _, p := range c.doc.Permissions {
		last = p.Name.At
		less := grown
		less.Permissions = grown.Permissions[:1+slices.IndexFunc(grown.Permissions, func(q authz.Permission) bool { return q.Name == p.Name.Text })]
		if _, one := authz.Compile(authz.Source{Catalog: less}); one != nil && !strings.Contains(one.Error(), "unknown") {
			c.fault(p.Name.At, "%v", one)
			return
		}
	}
	c.fault(last, "%v", err)
}

func (c *checking) addition(p Permission) {
	i := slices.IndexFunc(c.world.Catalog.Permissions, func(q authz.Permission) bool { return q.Name == p.Name.Text })
	if i >= 0 && !sameMeaning(c.world.Catalog.Permissions[i], p.Entry) {
		c.fault(p.Name.At, "there is already a permission %s that means something else", p.Name)
	}
	if i < 0 && strings.HasSuffix(p.Name.Text, "*") {
		c.fault(p.Name.At, "%s is a pattern, not the name of a permission", p.Name)
	}
	names := make([]string, 0, len(c.world.Catalog.Permissions)+len(c.doc.Permissions))
	for _, q := range c.world.grown(c.doc).Permissions {
		names = append(names, q.Name)
	}
	for _, needed := range append(slices.Clone(p.Requires), p.Private) {
		if needed.Text != "" && !slices.Contains(names, needed.Text) {
			c.fault(needed.At, "unknown permission %s%s", quoted(needed.Text), maybe(authz.Nearest(needed.Text, slices.Values(names))))
		}
	}
}

func sameMeaning(a, b authz.Permission) bool {
	sorted := func(p authz.Permission) []string { return slices.Sorted(slices.Values(p.Requires)) }
	return a.Level == b.Level && a.Selectors == b.Selectors && a.PublicOK == b.PublicOK && a.Reserved == b.Reserved && !a.Never &&
		a.Private == b.Private && slices.Equal(sorted(a), sorted(b))
}

func (c *checking) teamsOf() {
	c.teams = map[string]bool{}
	for name := range c.world.Teams {
		c.teams[name] = true
	}
	for _, t := range c.doc.Teams {
		c.teams[t.Name.Text] = true
	}
}

func (c *checking) role(role Role) {
	name := role.Name
	if !roleNames.MatchString(name.Text) {
		c.fault(name.At, "%s cannot be a role's name; use up to 63 lower-case letters, digits, dashes and underscores, beginning with a letter", quoted(name.Text))
	}
	if was, there := c.world.Roles[name.Text]; there && was != role.Site {
		c.fault(name.At, "role %s is there already, and it is %s; that cannot change", name, map[bool]string{true: "of the site (site: true)", false: "of projects"}[was])
	} else if (name.Text == anonymous || name.Text == signedIn) && !role.Site {
		c.fault(name.At, "%s is a role of the site; write site: true", name)
	}
	for _, p := range role.Allow {
		c.pattern(p, !role.Site)
		if name.Text == anonymous {
			c.publicOK(p)
		}
	}
}

// pattern tells of one that means nothing, and of one that would do nothing in
// a project.
func (c *checking) pattern(p Name, inProject bool) {
	if err := c.words.Fault(p.Text); err != nil {
		c.fault(p.At, "%v", err)
		return
	}
	name, _, _ := strings.Cut(p.Text, "@")
	meant := c.words.Meant(name)
	if inProject && len(meant) > 0 && !slices.ContainsFunc(meant, func(q authz.Permission) bool { return q.Level == authz.InProject }) {
		c.fault(p.At, "%s is a permission of the site; it cannot be given in a project", name)
	}
}

func (c *checking) publicOK(p Name) {
	name, _, _ := strings.Cut(p.Text, "@")
	for _, q := range c.words.Meant(name) {
		if !q.PublicOK {
			c.fault(p.At, "%s may not be public", q.Name)
		}
	}
}

// exact tells of what is no name in full.
func (c *checking) exact(p Name) bool {
	if len(c.words.Meant(p.Text)) > 0 {
		return true
	}
	if err := c.words.Fault(p.Text); err != nil {
		c.fault(p.At, "%v", err)
	} else {
		c.fault(p.At, "%s is a pattern; here a name in full has to stand", quoted(p.Text))
	}
	return false
}

func (c *checking) team(team Team) {
	if !teamNames.MatchString(team.Name.Text) {
		c.fault(team.Name.At, "%s cannot be a team's name; use up to 63 lower-case letters, digits, dots, dashes and underscores", quoted(team.Name.Text))
	}
	for _, user := range team.Users {
		c.user(user)
	}
}

func (c *checking) user(name Name) {
	if _, known := c.world.Users[name.Text]; !known && c.world.Users != nil {
		c.fault(name.At, "there is no user %s%s", quoted(name.Text), c.nearest(name, c.world.Users, c.world.HushUsers))
	}
}

func (c *checking) nearest(name Name, known map[string]string, hushed bool) string {
	if hushed || len(c.faults) > 2*mostTold {
		return "" // or enough is told
	}
	return maybe(authz.Nearest(name.Text, maps.Keys(known)))
}

func (c *checking) project(a Access) {
	if _, known := c.world.Projects[a.Slug.Text]; !known && c.world.Projects != nil {
		c.fault(a.Slug.At, "there is no project %s%s", quoted(a.Slug.Text), c.nearest(a.Slug, c.world.Projects, false))
	}
	for _, p := range a.Public {
		if c.exact(p) {
			c.publicOK(p)
			c.pattern(p, true)
		}
	}
	c.access(a, false)
}

func (c *checking) switches(a Access) {
	reserved := map[string]Place{}
	for _, p := range a.Reserved {
		c.exact(p)
		reserved[p.Text] = p.At
	}
	for _, p := range a.Opened {
		c.exact(p)
		if first, both := reserved[p.Text]; both {
			c.fault(p.At, "%s is opened and reserved, see %s", p, first)
		}
	}
}

func (c *checking) access(a Access, onSite bool) {
	for _, o := range a.Overrides {
		c.held(o.Role, onSite, true)
		c.pattern(o.Permission, !onSite)
		if o.Role.Text == anonymous && o.Effect == "allow" {
			c.publicOK(o.Permission)
		}
	}
	for _, m := range a.Members {
		for _, role := range m.Roles {
			c.held(role, onSite, false)
		}
		c.whom(m)
	}
	for _, e := range a.Entries {
		c.user(e.User)
		c.pattern(e.Permission, !onSite)
	}
}

func (c *checking) whom(m Member) {
	if m.User.Text != "" {
		c.user(m.User)
	} else if !c.teams[m.Team.Text] && c.world.Teams != nil {
		c.fault(m.Team.At, "there is no team %s%s", quoted(m.Team.Text), c.nearest(m.Team, c.world.Teams, c.world.HushTeams))
	}
}

// held tells of roles that are not there, or not held in such a place. The
// built-in ones are changed by overrides, and nobody is made a member of them.
func (c *checking) held(role Name, onSite, built bool) {
	site, known := c.roles[role.Text]
	isBuilt := role.Text == anonymous || role.Text == signedIn
	switch {
	case isBuilt && !built:
		c.fault(role.At, "%s is held by itself; nobody is made a member of it", role)
	case !known && (c.world.Roles != nil):
		c.fault(role.At, "there is no role %s%s", quoted(role.Text), maybe(authz.Nearest(role.Text, maps.Keys(c.roles))))
	case known && site && !onSite:
		c.fault(role.At, "%s is a role of the site; nobody holds it in a project", role)
	case known && !site && onSite:
		c.fault(role.At, "%s is a role of projects; nobody holds it on the site", role)
	}
}
