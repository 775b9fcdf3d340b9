package authz

import "slices"

// Reread decides as Explain reads: by the source as it was written, rule by
// rule, without a look at what was compiled. Explain itself takes its verdict
// from Check, so only this notices when its reasons are another's. Nodes are
// told apart by what is lent to them, and not decided.
func (p *Policy) Reread(s Subject, permission string, r Resource, now int64) Decision {
	rd := readingOf(&p.source, s, r, now)
	meant := namesakes(rd.source, permission)
	switch look := s.Preview; {
	case s.Kind > Local || s.Kind == Person && !rd.enabled(s.ID):
		return Decision{Rule: 1, Permission: permission}
	case r.Visibility > Public:
		return Decision{Rule: 2, Permission: permission}
	case s.Kind == Person && look != nil && ((look.User == "") == (look.Role == "") || look.Role == "" && !rd.enabled(look.User)):
		return Decision{Rule: 1, Permission: permission}
	case s.Kind == Person && look != nil && look.Role != "" && !rd.hasRole(look.Role), len(meant) == 0:
		return Decision{Rule: 2, Permission: permission}
	}
	answers := make([]Decision, 0, len(meant))
	for _, perm := range meant {
		answers = append(answers, p.reread(rd, perm))
	}
	if i := slices.IndexFunc(answers, func(d Decision) bool { return !d.Allowed }); i >= 0 {
		return answers[i]
	}
	return answers[0]
}

func (rd *reading) hasRole(name string) bool {
	is := func(r Role) bool { return r.Name == name }
	return name == roleAnonymous || name == roleSignedIn ||
		slices.ContainsFunc(rd.source.Roles, is) || slices.ContainsFunc(rd.source.SiteRoles, is)
}

func (p *Policy) reread(rd *reading, perm Permission) Decision {
	switch {
	case rd.asker.Kind == System:
		return rd.looped(perm)
	case rd.asker.Kind == Person && rd.asker.Preview != nil:
		return p.previewed(rd, perm)
	}
	d := rd.find(perm).Decision
	d.Permission = perm.Name
	for _, need := range p.namesOf(p.permissions[p.find(perm.Name)].needs) { // the order says which is reported
		if d.Allowed && !rd.find(named(rd.source, need)).Allowed {
			return Decision{Rule: 15, Permission: need}
		}
	}
	return d
}

func (rd *reading) looped(perm Permission) Decision {
	switch {
	case perm.Never:
		return Decision{Rule: 3, Permission: perm.Name}
	case len(rd.loop(perm)) == 0:
		return Decision{Rule: 14, Permission: perm.Name}
	}
	return Decision{Allowed: true, Rule: 13, Permission: perm.Name}
}

// previewed asks the parts that explainPreview explains.
func (p *Policy) previewed(rd *reading, perm Permission) Decision {
	there, as := p.target(rd)
	d := there.Reread(as, perm.Name, rd.thing, rd.now)
	may := perm.Reads || rd.inEveryPreview(d)
	viewer := rd.asker
	viewer.Preview = nil
	for _, kind := range viewed(rd.asker.Preview) {
		may = may && p.Reread(viewer, perm.Name, kind.of(rd.thing, viewer.ID), rd.now).Allowed
	}
	if d.Allowed && !may {
		return Decision{Rule: 5, Permission: perm.Name}
	}
	return d
}
