package projects

import (
	"slices"

	"github.com/remit-server/remit/authz"
)

// gift is what a change gives by name: an allow, the lifting of a deny, or
// roles. Nobody needs to be touched by it today.
type gift struct {
	authz.Interval
	collection string
	pattern    string   // or
	roles      []string // for all that they mean where they are given
}

// given is a gift in a project, or everywhere.
type given struct {
	project string
	gift
}

// entries is R24 for what a change names: the editor holds it at every moment
// at which it would count, as if R4 and R9 were absent. Patterns are read with
// today's catalogue.
//
// What is more than a gift to somebody is asked more strictly, for others could
// give it on: what roles newly mean with R9, where there are people who may make
// others of the role; and what is no longer reserved as it is written, so that
// superusers open it.
func (d *deal) entries(open, written *reading) (*unfair, error) {
	source := latent(d.before)
	p, err := open.policy.Recompile(source)
	if err != nil {
		return nil, err
	}
	e := d.reads(p, source)
	in := byProject(d.after)
	for _, g := range d.named() {
		if found := d.overgives(e, g, in[g.project]); found != nil {
			return found, nil
		}
	}
	for _, opened := range d.opened() {
		if found := d.overgives(written.editor, opened, authz.Project{}); found != nil {
			return found, nil
		}
	}
	return d.mayRaise(e, open.editor, written.editor), nil
}

// mayRaise asks for what roles newly mean. Where there is a right to make people
// of the role, which counts as holding it, the strict editors are asked: without
// R4, and as it is written for what somebody can use at all.
func (d *deal) mayRaise(e *editor, strict, written *editor) *unfair {
	for _, r := range d.raises() {
		var assigned, others []string
		for _, role := range r.touched() {
			if r.level == authz.InProject && slices.Contains(strict.roles, role) {
				assigned = append(assigned, role)
			} else {
				others = append(others, role)
			}
		}
		at, names := given{project: r.project}, r.names(assigned, d.after.Catalog)
		usable := func(p authz.Permission, own bool) bool { return !written.isShut(p) && names(p, own) }
		for _, found := range []*unfair{d.mayName(strict, at, names), d.mayName(written, at, usable), d.mayName(e, at, r.names(others, d.after.Catalog))} {
			if found != nil {
				return found
			}
		}
	}
	return nil
}

// named are the gifts in which the two policies differ.
func (d *deal) named() (all []given) {
	grown, left, then := d.grown(), d.left(), byProject(d.before)
	for _, p := range d.after.Projects {
		all = append(all, gifts(then[p.ID], p, grown, left)...)
	}
	site := func(s authz.Source) authz.Project {
		return authz.Project{ID: everywhere, Members: s.SiteMembers, Entries: s.SiteEntries, Overrides: s.SiteOverrides}
	}
	return append(all, gifts(site(d.before), site(d.after), grown, left)...)
}

// opened are the permissions that are reserved no more, for all who hold them.
func (d *deal) opened() (all []given) {
	for _, p := range d.after.Catalog.Permissions {
		if isReserved(d.before, p) && !isReserved(d.after, p) {
			all = append(all, given{everywhere, gift{pattern: p.Name}})
		}
	}
	return all
}

// gifts of one place: new members, of grown teams too, new allows, and denies
// that are lifted or end otherwise than they would have, of the roles that are
// left.
func gifts(then, now authz.Project, grown, left map[string]bool) (all []given) {
	add := func(g gift) { all = append(all, given{now.ID, g}) }
	members := added(then.Members, now.Members, unnotedMember)
	if len(grown) > 0 {
		members = append(members, only(now.Members, func(m authz.Member) bool { return grown[m.Team] })...)
	}
	for _, m := range members {
		add(gift{Interval: m.Interval, collection: m.Collection, roles: []string{m.Role}})
	}
	for _, o := range added(then.Overrides, now.Overrides, unnotedOverride) {
		if o.Effect == authz.Allow { // though another may deny it still
			add(gift{pattern: o.Pattern})
		}
	}
	for _, o := range added(now.Overrides, then.Overrides, unnotedOverride) {
		if o.Effect == authz.Deny && left[o.Role] { // though another may deny it still
			add(gift{pattern: o.Pattern})
		}
	}
	for _, e := range added(then.Entries, now.Entries, unnoted) {
		if e.Effect == authz.Allow {
			add(gift{Interval: e.Interval, collection: e.Collection, pattern: e.Pattern})
		}
	}
	for _, e := range added(now.Entries, then.Entries, unnoted) {
		if e.Effect == authz.Deny {
			add(gift{Interval: e.Interval, collection: e.Collection, pattern: e.Pattern})
		}
	}
	return all
}

// left are the roles that there are afterwards.
func (d *deal) left() map[string]bool {
	all := map[string]bool{}
	for _, r := range slices.Concat(d.after.Roles, d.after.SiteRoles) {
		all[r.Name] = true
	}
	return all
}

// grown are the teams that somebody came into.
func (d *deal) grown() map[string]bool {
	all, then := map[string]bool{}, teamsOf(d.before)
	for _, t := range d.after.Teams {
		if len(added(then[t.ID], t.Users, func(id string) string { return id })) > 0 {
			all[t.ID] = true
		}
	}
	return all
}

// added are those of now that are not among then, as often as they are there.
func added[T any, K comparable](then, now []T, key func(T) K) []T {
	if len(now) == 0 || isSame(then, now) {
		return nil
	}
	left := map[K]int{}
	for _, one := range then {
		left[key(one)]++
	}
	return slices.DeleteFunc(slices.Clone(now), func(one T) bool { left[key(one)]--; return left[key(one)] >= 0 })
}

// unnoted is an entry without who wrote it, which decides nothing.
func unnoted(e authz.Entry) authz.Entry {
	e.Note = nil
	return e
}

func unnotedMember(m authz.Member) authz.Member {
	m.Note = nil
	return m
}

// isReserved is R4.
func isReserved(s authz.Source, p authz.Permission) bool {
	meets := func(names []string) bool {
		return slices.Contains(names, p.Name) || slices.ContainsFunc(p.Aliases, func(old string) bool { return slices.Contains(names, old) })
	}
	return meets(s.Reserved) || p.Reserved && !meets(s.Opened)
}

// overgives asks for what a gift names in its place: in a project nothing of the
// site.
func (d *deal) overgives(e *editor, g given, in authz.Project) *unfair {
	means := meaning{in.Overrides, d.after.Roles}
	if g.project == everywhere {
		means = meaning{d.after.SiteOverrides, d.after.SiteRoles}
	}
	return d.mayName(e, g, func(p authz.Permission, own bool) bool {
		return (p.Level == authz.InProject || g.project == everywhere) && (g.pattern != "" && speaks(g.pattern, p, own) ||
			slices.ContainsFunc(g.roles, func(role string) bool { return means.of(role, p, own) == authz.Allow }))
	})
}

// mayName asks for each cell that is named, at each moment of the gift, in each
// place that it reaches.
func (d *deal) mayName(e *editor, g given, named func(authz.Permission, bool) bool) *unfair {
	times := e.during(g.Interval, d.now)
	for _, p := range d.after.Catalog.Permissions {
		for _, general := range d.spokenOf(p, g, named) {
			for _, c := range e.below(general) {
				for _, at := range times {
					if !e.holds(c, at) {
						return &unfair{"gives_more", nobody, c, at}
					}
				}
			}
		}
	}
	return nil
}

// spokenOf are the cells of a permission that a gift is about. Others' private
// things are opened by the private counterpart, and by what names a collection.
func (d *deal) spokenOf(p authz.Permission, g given, named func(authz.Permission, bool) bool) (cells []cell) {
	if p.Never {
		return nil
	}
	for _, c := range halves(cell{permission: p.Name, project: g.project, collection: g.collection}) {
		if c.visibility != authz.Private && named(p, c.own) || c.visibility == authz.Private && (g.collection != "" && named(p, false) || d.opens(p, named)) {
			cells = append(cells, c)
		}
	}
	return cells
}

// opens says whether the counterpart of p for private things is named.
func (d *deal) opens(p authz.Permission, named func(authz.Permission, bool) bool) bool {
	i := slices.IndexFunc(d.after.Catalog.Permissions, func(q authz.Permission) bool { return q.Name == p.Private })
	return i >= 0 && named(d.after.Catalog.Permissions[i], false)
}
