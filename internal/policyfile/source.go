package policyfile

import (
	"slices"
	"time"

	"github.com/remit-server/remit/authz"
)

// Source is the document by itself as the engine reads it, in a world of no
// server: names are ids, everybody who is named has an account. What means
// nothing is one remit.Invalid, as from Parse.
func (d *Document) Source(w World) (authz.Source, error) {
	_, faults := check(d, w)
	if len(faults) > 0 {
		return authz.Source{}, faults.err()
	}
	return d.source(w), nil
}

// source is Source of what is known to mean something.
func (d *Document) source(w World) authz.Source {
	s := authz.Source{Catalog: w.grown(d)}
	for _, name := range d.people() {
		s.Users = append(s.Users, authz.User{ID: id(w.Users, name), Name: name})
	}
	for _, t := range d.Teams {
		s.Teams = append(s.Teams, authz.Team{ID: t.Name.Text, Users: texts(t.Users)})
	}
	for _, name := range d.namedTeams() {
		s.Teams = append(s.Teams, authz.Team{ID: name})
	}
	d.addRoles(&s)
	if d.Site != nil {
		s.Reserved, s.Opened = texts(d.Site.Reserved), texts(d.Site.Opened)
		s.SiteOverrides, s.SiteMembers, s.SiteEntries = overridesOf(*d.Site), membersOf(*d.Site), entriesOf(*d.Site)
	}
	for _, p := range d.Projects {
		s.Projects = append(s.Projects, authz.Project{ID: p.Slug.Text, Public: texts(p.Public), Overrides: overridesOf(p), Members: membersOf(p), Entries: entriesOf(p)})
	}
	return s
}

// addRoles adds those that are defined, and those that are only named as
// roles that allow nothing.
func (d *Document) addRoles(s *authz.Source) {
	defined := map[string]bool{}
	for _, r := range d.Roles {
		defined[r.Name.Text] = true
		role := authz.Role{Name: r.Name.Text, Allow: texts(r.Allow)}
		if r.Site {
			s.SiteRoles = append(s.SiteRoles, role)
		} else {
			s.Roles = append(s.Roles, role)
		}
	}
	d.roleNames(func(name Name, onSite bool) {
		key := map[bool]string{true: "site ", false: "project "}[onSite] + name.Text
		if defined[name.Text] || defined[key] {
			return
		}
		defined[key] = true
		if onSite {
			s.SiteRoles = append(s.SiteRoles, authz.Role{Name: name.Text})
		} else {
			s.Roles = append(s.Roles, authz.Role{Name: name.Text})
		}
	})
}

// places are the site and the projects.
func (d *Document) places() []Access {
	if d.Site == nil {
		return d.Projects
	}
	return append([]Access{*d.Site}, d.Projects...)
}

// onSite tells the site from projects.
func (a Access) onSite() bool { return a.Slug.Text == "" }

// roleNames visits the roles that something names.
func (d *Document) roleNames(visit func(name Name, onSite bool)) {
	for _, a := range d.places() {
		for _, o := range a.Overrides {
			visit(o.Role, a.onSite())
		}
		for _, m := range a.Members {
			for _, role := range m.Roles {
				visit(role, a.onSite())
			}
		}
	}
}

// people are all users that are named, sorted.
func (d *Document) people() []string {
	all := []string{}
	for _, t := range d.Teams {
		all = append(all, texts(t.Users)...)
	}
	for _, a := range d.places() {
		for _, m := range a.Members {
			if m.User.Text != "" {
				all = append(all, m.User.Text)
			}
		}
		for _, e := range a.Entries {
			all = append(all, e.User.Text)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// namedTeams are those that no file defines.
func (d *Document) namedTeams() (all []string) {
	for _, a := range d.places() {
		for _, m := range a.Members {
			defined := slices.ContainsFunc(d.Teams, func(t Team) bool { return t.Name.Text == m.Team.Text })
			if m.Team.Text != "" && !defined && !slices.Contains(all, m.Team.Text) {
				all = append(all, m.Team.Text)
			}
		}
	}
	return all
}

func texts(names []Name) []string {
	var all []string
	for _, n := range names {
		all = append(all, n.Text)
	}
	return all
}

var effects = map[string]authz.Effect{"allow": authz.Allow, "remove": authz.Remove, "deny": authz.Deny}

func overridesOf(a Access) (all []authz.Override) {
	for _, o := range a.Overrides {
		all = append(all, authz.Override{Role: o.Role.Text, Pattern: o.Permission.Text, Effect: effects[o.Effect]})
	}
	return all
}

func membersOf(a Access) (all []authz.Member) {
	for _, m := range a.Members {
		for _, role := range m.Roles {
			all = append(all, authz.Member{User: m.User.Text, Team: m.Team.Text, Role: role.Text, Collection: string(m.Collection), Interval: interval(m.From, m.Until)})
		}
	}
	return all
}

func entriesOf(a Access) (all []authz.Entry) {
	for _, e := range a.Entries {
		all = append(all, authz.Entry{User: e.User.Text, Pattern: e.Permission.Text, Effect: effects[e.Effect], Collection: string(e.Collection), Interval: interval(e.From, e.Until)})
	}
	return all
}

func interval(from, until *time.Time) (i authz.Interval) {
	if from != nil {
		i.From = from.UnixMicro()
	}
	if until != nil {
		i.Until = until.UnixMicro()
	}
	return i
}
