package authz

import "slices"

// walk lists what speaks of a permission, or could: what is silent has its
// reason already, the rest is for settle.
func (rd *reading) walk(perm Permission) []Considered {
	list := rd.strangers(perm)
	if rd.asker.Kind == Person {
		list = append(list, rd.onSite(perm)...)
	}
	if rd.project == nil {
		return list
	}
	list = append(list, rd.public(perm)...)
	if rd.asker.Kind == Person && perm.Level == InProject {
		list = append(list, rd.members(perm)...)
		list = append(list, rd.entries(perm)...)
	}
	return list
}

// strangers reads the site role anonymous: what it allows is public (R7), what
// it denies binds only those who are not signed in (R9). Nothing is theirs.
func (rd *reading) strangers(perm Permission) []Considered {
	list := rd.role(Considered{Role: roleAnonymous}, perm, rd.source.SiteRoles, rd.source.SiteOverrides, false)
	stranger := rd.asker.Kind == Anonymous || rd.asker.Kind == Bearer
	for i := range list {
		c := &list[i]
		if c.Rule = siteRule(c.Effect); c.Effect == Allow {
			c.Rule = 7
			rd.unlessPrivate(c)
		}
	}
	return slices.DeleteFunc(list, func(c Considered) bool {
		return c.Effect == 0 || c.Effect == Allow && !perm.PublicOK || c.Effect != Allow && !stranger
	})
}

// onSite reads what a person holds on the whole site.
func (rd *reading) onSite(perm Permission) []Considered {
	signedIn := rd.role(Considered{Role: roleSignedIn}, perm, rd.source.SiteRoles, rd.source.SiteOverrides, rd.own)
	list := slices.DeleteFunc(signedIn, func(c Considered) bool { return c.Effect == 0 })
	for _, m := range rd.source.SiteMembers {
		if rd.concerns(m) {
			base := Considered{Role: m.Role, Team: m.Team, Interval: m.Interval, Membership: m.Note}
			list = append(list, rd.role(base, perm, rd.source.SiteRoles, rd.source.SiteOverrides, rd.own)...)
		}
	}
	for _, e := range rd.source.SiteEntries {
		if e.User == rd.asker.ID && perm.touches(e.Pattern) {
			list = append(list, rd.hush(entryOf(e, ""), perm, rd.own))
		}
	}
	for i := range list {
		list[i].Rule = siteRule(list[i].Effect)
	}
	return list
}

func siteRule(e Effect) Rule {
	if e == Deny {
		return 9
	}
	return 13
}

// public reads what everybody may do in the project. It shows the title too.
func (rd *reading) public(perm Permission) []Considered {
	var list []Considered
	for _, name := range rd.project.Public {
		c := Considered{
			Permission: perm.Name, Rule: 7, Project: rd.project.ID, Pattern: name, Public: true, Effect: Allow, Live: true,
		}
		switch {
		case perm.isView() && (rd.thing.Visibility == Private || !perm.goesBy(name)):
			c.Rule = 10
			list = append(list, c)
		case perm.goesBy(name):
			rd.unlessPrivate(&c)
			list = append(list, c)
		}
	}
	return list
}

func (rd *reading) unlessPrivate(c *Considered) {
	if rd.thing.Visibility == Private && c.Why == "" {
		c.Why = "private things are never public"
	}
}

// concerns says whether a membership is the asker's.
func (rd *reading) concerns(m Member) bool {
	if m.Team == "" {
		return m.User == rd.asker.ID
	}
	return slices.ContainsFunc(rd.source.Teams, func(t Team) bool {
		return t.ID == m.Team && slices.Contains(t.Users, rd.asker.ID)
	})
}

// order is R9 to R13 as far as something written decides them: the first that
// is met decides.
var order = []Decision{
	{Rule: 9},
	{Rule: 10},
	{Rule: 10, Allowed: true},
	{Rule: 11},
	{Rule: 11, Allowed: true},
	{Rule: 12},
	{Rule: 12, Allowed: true},
	{Rule: 13, Allowed: true},
}

// layers decides by what was considered and not silenced.
func layers(list []Considered) Decision {
	for _, d := range order {
		if holds(list, d.Rule, effectOf(d)) {
			return d
		}
	}
	return Decision{Rule: 14}
}

// effectOf is what something must do to be what a decision rests on.
func effectOf(d Decision) Effect {
	if d.Allowed {
		return Allow
	}
	return Deny
}

// holds says whether something not silenced does this under this rule.
func holds(list []Considered, rule Rule, effect Effect) bool {
	return slices.ContainsFunc(list, func(c Considered) bool {
		return c.Why == "" && c.Rule == rule && c.Effect == effect
	})
}

// inCollection is what grants that name the thing's collection allow of
// others' private things: not against a deny of the same kind or stronger.
func inCollection(list []Considered) Decision {
	near := slices.DeleteFunc(slices.Clone(list), func(c Considered) bool {
		return c.Effect == Allow && c.Collection == ""
	})
	if d := layers(near); d.Allowed && (d.Rule == 11 || d.Rule == 12) {
		return d
	}
	return Decision{}
}

// settle marks what the decision rests on and says of the rest why it does
// not. By collection, only what names one can be it.
func settle(list []Considered, d Decision, byCollection bool) {
	for i := range list {
		c := &list[i]
		switch {
		case c.Why != "":
		case byCollection && c.Collection == "":
			c.Why = "does not name the collection"
		case c.Rule == d.Rule && c.Effect == effectOf(d):
			c.Decided = true
		default:
			c.Why = overruled(*c, d)
		}
	}
}

// silence gives what is left, decided or not, a reason why it did not decide.
func silence(list []Considered, reason string) {
	for i := range list {
		if c := &list[i]; c.Why == "" {
			c.Decided, c.Why = false, reason
		}
	}
}
