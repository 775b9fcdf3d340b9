package authz

import "slices"

// walk goes through the source for one permission, one subject and one thing.
type walk struct {
	policy *Policy
	asking *asking
	id     permID
	now    int64
	list   []Considered
}

func (w *walk) add(one Considered) {
	one.Live = one.live(w.now)
	w.list = append(w.list, one)
}

// decided says whether something considered is what the decision rests on.
func (w *walk) decided(one Considered, basis Decision) bool {
	effect := Deny
	if basis.Allowed {
		effect = Allow
	}
	near := one.Collection == "" || one.Collection == w.asking.thing.Collection
	shows := one.Rule == 10 && basis.Allowed // the title shows wherever it is held
	return one.Live && one.Rule == basis.Rule && one.Effect == effect && (near || shows) && w.opens(one, basis)
}

// opens is false for what cannot open others' private things: grants that do
// not name the collection, where it is not the private counterpart that is
// asked.
func (w *walk) opens(one Considered, basis Decision) bool {
	perm := &w.policy.permissions[w.id]
	shut := perm.private != noPermission && w.asking.thing.Visibility == Private && w.asking.cell == others
	return !shut || !basis.Allowed || one.Collection != ""
}

// site looks at site roles and site entries.
func (w *walk) site() {
	src, s := &w.policy.source, w.asking.subject
	w.siteRole(roleAnonymous, "", Interval{})
	if s.Kind == Person {
		w.siteRole(roleSignedIn, "", Interval{})
	}
	for _, m := range src.SiteMembers {
		if w.concerns(m) {
			w.siteRole(m.Role, m.Team, m.Interval)
		}
	}
	for _, e := range src.SiteEntries {
		if s.Kind == Person && e.User == s.ID && w.speaks(e.Pattern) {
			w.add(Considered{Rule: siteRule(e.Effect), Pattern: e.Pattern, Effect: e.Effect, Interval: e.Interval})
		}
	}
}

func siteRule(e Effect) Rule {
	if e == Deny {
		return 9
	}
	return 13
}

func (w *walk) siteRole(name, team string, during Interval) {
	one := Considered{Role: name, Team: team, Interval: during}
	w.role(&one, w.policy.source.SiteRoles, w.policy.source.SiteOverrides)
	one.Rule = siteRule(one.Effect)
	if name == roleAnonymous {
		if one.Effect == Allow {
			one.Rule = 7
		}
		if one.Effect == Deny && w.asking.subject.Kind == Person {
			return // its denies bind strangers only
		}
		if one.Effect == Allow && !w.policy.permissions[w.id].PublicOK {
			return
		}
	}
	w.add(one)
}

// project looks at memberships and entries of the thing's project.
func (w *walk) project() {
	if w.policy.permissions[w.id].Level == OnSite {
		return
	}
	for i := range w.policy.source.Projects {
		if src := &w.policy.source.Projects[i]; src.ID == w.asking.thing.Project {
			w.members(src)
			w.entries(src)
		}
	}
}

func (w *walk) members(src *Project) {
	for _, m := range src.Members {
		if !w.concerns(m) {
			continue
		}
		one := Considered{
			Rule: 12, Role: m.Role, Team: m.Team,
			Project: src.ID, Collection: m.Collection, Interval: m.Interval,
		}
		for _, o := range src.Overrides {
			if ban := banOf(o.Pattern, o.Effect); o.Role == m.Role && ban.has(w.asking.cell) {
				w.ban(one, o.Pattern, true)
			}
		}
		w.role(&one, w.policy.source.Roles, src.Overrides)
		w.title(&one, true)
		w.add(one)
	}
}

func (w *walk) entries(src *Project) {
	s := w.asking.subject
	for _, e := range src.Entries {
		if s.Kind != Person || e.User != s.ID {
			continue
		}
		one := Considered{Rule: 11, Project: src.ID, Collection: e.Collection, Interval: e.Interval}
		if ban := banOf(e.Pattern, e.Effect); ban.has(w.asking.cell) {
			w.ban(one, e.Pattern, false)
			continue
		}
		if one.Pattern = e.Pattern; w.speaks(e.Pattern) {
			one.Effect = e.Effect
		}
		if w.title(&one, e.Effect == Allow); one.Effect != 0 {
			w.add(one)
		}
	}
}

// ban notes a deny of the project as a whole (R10).
func (w *walk) ban(one Considered, pattern string, override bool) {
	one.Rule, one.Pattern, one.Override, one.Effect = 10, pattern, override, Deny
	w.add(one)
}

// title turns what is held into what it means for ProjectView: any role and
// any allow shows the title, and none hides it (R10).
func (w *walk) title(one *Considered, shows bool) {
	if w.id != w.policy.view {
		return
	}
	one.Rule, one.Effect = 10, 0
	if shows {
		one.Effect = Allow
	}
}

// concerns says whether a membership is the subject's.
func (w *walk) concerns(m Member) bool {
	s := w.asking.subject
	if s.Kind != Person {
		return false
	}
	if m.Team == "" {
		return m.User == s.ID
	}
	return slices.ContainsFunc(w.policy.source.Teams, func(t Team) bool {
		return t.ID == m.Team && slices.Contains(t.Users, s.ID)
	})
}

func (w *walk) speaks(pattern string) bool {
	return w.policy.speaksOf(pattern, w.id, w.asking.cell)
}

// role finds what a role says: its overrides first, deny over allow over
// remove, then its template.
func (w *walk) role(one *Considered, templates []Role, overrides []Override) {
	for _, o := range overrides {
		if o.Role == one.Role && w.speaks(o.Pattern) && o.Effect.beats(one.Effect) {
			one.Pattern, one.Effect, one.Override = o.Pattern, o.Effect, true
		}
	}
	if one.Effect != 0 {
		return
	}
	for _, t := range templates {
		for _, pattern := range t.Allow {
			if t.Name == one.Role && w.speaks(pattern) {
				one.Pattern, one.Effect = pattern, Allow
			}
		}
	}
}
