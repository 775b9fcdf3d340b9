package authz

import (
	"encoding/binary"
	"maps"
	"slices"
)

// class is what roles mean in a project, and the verdicts for those who hold
// plain roles and nothing else, which is most people. Projects without
// overrides share one class.
type class struct {
	verdicts verdict // by number: a verdict each, end to end
	size     int     // words of a verdict
	roles    []effects
	numbers  map[string]uint32 // roles held together → number
	held     [][]uint16        // by number: the roles
}

// together numbers the roles that somebody holds in a project, given in order.
func (c *compiler) together(p *project, roles []uint16) uint32 {
	c.key = c.key[:0]
	for _, role := range roles {
		c.key = binary.BigEndian.AppendUint16(c.key, role)
	}
	if n, known := p.class.numbers[string(c.key)]; known {
		return n
	}
	if p.class == c.policy.class && c.borrowed { // from the policy before, which must not change
		c.policy.class, c.borrowed = p.class.clone(), false
		p.class = c.policy.class
	}
	return c.add(p.class, roles)
}

func (c *compiler) add(to *class, roles []uint16) uint32 {
	n := uint32(len(to.held))
	to.numbers[string(c.key)] = n
	to.held = append(to.held, slices.Clone(roles))
	to.verdicts = c.plainVerdict(to.verdicts, to.roles, roles)
	return n
}

// plainVerdict appends the verdict for somebody who holds just these roles.
func (c *compiler) plainVerdict(out verdict, effects []effects, roles []uint16) verdict {
	s := c.nothing()
	s.shows = len(roles) > 0
	for _, role := range roles {
		s.add(&grant{role: role}, effects)
	}
	return c.vocabulary.decide(out, s)
}

func (c *compiler) newClass(roles []effects) *class {
	return &class{roles: roles, numbers: map[string]uint32{}, size: c.vocabulary.words() * planes}
}

// classOf is the class of a project.
func (c *compiler) classOf(place string, overrides []Override) *class {
	if len(overrides) == 0 {
		return c.policy.class
	}
	return c.newClass(c.override(place+": ", c.policy.roles, overrides))
}

func (k *class) clone() *class {
	return &class{slices.Clone(k.verdicts), k.size, k.roles, maps.Clone(k.numbers), slices.Clone(k.held)}
}

// rereadClass is the class with the roles as they are now; who holds what keeps its
// number.
func (c *compiler) rereadClass(k *class, roles []effects) *class {
	out := &class{make(verdict, 0, len(k.verdicts)), k.size, roles, k.numbers, k.held}
	for _, held := range k.held {
		out.verdicts = c.plainVerdict(out.verdicts, roles, held)
	}
	return out
}
