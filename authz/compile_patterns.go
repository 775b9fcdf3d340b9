package authz

// pattern returns the cells that a pattern speaks of: nothing, when it has a
// fault. Patterns that were read before are not read again, so nobody may
// write into the answer.
func (c *compiler) pattern(place, written string) bits {
	if says, known := c.patterns[written]; known {
		return says
	}
	before := len(c.faults)
	says := c.read(place, written)
	if len(c.faults) == before { // faults are told at every place
		c.patterns[written] = says
	}
	return says
}

func (c *compiler) read(place, written string) bits {
	says := c.vocabulary.cells()
	pattern, sel, ok := cutSelector(written)
	switch {
	case !ok:
		c.fault("%s: %q has a selector that is neither @own nor @others", place, written)
		return says
	case isWide(pattern):
		c.wide(says, place, pattern)
		if !sel.any() {
			says.keep(c.vocabulary.selective)
		}
	default:
		c.exact(says, place, written, sel)
	}
	says.drop(c.vocabulary.never)
	for half := range cellCount {
		if !sel.has(half) {
			says.drop(c.vocabulary.halves[half])
		}
	}
	return says
}

func (c *compiler) exact(says bits, place, written string, sel selector) {
	name, _, _ := cutSelector(written)
	meant := c.vocabulary.meant(c.vocabulary.find(name))
	if meant == nil {
		c.unknown(place, name)
	}
	for _, id := range meant {
		perm := &c.vocabulary.permissions[id]
		if !sel.any() && !perm.Selectors {
			c.fault("%s: %q: %s has no selectors", place, written, perm.Name)
		}
		says.both(id)
	}
}

// both adds the two cells of a permission.
func (b bits) both(id permID) {
	b.set(own.of(id))
	b.set(others.of(id))
}

// wide adds what a pattern with a star matches.
func (c *compiler) wide(says bits, place, pattern string) {
	if pattern != "*" && (!c.vocabulary.things[thingOf(pattern)] || !wellFormedPrefix(pattern[:len(pattern)-1])) {
		c.fault("%s: pattern %q is of no thing that has permissions", place, pattern)
		return
	}
	for id := range c.vocabulary.permissions {
		if c.vocabulary.permissions[id].matches(pattern) {
			says.both(permID(id))
		}
	}
}
