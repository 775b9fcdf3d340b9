package authz

// pattern reads a pattern and returns the permissions that it speaks of and
// for which cells. Faults are reported with their place.
func (c *compiler) pattern(place, written string) ([]permID, selector) {
	pattern, sel, ok := cutSelector(written)
	if !ok {
		c.fault("%s: %q has a selector that is neither @own nor @others", place, written)
		return nil, sel
	}
	if !isWide(pattern) {
		return c.exact(place, written, pattern, sel), sel
	}
	matched := c.wide(place, pattern)
	if sel.any() {
		return matched, sel
	}
	var suited []permID
	for _, id := range matched {
		if c.policy.permissions[id].suits(sel) {
			suited = append(suited, id)
		}
	}
	return suited, sel
}

func (c *compiler) exact(place, written, name string, sel selector) []permID {
	id, known := c.permission(place, name)
	if !known {
		return nil
	}
	perm := &c.policy.permissions[id]
	if !sel.any() && !perm.Selectors {
		c.fault("%s: %q: %s has no selectors", place, written, name)
	}
	if !perm.suits(sel) {
		return nil
	}
	return []permID{id}
}

// wide lists what a pattern with a star matches.
func (c *compiler) wide(place, pattern string) []permID {
	if matched, known := c.matched[pattern]; known {
		return matched
	}
	matched, thingExists := []permID(nil), pattern == "*"
	for id := range c.policy.permissions {
		perm := &c.policy.permissions[id]
		thingExists = thingExists || thingOf(perm.Name) == thingOf(pattern)
		if !perm.Never && Match(pattern, perm.Name) {
			matched = append(matched, permID(id))
		}
	}
	if !thingExists || pattern != "*" && !wellFormedPrefix(pattern[:len(pattern)-1]) {
		c.fault("%s: pattern %q is of no thing that has permissions", place, pattern)
		return nil
	}
	c.matched[pattern] = matched
	return matched
}

func (c *compiler) noEffects() effects {
	return make(effects, len(c.policy.permissions)*int(cellCount))
}

// write adds what a pattern does to the effects.
func (c *compiler) write(to effects, place, pattern string, effect Effect) {
	ids, sel := c.pattern(place, pattern)
	for _, id := range ids {
		to.add(id, sel, effect)
	}
}

// roles reads role templates, which only allow.
func (c *compiler) roles(kind string, roles []Role) map[string]effects {
	out := make(map[string]effects, len(roles))
	for _, role := range roles {
		if !once(c, out, kind, role.Name) {
			continue
		}
		out[role.Name] = c.noEffects()
		for _, pattern := range role.Allow {
			c.write(out[role.Name], kind+" "+role.Name, pattern, Allow)
		}
	}
	return out
}

// override returns what the roles mean where the overrides hold: any effect
// of an override on a cell stands before the template's. Roles without an
// override are shared with the templates.
func (c *compiler) override(place string, templates map[string]effects, overrides []Override) map[string]effects {
	written := map[string]effects{}
	for _, o := range overrides {
		at := place + "override of role " + o.Role
		if _, known := templates[o.Role]; !known {
			c.fault("%s: unknown role", at)
			continue
		}
		if o.Effect != Allow && o.Effect != Remove && o.Effect != Deny {
			c.fault("%s: an override allows, removes or denies", at)
			continue
		}
		if written[o.Role] == nil {
			written[o.Role] = c.noEffects()
		}
		c.write(written[o.Role], at, o.Pattern, o.Effect)
	}
	return laidOver(templates, written)
}

func laidOver(templates, written map[string]effects) map[string]effects {
	out := make(map[string]effects, len(templates))
	for role, template := range templates {
		out[role] = template
		over := written[role]
		if over == nil {
			continue
		}
		for i, effect := range over {
			if effect == 0 {
				over[i] = template[i]
			}
		}
		out[role] = over
	}
	return out
}
