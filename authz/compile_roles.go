package authz

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// effects is what a role does where it is held, overrides read in.
type effects struct {
	allow, deny bits
	ban         selector // it denies the whole project (R10)
}

// roleBook numbers roles, by name, and says what each does.
type roleBook struct {
	numbers map[string]uint16
	effects []effects
}

// roles reads role templates, which only allow.
func (c *compiler) roles(kind string, written []Role) roleBook {
	book := roleBook{numbers: map[string]uint16{}}
	listed := slices.SortedFunc(slices.Values(written), func(a, b Role) int { return cmp.Compare(a.Name, b.Name) })
	for _, role := range listed {
		if !once(c, book.numbers, kind, role.Name) {
			continue
		}
		if len(book.effects) > math.MaxUint16 {
			c.fault("there are more than %d %ss", math.MaxUint16+1, kind)
			break
		}
		allow := c.vocabulary.cells()
		for _, pattern := range role.Allow {
			allow.add(c.pattern(kind+" "+role.Name, pattern))
		}
		book.numbers[role.Name] = uint16(len(book.effects))
		book.effects = append(book.effects, effects{allow: allow, deny: c.vocabulary.cells()})
	}
	return book
}

// number finds a role, or reports a fault that suggests one.
func (c *compiler) number(place string, book roleBook, role string) (uint16, bool) {
	n, known := book.numbers[role]
	if !known {
		c.fault("%s: unknown role %q%s", place, role, didYouMean(Nearest(role, maps.Keys(book.numbers))))
	}
	return n, known
}

// overriding is all that overrides do to one role.
type overriding struct {
	allow, remove, deny bits
	ban                 selector
}

// override returns what the roles do where the overrides hold. Roles without
// an override are shared with the templates.
func (c *compiler) override(place string, book roleBook, overrides []Override) []effects {
	if len(overrides) == 0 {
		return book.effects
	}
	over := map[uint16]*overriding{}
	for _, o := range overrides {
		at := place + "override of role " + o.Role
		role, known := c.number(at, book, o.Role)
		if !known {
			continue
		}
		if over[role] == nil {
			over[role] = &overriding{c.vocabulary.cells(), c.vocabulary.cells(), c.vocabulary.cells(), selector{}}
		}
		c.overrideOne(over[role], at, o)
	}
	out := slices.Clone(book.effects)
	for role, o := range over {
		out[role] = o.over(book.effects[role])
	}
	return out
}

func (c *compiler) overrideOne(over *overriding, at string, o Override) {
	says := c.pattern(at, o.Pattern)
	switch o.Effect {
	case Allow:
		over.allow.add(says)
	case Remove:
		over.remove.add(says)
	case Deny:
		over.deny.add(says)
		over.ban = over.ban.with(c.vocabulary.banOf(o.Pattern, o.Effect))
	default:
		c.fault("%s: an override allows, removes or denies", at)
	}
}

// over lays overrides on a template: on a cell that any of them speaks of, the
// template is silent, and deny stands before allow before remove.
func (o *overriding) over(template effects) effects {
	allow := slices.Clone(template.allow)
	allow.drop(o.remove)
	allow.add(o.allow)
	allow.drop(o.deny)
	return effects{allow: allow, deny: o.deny, ban: o.ban}
}

// banOf returns the cells for which a pattern bans. `*` and `project:*` do
// not: a ban has to be meant.
func (v *vocabulary) banOf(written string, effect Effect) selector {
	name, sel, ok := cutSelector(written)
	if !ok || effect != Deny || !v.isBan(name) {
		return selector{}
	}
	return sel
}
