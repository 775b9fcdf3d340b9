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
	list := rd.role(Considered{Role: strangersRole}, perm, rd.source.SiteRoles, rd.source.SiteOverrides, false)
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
	signedIn := rd.role(Considered{Role: everyonesRole}, perm, rd.source.SiteRoles, rd.source.SiteOverrides, rd.own)
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
