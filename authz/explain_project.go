package authz

import "slices"

// members reads the roles held in the project: what each says (R12), its bans,
// and that holding any shows the title (R10).
func (rd *reading) members(perm Permission) []Considered {
	var list []Considered
	for _, m := range rd.project.Members {
		if !rd.concerns(m) {
			continue
		}
		base := Considered{
			Permission: perm.Name, Rule: 12, Role: m.Role, Team: m.Team,
			Project: rd.project.ID, Collection: m.Collection, Interval: m.Interval, Membership: m.Note,
		}
		list = append(list, rd.roleBans(base, perm)...)
		if perm.isView() {
			base.Rule, base.Effect = 10, Allow
			list = append(list, rd.hush(base, perm, rd.own))
			continue
		}
		list = append(list, rd.role(base, perm, rd.source.Roles, rd.project.Overrides, rd.own)...)
	}
	return list
}

// roleBans lists the overrides by which a role bans its holders (R10).
func (rd *reading) roleBans(base Considered, perm Permission) []Considered {
	var list []Considered
	for _, o := range rd.project.Overrides {
		if o.Role == base.Role && bans(rd.source, o.Pattern, o.Effect) {
			ban := base
			ban.Rule, ban.Pattern, ban.Override, ban.Effect, ban.Note = 10, o.Pattern, true, Deny, o.Note
			list = append(list, rd.hush(ban, perm, rd.own))
		}
	}
	return list
}

// entries reads the asker's personal entries: bans, and R11. Any allow shows
// the title, and no deny but a ban hides it (R10).
func (rd *reading) entries(perm Permission) []Considered {
	var list []Considered
	for _, e := range rd.project.Entries {
		c := entryOf(e, rd.project.ID)
		ban := bans(rd.source, e.Pattern, e.Effect)
		shows := perm.isView() && e.Effect == Allow
		if e.User != rd.asker.ID || !ban && !shows && !perm.touches(e.Pattern) {
			continue
		}
		if c.Rule = 11; ban || shows {
			c.Rule = 10
		}
		if c = rd.hush(c, perm, rd.own); perm.isView() && !ban && !shows && c.Why == "" {
			c.Why = "only a deny that names " + ProjectView + " hides the title"
		}
		list = append(list, c)
	}
	return list
}

func entryOf(e Entry, project string) Considered {
	return Considered{
		Project: project, Collection: e.Collection, Pattern: e.Pattern,
		Effect: e.Effect, Interval: e.Interval, Note: e.Note,
	}
}

// role reads what a role says where the overrides hold: any that speaks of
// this stands before the template, and of several the strongest counts.
func (rd *reading) role(base Considered, perm Permission, templates []Role, overrides []Override, own bool) []Considered {
	list, strongest := rd.overrides(base, perm, overrides, own)
	for _, t := range templates {
		for _, pattern := range t.Allow {
			if t.Name != base.Role || !perm.touches(pattern) {
				continue
			}
			c := base
			c.Pattern, c.Effect = pattern, Allow
			if c = rd.hush(c, perm, own); c.Why == "" && strongest != 0 {
				c.Why = "an override of the role stands before its template"
			}
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		list = append(list, rd.hush(base, perm, own))
	}
	return list
}

// overrides reads those of one role, and returns the strongest effect that is
// read for this thing: deny, else allow, else remove, else 0.
func (rd *reading) overrides(base Considered, perm Permission, overrides []Override, own bool) ([]Considered, Effect) {
	var list []Considered
	var found []Effect
	for _, o := range overrides {
		if o.Role != base.Role || !perm.touches(o.Pattern) {
			continue
		}
		c := base
		c.Pattern, c.Override, c.Effect, c.Note = o.Pattern, true, o.Effect, o.Note
		list = append(list, rd.hush(c, perm, own))
		if reaches(o.Pattern, own) {
			found = append(found, o.Effect)
		}
	}
	strongest := strongestOf(found)
	for i := range list {
		if c := &list[i]; c.Why == "" && c.Effect != strongest {
			c.Why = "another override of the role is stronger"
		}
	}
	return list, strongest
}

func strongestOf(found []Effect) Effect {
	for _, e := range []Effect{Deny, Allow, Remove} {
		if slices.Contains(found, e) {
			return e
		}
	}
	return 0
}

func whose(own bool) string {
	if own {
		return "own"
	}
	return "others'"
}

// hush completes something considered, with the reason why it is silent here.
// The title shows whatever the collection, and whosever the thing.
func (rd *reading) hush(c Considered, perm Permission, own bool) Considered {
	title := c.Rule == 10 && c.Effect == Allow
	c.Permission = perm.Name
	c.Live = c.live(rd.now)
	switch {
	case c.Effect == 0:
		c.Why = "says nothing about this"
	case !c.Live && c.Until != 0 && c.Until <= rd.now:
		c.Why = "no longer live"
	case !c.Live:
		c.Why = "not live yet"
	case !title && !reaches(c.Pattern, own):
		c.Why = "speaks only of " + whose(!own) + " things"
	case !title && c.Collection != "" && c.Collection != rd.thing.Collection:
		c.Why = "holds in another collection only"
	}
	return c
}
