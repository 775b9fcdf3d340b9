package authz

import "slices"

// grant is one thing that somebody holds for some time: a role or an entry.
type grant struct {
	effects           // of an entry; those of a role stand in the project's class
	role       uint16 // when entry is false
	entry      bool   // an entry (R11), else a role (R12)
	shows      bool   // holding it is enough to see the project's title (R10)
	collection string // "" = not only in one
	Interval
}

// reaches says whether it is read for things in a collection.
func (g *grant) reaches(collection string) bool {
	return g.collection == "" || g.collection == collection
}

// live says whether the interval contains now (R17).
func (i Interval) live(now int64) bool {
	return (i.From == 0 || i.From <= now) && (i.Until == 0 || now < i.Until)
}

// changes lists the moments at which one of the grants begins or ends, oldest
// first, the beginning of time before them all.
func changes(grants []grant) []int64 {
	moments := []int64{beforeAllTime}
	for i := range grants {
		for _, at := range []int64{grants[i].From, grants[i].Until} {
			if at != 0 {
				moments = append(moments, at)
			}
		}
	}
	slices.Sort(moments)
	return slices.Compact(moments)
}

// nothing is an empty statement. It is emptied again for the next.
func (c *compiler) nothing() *statement {
	if c.said == nil {
		c.said = c.vocabulary.statement()
	}
	c.said.reset()
	return c.said
}

// state collects what the grants that are live at a moment say.
func (c *compiler) state(roles []effects, grants []grant, at int64) *statement {
	s := c.nothing()
	for i := range grants {
		if g := &grants[i]; g.live(at) {
			s.add(g, roles)
		}
	}
	return s
}

func (s *statement) add(g *grant, roles []effects) {
	does, deny, allow, allowIn := &g.effects, s.entryDeny, s.entryAllow, s.entryAllowIn
	if !g.entry {
		does, deny, allow, allowIn = &roles[g.role], s.roleDeny, s.roleAllow, s.roleAllowIn
	}
	s.ban = s.ban.with(does.ban)
	deny.add(does.deny)
	allow.add(does.allow)
	if g.collection != "" {
		allowIn.add(does.allow)
	}
}

// title says from when on a project's title shows to an account, or does not,
// each until the next. Any grant shows it, wherever it holds (R10).
type title []struct {
	from  int64
	shows bool
}

func titleOf(grants []grant) (out title) {
	for _, at := range changes(grants) {
		shows := slices.ContainsFunc(grants, func(g grant) bool { return g.shows && g.live(at) })
		if len(out) == 0 || out[len(out)-1].shows != shows {
			out = append(out, struct {
				from  int64
				shows bool
			}{at, shows})
		}
	}
	return out
}

func (t title) at(moment int64) bool {
	i := len(t) - 1
	for t[i].from > moment {
		i--
	}
	return t[i].shows
}

// line decides for all time about things in a collection ("" = in none).
func (c *compiler) line(roles []effects, grants []grant, collection string, shown title) line {
	near := slices.DeleteFunc(slices.Clone(grants), func(g grant) bool { return !g.reaches(collection) })
	moments := changes(near)
	for _, t := range shown {
		moments = append(moments, t.from)
	}
	slices.Sort(moments)
	var out line
	for _, at := range slices.Compact(moments) {
		s := c.state(roles, near, at)
		s.shows = shown.at(at)
		one := span{from: at, decided: c.vocabulary.decide(nil, s)}
		if collection != "" {
			one.opens = c.vocabulary.opening(s, one.decided)
		}
		out = append(out, one)
	}
	return out
}

// holding is what an account holds in a project that is more than plain roles.
type holding struct {
	grants      []grant
	wide        line            // for things in no collection, or in one that is not named
	collections map[string]line // where memberships or entries name the collection
}

func (c *compiler) holding(roles []effects, grants []grant) holding {
	shown := titleOf(grants)
	out := holding{grants: grants, wide: c.line(roles, grants, "", shown)}
	for i := range grants {
		named := grants[i].collection
		if _, done := out.collections[named]; done || named == "" {
			continue
		}
		if out.collections == nil {
			out.collections = map[string]line{}
		}
		out.collections[named] = c.line(roles, grants, named, shown)
	}
	return out
}

// in returns what holds for a thing in a collection ("" = in none).
func (h *holding) in(collection string) line {
	if scoped, named := h.collections[collection]; named {
		return scoped
	}
	return h.wide
}
