package authz

import "slices"

// The site roles that are built in. Nobody is a member of them.
const (
	roleAnonymous = "anonymous"
	roleSignedIn  = "signed_in"
)

// site reads the layer that holds on the whole site: R7's anonymous role, R9
// and R13.
func (c *compiler) site() {
	roles := c.siteRoles()
	c.anonymousRole(roles[roleAnonymous])
	grants := c.siteGrants(roles)
	plain := c.siteTimeline(roles[roleSignedIn], nil) // most accounts hold nothing more
	for id, who := range c.policy.people {
		who.site = plain
		if len(grants[id]) > 0 {
			who.site = c.siteTimeline(roles[roleSignedIn], grants[id])
		}
	}
}

// siteRoles returns what each site role does after the site's overrides. The
// built-in ones exist even when nobody wrote them down.
func (c *compiler) siteRoles() map[string]effects {
	roles := c.roles("site role", c.src.SiteRoles)
	for _, builtIn := range []string{roleAnonymous, roleSignedIn} {
		if roles[builtIn] == nil {
			roles[builtIn] = c.noEffects()
		}
	}
	c.onlyPublic()
	return c.override("site: ", roles, c.src.SiteOverrides)
}

// onlyPublic refuses exact names in the anonymous role that may not be
// public. Wide patterns just do not reach these.
func (c *compiler) onlyPublic() {
	check := func(place, written string) {
		name, _, _ := cutSelector(written)
		if id, known := c.policy.index[name]; known && !c.policy.permissions[id].PublicOK {
			c.fault("%s: %s may not be public", place, name)
		}
	}
	for _, role := range c.src.SiteRoles {
		for _, pattern := range role.Allow {
			if role.Name == roleAnonymous {
				check("site role "+role.Name, pattern)
			}
		}
	}
	for _, o := range c.src.SiteOverrides {
		if o.Role == roleAnonymous && o.Effect == Allow {
			check("site: override of role "+o.Role, o.Pattern)
		}
	}
}

// anonymousRole makes what strangers may do part of the floor, so that it
// holds for everybody (R7); only its denies are left to decide by R9.
func (c *compiler) anonymousRole(role effects) {
	c.policy.floor = make([]bool, len(c.policy.permissions))
	code := make([]byte, len(role))
	for id := range c.policy.permissions {
		effect := role.at(permID(id), others)
		c.policy.floor[id] = effect == Allow && c.policy.permissions[id].PublicOK
		for half := range cellCount {
			code[id*int(cellCount)+int(half)] = 14
			if effect == Deny {
				code[id*int(cellCount)+int(half)] = 9
			}
		}
	}
	c.policy.anonymous = c.intern(code)
}

// siteGrants collects what each account holds on the site.
func (c *compiler) siteGrants(roles map[string]effects) map[string][]grant {
	grants := map[string][]grant{}
	for _, m := range c.src.SiteMembers {
		role, ok := c.memberRole("site", m, roles)
		if ok && (m.Role == roleAnonymous || m.Role == roleSignedIn) {
			c.fault("site: role %s is built in and has no members", m.Role)
		}
		c.noCollection("site: a membership", m.Collection)
		for _, id := range c.usersOf("site", m) {
			grants[id] = append(grants[id], grant{effects: role, Interval: m.Interval})
		}
	}
	for _, e := range c.src.SiteEntries {
		c.noCollection("site: an entry", e.Collection)
		if g, ok := c.entry("site", e); ok {
			grants[e.User] = append(grants[e.User], g)
		}
	}
	return grants
}

func (c *compiler) noCollection(what, collection string) {
	if collection != "" {
		c.fault("%s names collection %s; collections are of projects", what, collection)
	}
}

// siteTimeline decides R9, R13 and R14 for one account for all time.
func (c *compiler) siteTimeline(signedIn effects, grants []grant) timeline {
	var line timeline
	for _, at := range changes(grants, intervalOf) {
		live := []effects{signedIn}
		for _, g := range grants {
			if g.live(at) {
				live = append(live, g.effects)
			}
		}
		line = line.then(at, c.siteCells(live))
	}
	return line
}

// siteCells: any deny decides, else any allow. A person's entry is no
// stronger than a role here.
func (c *compiler) siteCells(live []effects) cells {
	c.scratch = c.scratch[:0]
	for i := range c.noEffects() {
		says := code(14)
		switch {
		case slices.ContainsFunc(live, func(e effects) bool { return e[i] == Deny }):
			says = 9
		case slices.ContainsFunc(live, func(e effects) bool { return e[i] == Allow }):
			says = allowed | 13
		}
		c.scratch = append(c.scratch, byte(says))
	}
	return c.intern(c.scratch)
}
