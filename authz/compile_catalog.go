package authz

import (
	"cmp"
	"slices"
	"strings"
)

// catalog numbers the permissions and resolves how they relate.
func (c *compiler) catalog() {
	v := &vocabulary{numbers: map[string]permID{}, things: map[string]bool{}}
	c.vocabulary = v
	listed := slices.SortedFunc(slices.Values(c.src.Catalog.Permissions), func(a, b Permission) int {
		return cmp.Compare(a.Name, b.Name)
	})
	for _, one := range listed {
		if once(c, v.numbers, "permission", one.Name) && c.wellNamed("permission", one.Name) {
			v.numbers[one.Name] = permID(len(v.permissions))
			v.permissions = append(v.permissions, permission{Permission: one})
		}
	}
	c.aliases()
	v.view = v.exact(ProjectView)
	c.privateCounterparts()
	c.requires()
	c.sets()
}

func (c *compiler) wellNamed(what, name string) bool {
	thing, verb, _ := strings.Cut(name, ":")
	ok := thing != "" && verb != "" && isSpelled(name) && len(name) <= MaxName
	if !ok {
		c.fault("%s %q is not of the form thing:verb", what, name)
		return false
	}
	c.vocabulary.things[thing] = true
	return true
}

// aliases gives old names the numbers of what they stand for.
func (c *compiler) aliases() {
	v := c.vocabulary
	meant := map[string][]permID{}
	for id, perm := range v.permissions {
		for i, alias := range perm.Aliases {
			what := "alias of " + perm.Name
			switch {
			case !c.wellNamed(what, alias):
			case v.exact(alias) != noPermission:
				c.fault("%s: %s is the name of a permission", what, alias)
			case slices.Contains(perm.Aliases[:i], alias):
				c.fault("%s: %s is there twice", what, alias)
			default:
				meant[alias] = append(meant[alias], permID(id))
			}
		}
	}
	for _, alias := range sortedKeys(meant) {
		v.numbers[alias] = meant[alias][0]
		if len(meant[alias]) > 1 {
			v.numbers[alias] = noPermission - 1 - permID(len(v.merged))
			v.merged = append(v.merged, meant[alias])
		}
	}
}

// named finds a permission by its own name, or reports a fault that suggests
// one. The catalogue speaks of itself without old names.
func (c *compiler) named(place, name string) (permID, bool) {
	id := c.vocabulary.exact(name)
	switch {
	case id != noPermission:
	case c.vocabulary.find(name) != noPermission:
		c.fault("%s: %q is an old name; the catalogue speaks of itself by new ones", place, name)
	default:
		c.unknown(place, name)
	}
	return id, id != noPermission
}

func (c *compiler) unknown(place, name string) { c.fault("%s: %w", place, c.vocabulary.unknown(name)) }

func (c *compiler) privateCounterparts() {
	for i := range c.vocabulary.permissions {
		perm := &c.vocabulary.permissions[i]
		perm.private = noPermission
		if perm.Private == "" {
			continue
		}
		if id, known := c.named("permission "+perm.Name+": private", perm.Private); known {
			perm.private = id
		}
	}
}

// requires resolves R15 transitively, in both directions.
func (c *compiler) requires() {
	direct := c.directRequires()
	perms := c.vocabulary.permissions
	for id := range perms {
		perm := &perms[id]
		perm.needs = reach(direct, permID(id))
		if slices.Contains(perm.needs, permID(id)) {
			c.fault("permission %s requires itself, through what it requires", perm.Name)
		}
		perm.looks = perm.Private != ""
		for _, need := range perm.needs {
			perm.looks = perm.looks || perms[need].Private != ""
			if !perm.Never {
				perms[need].neededBy = append(perms[need].neededBy, permID(id))
			}
		}
	}
}

func (c *compiler) directRequires() [][]permID {
	direct := make([][]permID, len(c.vocabulary.permissions))
	for id, perm := range c.vocabulary.permissions {
		for _, name := range perm.Requires {
			if need, known := c.named("permission "+perm.Name+": requires", name); known {
				direct[id] = append(direct[id], need)
			}
		}
	}
	return direct
}

// reach returns, sorted, whatever can be reached from a permission; itself
// only when it stands on a circle.
func reach(direct [][]permID, from permID) []permID {
	var found []permID
	next := slices.Clone(direct[from])
	for len(next) > 0 {
		id := next[len(next)-1]
		next = next[:len(next)-1]
		if !slices.Contains(found, id) {
			found = append(found, id)
			next = append(next, direct[id]...)
		}
	}
	slices.Sort(found)
	return found
}

// sets sorts the cells of all permissions into the sets that rules ask about.
func (c *compiler) sets() {
	v := c.vocabulary
	cells := len(v.permissions) * int(cellCount)
	v.inProject, v.never, v.selective = newBits(cells), newBits(cells), newBits(cells)
	v.halves = [cellCount]bits{newBits(cells), newBits(cells)}
	for id := range v.permissions {
		perm := &v.permissions[id]
		for half := range cellCount {
			at := half.of(permID(id))
			v.halves[half].set(at)
			for _, in := range []struct {
				set bits
				is  bool
			}{{v.inProject, perm.Level == InProject}, {v.never, perm.Never}, {v.selective, perm.Selectors}} {
				if in.is {
					in.set.set(at)
				}
			}
		}
	}
}
