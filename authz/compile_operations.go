package authz

import (
	"strings"
)

// runMark stands for Resource.Run in the permissions of an operation (R27).
const runMark = "{run}"

// operation is an Operation with its names resolved.
type operation struct {
	Operation
	groups  [][]alternative
	to      [][]alternative
	primary alternative
	read    permID
}

// alternative is one permission of a group: a fixed one, or one for each run.
type alternative struct {
	written string
	id      permID
	runs    map[string]permID // run → permission, for names with {run}
}

// of returns the permission asked for a thing, false when there is none.
func (a alternative) of(run string) (permID, bool) {
	if a.runs == nil {
		return a.id, a.id != noPermission
	}
	id, known := a.runs[run]
	return id, known
}

func (c *compiler) operations() {
	all := make(map[string]operation, len(c.src.Catalog.Operations))
	for _, op := range c.src.Catalog.Operations {
		if once(c, all, "operation", op.Name) {
			all[op.Name] = c.operation(op)
		}
	}
	c.vocabulary.operations = all
}

func (c *compiler) operation(op Operation) operation {
	place := "operation " + op.Name
	out := operation{Operation: op, primary: alternative{id: noPermission}, read: noPermission}
	out.groups = c.groups(place, op.Groups)
	out.to = c.groups(place+": to", op.To)
	switch {
	case op.Primary != "":
		out.primary = c.alternative(place+": primary", op.Primary)
	case len(out.groups) > 0:
		out.primary = out.groups[0][0]
	}
	if op.Read != "" {
		out.read, _ = c.named(place+": read", op.Read)
	}
	if op.Scope != "" {
		c.named(place+": scope", op.Scope)
	}
	c.guards(place, op.Guards)
	return out
}

func (c *compiler) groups(place string, written [][]string) (groups [][]alternative) {
	for _, names := range written {
		var group []alternative
		for _, name := range names {
			group = append(group, c.alternative(place, name))
		}
		if len(group) == 0 {
			c.fault("%s: a group without permissions", place)
			continue
		}
		groups = append(groups, group)
	}
	return groups
}

func (c *compiler) alternative(place, name string) alternative {
	before, after, varies := strings.Cut(name, runMark)
	if !varies {
		id, _ := c.named(place, name)
		return alternative{written: name, id: id}
	}
	runs := map[string]permID{}
	for id, perm := range c.vocabulary.permissions {
		rest, ok := strings.CutPrefix(perm.Name, before)
		run, ok2 := strings.CutSuffix(rest, after)
		if ok && ok2 && run != "" {
			runs[run] = permID(id)
		}
	}
	return alternative{written: name, id: noPermission, runs: runs}
}

func (c *compiler) guards(place string, guards []Guard) {
	for _, g := range guards {
		switch g {
		case GuardWorkable, GuardNode, GuardLockHolder, GuardHeldLock, GuardTopLevel, GuardClaimed, GuardFinished:
		default:
			c.fault("%s: unknown guard %q", place, g)
		}
	}
}

// machines reads the rights of nodes (R6) and of bearers of tokens (R31).
func (c *compiler) machines() {
	v := c.vocabulary
	v.node = map[permID][]NodeRight{}
	for _, right := range c.src.Catalog.Node {
		if id, known := c.named("node", right.Permission); known {
			v.node[id] = append(v.node[id], right)
		}
	}
	v.token = newBits(len(v.permissions))
	for _, name := range c.src.Catalog.Token {
		if id, known := c.named("token", name); known {
			v.token.set(int(id))
		}
	}
}

// loops reads what background loops may do. They own nothing, and their `*`
// is of project permissions: what they need of the site is named.
func (c *compiler) loops() {
	c.policy.system = map[string]bits{}
	for _, name := range sortedKeys(c.src.Catalog.System) {
		rights := c.vocabulary.cells()
		for _, pattern := range c.src.Catalog.System[name] {
			says := c.pattern("system "+name, pattern)
			if thingOf(pattern) == pattern { // a bare star, with or without selector
				says = c.narrowed(says, c.vocabulary.inProject)
			}
			rights.add(says)
		}
		c.policy.system[name] = rights
	}
}

// narrowed is what two sets have in common.
func (c *compiler) narrowed(a, b bits) bits {
	both := append(bits(nil), a...)
	both.keep(b)
	return both
}
