package authz

import (
	"cmp"
	"slices"
	"strings"
)

// catalog numbers the permissions and resolves how they relate.
func (c *compiler) catalog() {
	p := c.policy
	listed := slices.SortedFunc(slices.Values(c.src.Catalog.Permissions), func(a, b Permission) int {
		return cmp.Compare(a.Name, b.Name)
	})
	p.index = make(map[string]permID, len(listed))
	for _, one := range listed {
		if once(c, p.index, "permission", one.Name) && c.wellNamed(one.Name) {
			p.index[one.Name] = permID(len(p.permissions))
			p.permissions = append(p.permissions, permission{Permission: one, reserved: one.Reserved})
		}
	}
	p.view = c.optional(ProjectView)
	c.privateCounterparts()
	c.reservations()
	c.requires()
}

func (c *compiler) wellNamed(name string) bool {
	thing, verb, _ := strings.Cut(name, ":")
	ok := thing != "" && verb != "" && !strings.ContainsAny(name, "@*{} ")
	if !ok {
		c.fault("permission %q is not of the form thing:verb", name)
	}
	return ok
}

// permission finds an exact name, or reports a fault that suggests one.
func (c *compiler) permission(place, name string) (permID, bool) {
	id, known := c.policy.index[name]
	if !known {
		c.fault("%s: unknown permission %q%s", place, name, didYouMean(c.policy.suggestPermission(name)))
	}
	return id, known
}

func (c *compiler) optional(name string) permID {
	if id, known := c.policy.index[name]; known {
		return id
	}
	return noPermission
}

func (c *compiler) privateCounterparts() {
	for i := range c.policy.permissions {
		perm := &c.policy.permissions[i]
		perm.private = noPermission
		if perm.Private == "" {
			continue
		}
		if id, known := c.permission("permission "+perm.Name+": private", perm.Private); known {
			perm.private = id
		}
	}
}

// reservations applies the site's switches to the catalogue's defaults (R4).
// What is both opened and reserved is reserved.
func (c *compiler) reservations() {
	for _, name := range c.src.Opened {
		if id, known := c.permission("opened", name); known {
			c.policy.permissions[id].reserved = false
		}
	}
	for _, name := range c.src.Reserved {
		if id, known := c.permission("reserved", name); known {
			c.policy.permissions[id].reserved = true
		}
	}
}

// requires resolves R15 transitively, in both directions.
func (c *compiler) requires() {
	direct := c.directRequires()
	perms := c.policy.permissions
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
	direct := make([][]permID, len(c.policy.permissions))
	for id, perm := range c.policy.permissions {
		for _, name := range perm.Requires {
			if need, known := c.permission("permission "+perm.Name+": requires", name); known {
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
