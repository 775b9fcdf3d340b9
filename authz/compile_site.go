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
	book, does := c.siteRoles()
	c.policy.siteRoles, c.policy.siteEffects = book, does
	signedIn := does[book.numbers[roleSignedIn]]
	c.policy.sites = []siteLine{
		ofAccounts:  c.siteLine(does, signedIn, nil),
		ofStrangers: c.anonymousRole(does[book.numbers[roleAnonymous]]),
	}
	grants := c.siteGrants(book)
	for i := range c.policy.accounts {
		c.policy.accounts[i].site = ofAccounts
	}
	for _, user := range sortedKeys(grants) {
		c.policy.accounts[user].site = uint32(len(c.policy.sites))
		c.policy.sites = append(c.policy.sites, c.siteLine(does, signedIn, grants[user]))
	}
}

// siteRoles returns what each site role does after the site's overrides. The
// built-in ones exist even when nobody wrote them down.
func (c *compiler) siteRoles() (roleBook, []effects) {
	written := slices.Clone(c.src.SiteRoles)
	for _, builtIn := range []string{roleAnonymous, roleSignedIn} {
		if !slices.ContainsFunc(written, func(r Role) bool { return r.Name == builtIn }) {
			written = append(written, Role{Name: builtIn})
		}
	}
	book := c.roles("site role", written)
	c.onlyPublic()
	return book, c.override("site: ", book, c.src.SiteOverrides)
}

// onlyPublic refuses exact names in the anonymous role that may not be
// public. Wide patterns just do not reach these.
func (c *compiler) onlyPublic() {
	for _, role := range c.src.SiteRoles {
		for _, pattern := range role.Allow {
			if role.Name == roleAnonymous {
				c.mayBePublic("site role "+role.Name, pattern)
			}
		}
	}
	for _, o := range c.src.SiteOverrides {
		if o.Role == roleAnonymous && o.Effect == Allow {
			c.mayBePublic("site: override of role "+o.Role, o.Pattern)
		}
	}
}

func (c *compiler) mayBePublic(place, written string) {
	name, _, _ := cutSelector(written)
	for _, id := range c.vocabulary.meant(c.vocabulary.find(name)) {
		if !c.vocabulary.permissions[id].PublicOK {
			c.fault("%s: %s may not be public", place, name)
		}
	}
}

// anonymousRole makes what strangers may do part of the floor, so that it
// holds for everybody (R7); only its denies are left to decide by R9.
func (c *compiler) anonymousRole(role effects) siteLine {
	c.floor = newBits(len(c.vocabulary.permissions))
	for id := range c.vocabulary.permissions {
		at := others.of(permID(id))
		if role.allow.has(at) && c.vocabulary.permissions[id].PublicOK {
			c.floor.set(id)
		}
	}
	return siteLine{{beforeAllTime, newSiteVerdict(c.vocabulary.cells(), role.deny)}}
}

// siteGrants collects what each account holds on the site.
func (c *compiler) siteGrants(book roleBook) map[uint32][]grant {
	grants := map[uint32][]grant{}
	for i := range c.src.SiteMembers {
		m := &c.src.SiteMembers[i]
		role, known := c.number("site: membership", book, m.Role)
		if known && (m.Role == roleAnonymous || m.Role == roleSignedIn) {
			c.fault("site: role %s is built in and has no members", m.Role)
		}
		c.noCollection("site: a membership", m.Collection)
		c.usersOf("site", m, func(user uint32) {
			grants[user] = append(grants[user], grant{role: role, Interval: m.Interval})
		})
	}
	for i := range c.src.SiteEntries {
		c.noCollection("site: an entry", c.src.SiteEntries[i].Collection)
		if user, g, ok := c.entry("site", &c.src.SiteEntries[i]); ok {
			grants[user] = append(grants[user], g)
		}
	}
	return grants
}

func (c *compiler) noCollection(what, collection string) {
	if collection != "" {
		c.fault("%s names collection %s; collections are of projects", what, collection)
	}
}

// siteLine decides R9 and R13 for one account for all time: any deny, else
// any allow. A person's entry is no stronger than a role here.
func (c *compiler) siteLine(roles []effects, signedIn effects, grants []grant) siteLine {
	var out siteLine
	for _, at := range changes(grants) {
		allow, deny := slices.Clone(signedIn.allow), slices.Clone(signedIn.deny)
		for i := range grants {
			g := &grants[i]
			if !g.live(at) {
				continue
			}
			does := &g.effects
			if !g.entry {
				does = &roles[g.role]
			}
			allow.add(does.allow)
			deny.add(does.deny)
		}
		out = append(out, siteSpan{at, newSiteVerdict(allow, deny)})
	}
	return out
}
