package policyfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/projects"
)

// Change is one thing that applying would write.
type Change struct {
	Do      string // add, change or remove
	What    string // permission, role, team, reservation, public, override, member or entry
	Project string // slug; "" = the site
	Text    string // in words: "ada: writer until 2026-12-01T00:00:00Z"
}

// String is the change as a line.
func (c Change) String() string {
	mark := map[string]string{"add": "+", "change": "~", "remove": "-"}[c.Do]
	where := ""
	if c.Project != "" {
		where = " in " + c.Project
	}
	return mark + " " + c.What + where + ": " + c.Text
}

// comparison is what has to be written so that what is stored says what the
// document says.
type comparison struct {
	doc     *Document
	stored  projects.Written
	prune   bool
	changes []Change
	writes  projects.Rewriting
	after   stateAfter
}

// stateAfter is what stands after it, as far as it is not as before.
type stateAfter struct {
	roles    []remit.Role // all
	teams    []remit.Team // all
	site     *Access      // nil = as before, as in places
	reserved []string
	opened   []string
	places   map[remit.ProjectID]Access
}

func compare(d *Document, stored projects.Written, prune bool) (*comparison, Faults) {
	c := &comparison{doc: d, stored: stored, prune: prune}
	c.after = stateAfter{reserved: stored.Reserved, opened: stored.Opened, places: map[remit.ProjectID]Access{}}
	c.permissions()
	c.roles()
	c.teams()
	if d.Site != nil {
		c.reservations(*d.Site)
		c.place(stored.Site, *d.Site)
	}
	at := make(map[string]int, len(stored.Projects))
	for i, p := range stored.Projects {
		at[p.Slug] = i
	}
	for _, p := range d.Projects {
		c.place(stored.Projects[at[p.Slug.Text]], p)
	}
	return c, c.stillNamed()
}

func (c *comparison) note(do, what, project, format string, args ...any) {
	c.changes = append(c.changes, Change{do, what, project, fmt.Sprintf(format, args...)})
}

func (c *comparison) permissions() {
	core := remit.Permissions()
	for _, p := range c.doc.Permissions {
		if has(core, p.Name.Text) || has(c.stored.Declared, p.Name.Text) {
			continue
		}
		c.writes.Declare = append(c.writes.Declare, p.Entry)
		c.note("add", "permission", "", "%s", p.Name)
	}
}

func (c *comparison) roles() {
	named := map[string]Role{}
	for _, role := range c.doc.Roles {
		named[role.Name.Text] = role
	}
	for _, was := range c.stored.Roles {
		role, mentioned := named[was.Name]
		delete(named, was.Name)
		switch {
		case mentioned:
			c.role(&was, role)
		case c.prune && c.doc.Roles != nil && was.Name != anonymous && was.Name != signedIn:
			c.writes.DropRoles = append(c.writes.DropRoles, was.Name)
			c.note("remove", "role", "", "%s", was.Name)
		default:
			c.after.roles = append(c.after.roles, was)
		}
	}
	for _, role := range c.doc.Roles {
		if _, isNew := named[role.Name.Text]; isNew {
			c.role(nil, role)
		}
	}
}

// role compares one with what it was, nil for none.
func (c *comparison) role(was *remit.Role, r Role) {
	is := remit.Role{Name: r.Name.Text, Site: r.Site, Allow: []string{}}
	if was != nil {
		is = *was
	}
	if r.Title != nil {
		is.Title = *r.Title
	}
	if r.Description != nil {
		is.Description = *r.Description
	}
	if r.Allow != nil {
		is.Allow = append([]string{}, texts(r.Allow)...)
	}
	c.after.roles = append(c.after.roles, is)
	if was == nil {
		c.note("add", "role", "", "%s allows %s", is.Name, orNothing(is.Allow))
		c.writes.Roles = append(c.writes.Roles, is)
		return
	}
	more, less := without(is.Allow, was.Allow), without(was.Allow, is.Allow)
	if len(more)+len(less) == 0 && is.Title == was.Title && is.Description == was.Description {
		c.after.roles[len(c.after.roles)-1] = *was
		return
	}
	c.note("change", "role", "", "%s%s", is.Name, changed(more, less, "its title or description"))
	c.writes.Roles = append(c.writes.Roles, is)
}

func orNothing(words []string) string {
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, ", ")
}

// changed says what was added and taken away, or that only else changed.
func changed(more, less []string, other string) string {
	text := ""
	for _, one := range more {
		text += " +" + one
	}
	for _, one := range less {
		text += " -" + one
	}
	if text == "" {
		return ": " + other
	}
	return text
}

func without(all, less []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(one string) bool { return slices.Contains(less, one) })
}

func (c *comparison) teams() {
	named := map[string]bool{}
	for _, team := range c.doc.Teams {
		named[team.Name.Text] = true
	}
	known := map[string]remit.Team{}
	for _, was := range c.stored.Teams {
		known[was.Name] = was
		switch {
		case named[was.Name]:
		case c.prune && c.doc.Teams != nil:
			c.writes.DropTeams = append(c.writes.DropTeams, was.Name)
			c.note("remove", "team", "", "%s", was.Name)
		default:
			c.after.teams = append(c.after.teams, was)
		}
	}
	for _, team := range c.doc.Teams {
		was, there := known[team.Name.Text]
		c.team(was, there, team)
	}
}

func (c *comparison) team(was remit.Team, there bool, t Team) {
	is := was
	is.Name = t.Name.Text
	if t.Title != nil {
		is.Title = *t.Title
	}
	if t.Users != nil || !there {
		is.Users = append([]string{}, texts(t.Users)...)
	}
	c.after.teams = append(c.after.teams, is)
	more, less := without(is.Users, was.Users), without(was.Users, is.Users)
	switch {
	case !there:
		c.note("add", "team", "", "%s with %s", is.Name, orNobody(is.Users))
	case len(more)+len(less) > 0 || is.Title != was.Title:
		c.note("change", "team", "", "%s%s", is.Name, changed(more, less, "its title"))
	default:
		return
	}
	c.writes.Teams = append(c.writes.Teams, is)
}

func orNobody(words []string) string {
	if len(words) == 0 {
		return "nobody"
	}
	return strings.Join(words, ", ")
}

func (c *comparison) reservations(site Access) {
	if site.Reserved != nil {
		c.after.reserved = texts(site.Reserved)
	}
	if site.Opened != nil {
		c.after.opened = texts(site.Opened)
	}
	c.switched("reserved", c.stored.Reserved, c.after.reserved, true)
	c.switched("opened", c.stored.Opened, c.after.opened, false)
}

func (c *comparison) switched(word string, was, is []string, reserved bool) {
	for _, name := range without(is, was) {
		c.note("add", "reservation", "", "%s is %s", name, word)
		c.writes.Reservations = append(c.writes.Reservations, projects.Reservation{Permission: name, Reserved: &reserved})
	}
	for _, name := range without(was, is) {
		c.note("remove", "reservation", "", "%s is not %s any more", name, word)
		if !slices.Contains(c.after.reserved, name) && !slices.Contains(c.after.opened, name) {
			c.writes.Reservations = append(c.writes.Reservations, projects.Reservation{Permission: name})
		}
	}
}

// stillNamed finds roles and teams that would go, and that something names.
func (c *comparison) stillNamed() (faults Faults) {
	if len(c.writes.DropRoles)+len(c.writes.DropTeams) == 0 {
		return nil
	}
	gone := map[string]string{} // what is named: what goes
	for _, name := range c.writes.DropRoles {
		gone["role "+name], gone["permission "+assigning(name)] = "role "+name, "role "+name
	}
	for _, name := range c.writes.DropTeams {
		gone["team "+name] = "team " + name
	}
	look := func(in string, names []string) {
		for _, word := range names {
			if what := gone[word]; what == word {
				faults = append(faults, Fault{Place{File: "prune"}, fmt.Sprintf("%s is in no file, and still named in %s", word, in)})
			} else if what != "" {
				faults = append(faults, Fault{Place{File: "prune"}, fmt.Sprintf("%s is in no file, and its %s still named in %s", what, word, in)})
			}
			delete(gone, word)
		}
	}
	for _, a := range c.afterEverywhere() {
		look(a.called(), a.names())
	}
	for _, role := range c.after.roles {
		look("role "+role.Name, permissions(role.Allow))
	}
	return faults
}

// permissions are the names in patterns.
func permissions(patterns []string) (all []string) {
	for _, p := range patterns {
		name, _, _ := strings.Cut(p, "@")
		all = append(all, "permission "+name)
	}
	return all
}

func (c *comparison) afterEverywhere() []Access {
	site := accessOf(c.stored.Site)
	if c.after.site != nil {
		site = *c.after.site
	}
	all := []Access{site}
	for _, p := range c.stored.Projects {
		if a, changed := c.after.places[p.ID]; changed {
			all = append(all, a)
		} else {
			all = append(all, accessOf(p))
		}
	}
	return all
}

// names are the roles, teams and permissions that something there names.
func (a Access) names() (all []string) {
	for _, o := range a.Overrides {
		all = append(append(all, "role "+o.Role.Text), permissions([]string{o.Permission.Text})...)
	}
	for _, e := range a.Entries {
		all = append(all, permissions([]string{e.Permission.Text})...)
	}
	for _, m := range a.Members {
		for _, role := range m.Roles {
			all = append(all, "role "+role.Text)
		}
		if m.Team.Text != "" {
			all = append(all, "team "+m.Team.Text)
		}
	}
	return all
}

func (a Access) called() string {
	if a.onSite() {
		return "site"
	}
	return "project " + a.Slug.Text
}
