package authz

import (
	"fmt"
	"strings"
)

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
	if err := c.vocabulary.fault(written); err != nil {
		c.fault("%s: %w", place, err)
		return says
	}
	pattern, sel, _ := cutSelector(written)
	for _, id := range c.vocabulary.matching(pattern) {
		says.both(id)
	}
	if !sel.any() {
		says.keep(c.vocabulary.selective)
	}
	says.drop(c.vocabulary.never)
	for half := range cellCount {
		if !sel.has(half) {
			says.drop(c.vocabulary.halves[half])
		}
	}
	return says
}

// both adds the two cells of a permission.
func (b bits) both(id permID) {
	b.set(own.of(id))
	b.set(others.of(id))
}

// matching lists the permissions that a pattern without selector speaks of.
func (v *vocabulary) matching(pattern string) []permID {
	if !isWide(pattern) {
		return v.meant(v.find(pattern))
	}
	var all []permID
	for id := range v.permissions {
		if v.permissions[id].matches(pattern) {
			all = append(all, permID(id))
		}
	}
	return all
}

// Fault says why a pattern, with the selector that it may end in, can never
// speak of anything in the catalogue, or of what is added to its things later.
// Compile refuses such patterns wherever they stand. What is never allowed may
// be written, though it gives nothing.
func (p *Policy) Fault(written string) error { return p.fault(written) }

func (v *vocabulary) fault(written string) error {
	pattern, sel, ok := cutSelector(written)
	switch {
	case !ok:
		return fmt.Errorf("%q has a selector that is neither @own nor @others", written)
	case isWide(pattern):
		return v.wideFault(pattern)
	}
	meant := v.meant(v.find(pattern))
	if meant == nil {
		return v.unknown(pattern)
	}
	for _, id := range meant {
		if perm := &v.permissions[id]; !sel.any() && !perm.Selectors {
			return fmt.Errorf("%q: %s has no selectors; write %s", written, perm.Name, pattern)
		}
	}
	return nil
}

// wideFault wants only the thing to exist: of its verbs new ones may come.
func (v *vocabulary) wideFault(pattern string) error {
	prefix := strings.TrimSuffix(pattern, "*")
	switch {
	case len(pattern) > MaxName:
		return fmt.Errorf("pattern %.20q… is longer than %d bytes", pattern, MaxName)
	case pattern == "*" || v.things[thingOf(pattern)] && wellFormedPrefix(prefix) && isSpelled(prefix):
		return nil
	}
	return fmt.Errorf("pattern %q is of no thing that has permissions", pattern)
}

func (v *vocabulary) unknown(name string) error {
	if len(name) > MaxName {
		return fmt.Errorf("unknown permission: %.20q… is longer than %d bytes", name, MaxName)
	}
	return fmt.Errorf("unknown permission %q%s", name, didYouMean(v.suggestPermission(name)))
}
