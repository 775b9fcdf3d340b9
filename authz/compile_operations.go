package authz

import (
	"maps"
	"slices"
	"strings"
)

// runMark stands for Resource.Run in the permissions of an operation (R27).
const runMark = "{run}"

// operation is an Operation with its names resolved.
type operation struct {
	Operation
	groups  [][]alternative
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
	c.policy.operations = make(map[string]operation, len(c.src.Catalog.Operations))
	for _, op := range c.src.Catalog.Operations {
		if once(c, c.policy.operations, "operation", op.Name) {
			c.policy.operations[op.Name] = c.operation(op)
		}
	}
}

func (c *compiler) operation(op Operation) operation {
	place := "operation " + op.Name
	out := operation{Operation: op, primary: alternative{id: noPermission}, read: noPermission}
	for _, names := range op.Groups {
		var group []alternative
		for _, name := range names {
			group = append(group, c.alternative(place, name))
		}
		if len(group) == 0 {
			c.fault("%s: a group without permissions", place)
			continue
		}
		out.groups = append(out.groups, group)
	}
	switch {
	case op.Primary != "":
		out.primary = c.alternative(place+": primary", op.Primary)
	case len(out.groups) > 0:
		out.primary = out.groups[0][0]
	}
	if op.Read != "" {
		out.read, _ = c.permission(place+": read", op.Read)
	}
	if op.Scope != "" {
		c.permission(place+": scope", op.Scope)
	}
	c.guards(place, op.Guards)
	return out
}

func (c *compiler) alternative(place, name string) alternative {
	before, after, varies := strings.Cut(name, runMark)
	if !varies {
		id, known := c.permission(place, name)
		if !known {
			id = noPermission
		}
		return alternative{written: name, id: id}
	}
	runs := map[string]permID{}
	for id, perm := range c.policy.permissions {
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

// machines reads the rights of nodes (R6) and of background loops.
func (c *compiler) machines() {
	c.policy.node = map[permID][]NodeRight{}
	for _, right := range c.src.Catalog.Node {
		if id, known := c.permission("node", right.Permission); known {
			c.policy.node[id] = append(c.policy.node[id], right)
		}
	}
	c.policy.system = map[string][]bool{}
	for _, name := range slices.Sorted(maps.Keys(c.src.Catalog.System)) {
		c.policy.system[name] = c.loop("system "+name, c.src.Catalog.System[name])
	}
}

// loop reads what a background loop may do. It owns nothing, and its `*` is
// of project permissions: what it needs of the site is named.
func (c *compiler) loop(place string, patterns []string) []bool {
	rights := make([]bool, len(c.policy.permissions))
	for _, pattern := range patterns {
		ids, sel := c.pattern(place, pattern)
		all := thingOf(pattern) == pattern // a bare star, with or without selector
		for _, id := range ids {
			ofSite := c.policy.permissions[id].Level == OnSite
			rights[id] = rights[id] || sel.others && !(all && ofSite)
		}
	}
	return rights
}
