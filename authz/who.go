package authz

// Who returns the ids of the users who pass Check, sorted; keys do not count.
func (p *Policy) Who(permission string, r Resource, now int64) []string {
	var ids []string
	for _, id := range p.userIDs {
		if p.Check(Subject{Kind: Person, ID: id}, permission, r, now).Allowed {
			ids = append(ids, id)
		}
	}
	return ids
}

// Permissions returns the full names of what the subject holds in a project,
// or on the site for "", sorted. "@own" or "@others" is added when it is held
// for these things only.
func (p *Policy) Permissions(s Subject, project string, now int64) []string {
	level := InProject
	if project == "" {
		level = OnSite
	}
	var names []string
	for i := range p.permissions {
		perm := &p.permissions[i]
		if perm.Level != level {
			continue
		}
		own, others := p.Cells(s, perm.Name, project, now)
		switch {
		case own.Allowed && others.Allowed:
			names = append(names, perm.Name)
		case own.Allowed:
			names = append(names, perm.Name+"@own")
		case others.Allowed:
			names = append(names, perm.Name+"@others")
		}
	}
	return names
}
