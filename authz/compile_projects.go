package authz

import (
	"maps"
	"slices"
)

// projects reads every project. Each is compiled by itself.
func (c *compiler) projects() {
	p := c.policy
	c.templates = c.roles("role", c.src.Roles)
	p.projects = make(map[string]*project, len(c.src.Projects))
	for _, src := range c.src.Projects {
		if !once(c, p.projects, "project", src.ID) {
			continue
		}
		p.projects[src.ID] = c.project(src)
		if p.projects[src.ID].hasPublic {
			p.open = append(p.open, src.ID)
		}
	}
	slices.Sort(p.open)
	for _, who := range p.people {
		slices.Sort(who.projects)
	}
}

func (c *compiler) project(src Project) *project {
	out := &project{
		public:    c.public(src),
		hasPublic: src.HasPublic || len(src.Public) > 0,
		held:      map[string]*holding{},
	}
	for id, grants := range c.projectGrants(src) {
		who := c.policy.people[id]
		who.projects = append(who.projects, src.ID)
		out.held[id] = c.holding(who.site, grants)
	}
	return out
}

// public reads what everybody may do in the project (R7).
func (c *compiler) public(src Project) []bool {
	public := make([]bool, len(c.policy.permissions))
	for _, name := range src.Public {
		place := "project " + src.ID + ": public"
		id, known := c.permission(place, name)
		if known && !c.policy.permissions[id].PublicOK {
			c.fault("%s: %s may not be public", place, name)
		}
		if known {
			public[id] = true
		}
	}
	return public
}

// projectGrants collects what each account holds in the project.
func (c *compiler) projectGrants(src Project) map[string][]grant {
	place := "project " + src.ID
	roles := c.override(place+": ", c.templates, src.Overrides)
	bans := roleBans(src.Overrides)
	grants := map[string][]grant{}
	for _, m := range src.Members {
		role, ok := c.memberRole(place, m, roles)
		for _, id := range c.usersOf(place, m) {
			if ok {
				grants[id] = append(grants[id], grant{
					effects: role, shows: true, collection: m.Collection, ban: bans[m.Role], Interval: m.Interval,
				})
			}
		}
	}
	for _, e := range src.Entries {
		if g, ok := c.entry(place, e); ok {
			grants[e.User] = append(grants[e.User], g)
		}
	}
	return grants
}

func (c *compiler) memberRole(place string, m Member, roles map[string]effects) (effects, bool) {
	role, known := roles[m.Role]
	if !known {
		c.fault("%s: membership: unknown role %q%s", place, m.Role, didYouMean(nearest(m.Role, maps.Keys(roles))))
	}
	return role, known
}

// roleBans finds the roles whose holders are banned (R10).
func roleBans(overrides []Override) map[string]selector {
	bans := map[string]selector{}
	for _, o := range overrides {
		bans[o.Role] = bans[o.Role].with(banOf(o.Pattern, o.Effect))
	}
	return bans
}

// banOf returns the cells for which a pattern bans. `*` and `project:*` do
// not: a ban has to be meant.
func banOf(written string, effect Effect) selector {
	name, sel, ok := cutSelector(written)
	if !ok || effect != Deny || name != ProjectView {
		return selector{}
	}
	return sel
}

// entry reads a personal entry, of a project or of the site.
func (c *compiler) entry(place string, e Entry) (grant, bool) {
	place += ": entry of user " + e.User
	if !c.knownUser(place, e.User) {
		return grant{}, false
	}
	if e.Effect != Allow && e.Effect != Deny {
		c.fault("%s: an entry allows or denies", place)
		return grant{}, false
	}
	does := c.noEffects()
	c.write(does, place, e.Pattern, e.Effect)
	return grant{
		effects: does, entry: true, shows: e.Effect == Allow,
		collection: e.Collection, ban: banOf(e.Pattern, e.Effect), Interval: e.Interval,
	}, true
}

// holding decides what an account holds in the project: once for things at
// large, and once for each collection that a grant of the account names.
func (c *compiler) holding(site timeline, grants []grant) *holding {
	out := &holding{wide: c.timeline(site, grants, "")}
	for _, g := range grants {
		if _, done := out.collections[g.collection]; done || g.collection == "" {
			continue
		}
		if out.collections == nil {
			out.collections = map[string]timeline{}
		}
		out.collections[g.collection] = c.timeline(site, grants, g.collection)
	}
	return out
}
