package authz

import (
	"slices"
)

// project compiles what is written for one project.
func (c *compiler) project(src Project) *project {
	place := "project " + src.ID
	p := &project{
		source:    src,
		class:     c.classOf(place, src.Overrides),
		public:    c.public(place, src.Public),
		hasPublic: src.HasPublic || len(src.Public) > 0,
	}
	c.hold(p, c.roleGrants(place, src.Members), c.specialGrants(place, src))
	return p
}

// public reads what everybody may do in the project (R7).
func (c *compiler) public(place string, names []string) bits {
	public := newBits(len(c.vocabulary.permissions))
	for _, name := range names {
		meant := c.vocabulary.meant(c.vocabulary.find(name))
		if meant == nil {
			c.unknown(place+": public", name)
		}
		for _, id := range meant {
			public.set(int(id))
			if !c.vocabulary.permissions[id].PublicOK {
				c.fault("%s: public: %s may not be public", place, name)
			}
		}
	}
	return public
}

// roleGrants lists who holds which role for ever and everywhere in the
// project, a user's number and a role's in each, in order.
func (c *compiler) roleGrants(place string, members []Member) []uint64 {
	list := make([]uint64, 0, len(members))
	for i := range members {
		m := &members[i]
		role, known := c.number(place+": membership", c.policy.roles, m.Role)
		if !known || m.Collection != "" || m.Interval != (Interval{}) {
			continue
		}
		c.usersOf(place, m, func(user uint32) { list = append(list, uint64(user)<<16|uint64(role)) })
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// specialGrants collects what more there is: entries, and roles for some time
// or in one collection.
func (c *compiler) specialGrants(place string, src Project) map[uint32][]grant {
	grants := map[uint32][]grant{}
	for i := range src.Members {
		m := &src.Members[i]
		role, known := c.policy.roles.numbers[m.Role]
		if !known || m.Collection == "" && m.Interval == (Interval{}) {
			continue
		}
		g := grant{role: role, shows: true, collection: m.Collection, Interval: m.Interval}
		c.usersOf(place, m, func(user uint32) { grants[user] = append(grants[user], g) })
	}
	for i := range src.Entries {
		if user, g, ok := c.entry(place, &src.Entries[i]); ok {
			grants[user] = append(grants[user], g)
		}
	}
	return grants
}

// entry reads a personal entry, of a project or of the site.
func (c *compiler) entry(place string, e *Entry) (user uint32, g grant, ok bool) {
	place += ": entry of user " + e.User
	if user, ok = c.user(place, e.User); !ok {
		return 0, grant{}, false
	}
	g = grant{entry: true, shows: e.Effect == Allow, collection: e.Collection, Interval: e.Interval}
	says, none := c.pattern(place, e.Pattern), c.vocabulary.cells()
	switch e.Effect {
	case Allow:
		g.effects = effects{allow: says, deny: none}
	case Deny:
		g.effects = effects{allow: none, deny: says, ban: c.vocabulary.banOf(e.Pattern, e.Effect)}
	default:
		c.fault("%s: an entry allows or denies", place)
		return 0, grant{}, false
	}
	return user, g, true
}

// hold puts everybody's part into the project.
func (c *compiler) hold(p *project, plain []uint64, special map[uint32][]grant) {
	p.slots = newSlots(countUsers(plain) + len(special))
	for len(plain) > 0 {
		user, roles := uint32(plain[0]>>16), c.held[:0]
		for len(plain) > 0 && uint32(plain[0]>>16) == user {
			roles, plain = append(roles, uint16(plain[0])), plain[1:]
		}
		c.held = roles
		if more, is := special[user]; is {
			special[user] = append(more, roleGrants(roles)...)
			continue
		}
		p.put(user, c.together(p, roles))
	}
	for _, user := range sortedKeys(special) {
		p.put(user, isSpecial|uint32(len(p.special)))
		p.special = append(p.special, c.holding(p.class.roles, special[user]))
	}
}

func countUsers(plain []uint64) int {
	n := 0
	for i := range plain {
		if i == 0 || plain[i]>>16 != plain[i-1]>>16 {
			n++
		}
	}
	return n
}

func roleGrants(roles []uint16) []grant {
	grants := make([]grant, len(roles))
	for i, role := range roles {
		grants[i] = grant{role: role, shows: true}
	}
	return grants
}

// reread compiles a project anew for roles that mean something else now. Who
// holds what has not changed.
func (c *compiler) reread(p *project) *project {
	out := *p
	out.class = c.policy.class // earlier versions of it gave the same numbers
	if len(p.source.Overrides) > 0 {
		out.class = c.rereadClass(p.class, c.override("project "+p.source.ID+": ", c.policy.roles, p.source.Overrides))
	}
	out.special = make([]holding, len(p.special))
	for i := range p.special {
		out.special[i] = c.holding(out.class.roles, p.special[i].grants)
	}
	return &out
}
