package policyfile

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/projects"
)

// documentOf is what is stored, as a document: everything is mentioned.
func documentOf(w projects.Written) *Document {
	d := &Document{Permissions: []Permission{}, Roles: []Role{}, Teams: []Team{}, Projects: []Access{}}
	for _, p := range w.Declared {
		d.Permissions = append(d.Permissions, permissionOf(p))
	}
	for _, r := range w.Roles {
		d.Roles = append(d.Roles, Role{Name: bare(r.Name), Title: &r.Title, Description: &r.Description, Site: r.Site, Allow: bares(r.Allow)})
	}
	for _, t := range w.Teams {
		d.Teams = append(d.Teams, Team{Name: bare(t.Name), Title: &t.Title, Users: bares(t.Users)})
	}
	site := accessOf(w.Site)
	site.Public, site.Reserved, site.Opened = nil, bares(w.Reserved), bares(w.Opened)
	d.Site = &site
	for _, p := range w.Projects {
		d.Projects = append(d.Projects, accessOf(p))
	}
	return d
}

func bare(text string) Name { return Name{Text: text} }

// bares is never nil.
func bares(all []string) []Name {
	names := make([]Name, len(all))
	for i, one := range all {
		names[i] = bare(one)
	}
	return names
}

func permissionOf(p authz.Permission) Permission {
	one := Permission{Name: bare(p.Name), Private: bare(p.Private), Entry: p}
	if len(p.Requires) > 0 {
		one.Requires = bares(p.Requires)
	}
	return one
}

// accessOf is one place as it is stored, in an order that its ids do not tell.
func accessOf(w projects.WrittenAccess) Access {
	a := Access{Slug: bare(w.Slug), Public: bares(w.Public), Overrides: []Override{}, Members: []Member{}, Entries: []Entry{}}
	for _, o := range w.Overrides {
		a.Overrides = append(a.Overrides, Override{Role: bare(o.Role), Permission: bare(o.Permission), Effect: o.Effect})
	}
	for _, m := range w.Members {
		a.Members = append(a.Members, Member{User: bare(m.User), Team: bare(m.Team), Roles: bares(m.Roles), Collection: m.Collection, From: m.From, Until: m.Until, Why: m.Why})
	}
	for _, e := range w.Entries {
		a.Entries = append(a.Entries, Entry{User: bare(e.User), Permission: bare(e.Permission), Effect: e.Effect, Collection: e.Collection, From: e.From, Until: e.Until, Why: e.Why})
	}
	a.sort()
	return a
}

func (a *Access) sort() {
	slices.SortFunc(a.Members, func(x, y Member) int {
		return cmp.Or(strings.Compare(x.User.Text, y.User.Text), strings.Compare(x.Team.Text, y.Team.Text), slices.Compare(texts(x.Roles), texts(y.Roles)),
			strings.Compare(string(x.Collection), string(y.Collection)), compareTimes(x.From, y.From), compareTimes(x.Until, y.Until), strings.Compare(x.Why, y.Why))
	})
	slices.SortFunc(a.Entries, func(x, y Entry) int {
		return cmp.Or(strings.Compare(x.User.Text, y.User.Text), strings.Compare(x.Permission.Text, y.Permission.Text), strings.Compare(x.Effect, y.Effect),
			strings.Compare(string(x.Collection), string(y.Collection)), compareTimes(x.From, y.From), compareTimes(x.Until, y.Until), strings.Compare(x.Why, y.Why))
	})
}

// compareTimes puts none before any.
func compareTimes(a, b *time.Time) int {
	if a == nil || b == nil {
		return cmp.Compare(micros(a), micros(b))
	}
	return a.Compare(*b)
}

func micros(t *time.Time) int64 {
	if t == nil {
		return -1 << 62
	}
	return t.UnixMicro()
}
