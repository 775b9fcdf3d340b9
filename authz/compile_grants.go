package authz

import "slices"

// grant is one thing that somebody holds for some time: a role or an entry.
type grant struct {
	effects    effects
	entry      bool     // an entry (R11), else a role (R12)
	shows      bool     // holding it is enough to see the project's title (R10)
	collection string   // "" = not only in one
	ban        selector // it denies ProjectView by its exact name (R10)
	Interval
}

func intervalOf(g grant) Interval { return g.Interval }

// reaches says whether it is read for things in a collection.
func (g grant) reaches(collection string) bool {
	return g.collection == "" || g.collection == collection
}

// tally is what the live grants say about one cell.
type tally struct {
	entryDenies, entryAllows, roleDenies, roleAllows bool
	// The same, counting only grants that name the thing's collection.
	entryAllowsIn, roleAllowsIn bool
}

func (t *tally) count(g grant, e Effect) {
	scoped := g.collection != ""
	switch {
	case e == Deny && g.entry:
		t.entryDenies = true
	case e == Deny:
		t.roleDenies = true
	case e == Allow && g.entry:
		t.entryAllows = true
		t.entryAllowsIn = t.entryAllowsIn || scoped
	case e == Allow:
		t.roleAllows = true
		t.roleAllowsIn = t.roleAllowsIn || scoped
	}
}

// code is R11, then R12, then what the site says.
func (t *tally) code(site code) code {
	switch {
	case t.entryDenies:
		return 11
	case t.entryAllows:
		return allowed | 11 | t.byCollection()
	case t.roleDenies:
		return 12
	case t.roleAllows:
		return allowed | 12 | t.byCollection()
	}
	return site
}

// byCollection marks what a grant naming the collection allows. No entry
// denies here; a role that does silences other roles, not entries.
func (t *tally) byCollection() code {
	switch {
	case t.entryAllowsIn:
		return byCollectionEntry
	case t.roleAllowsIn && !t.roleDenies:
		return byCollectionRole
	}
	return 0
}

// here decides every cell for things in a collection, from the site layer and
// the grants that are live in the project.
func (c *compiler) here(site cells, live []grant, collection string) cells {
	near := slices.DeleteFunc(slices.Clone(live), func(g grant) bool { return !g.reaches(collection) })
	c.scratch = c.scratch[:0]
	for i := range c.policy.permissions {
		for half := range cellCount {
			code := c.codeHere(permID(i), half, site.at(permID(i), half), live, near)
			c.scratch = append(c.scratch, byte(code))
		}
	}
	return c.intern(c.scratch)
}

// codeHere is R9 to R14 for one cell.
func (c *compiler) codeHere(id permID, half cell, site code, live, near []grant) code {
	if c.policy.permissions[id].Level == OnSite || site&ruleMask == 9 {
		return site
	}
	var t tally
	for _, g := range near {
		if g.ban.has(half) {
			return 10
		}
		t.count(g, g.effects.at(id, half))
	}
	if id != c.policy.view {
		return t.code(site)
	}
	if slices.ContainsFunc(live, func(g grant) bool { return g.shows }) {
		return allowed | 10
	}
	return site
}

// timeline decides for all time. It starts from the site layer's timeline and
// has a span for each stretch in which nothing begins or ends.
func (c *compiler) timeline(site timeline, grants []grant, collection string) timeline {
	moments := changes(grants, intervalOf)
	for _, s := range site {
		moments = append(moments, s.from)
	}
	slices.Sort(moments)
	var line timeline
	for _, at := range slices.Compact(moments) {
		live := slices.DeleteFunc(slices.Clone(grants), func(g grant) bool { return !g.live(at) })
		line = line.then(at, c.here(site.at(at), live, collection))
	}
	return line
}

// then appends a span unless it says the same as the last.
func (t timeline) then(from int64, cs cells) timeline {
	if len(t) > 0 && t[len(t)-1].cells == cs {
		return t
	}
	return append(t, span{from, cs})
}
