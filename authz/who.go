package authz

import "slices"

// Who returns the ids of the users who pass Check, sorted; keys do not count.
func (p *Policy) Who(permission string, r Resource, now int64) []string {
	var ids []string
	everybody := p.anyAccountMay(permission, r, now)
	in := p.projectOf(r.Project)
	for user := range uint32(len(p.accounts)) {
		if !everybody && !p.hasMore(user, in, &r) {
			continue
		}
		id := p.userID(user)
		if p.Check(Subject{Kind: Person, ID: id}, permission, r, now).Allowed {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// hasMore says whether a user is more, to a thing, than any account.
func (p *Policy) hasMore(user uint32, in *project, r *Resource) bool {
	account := &p.accounts[user]
	return account.superuser || account.site != ofAccounts || in.has(user) || r.Owner != "" && r.Owner == p.userID(user)
}

// anyAccountMay asks for somebody who holds nothing and owns nothing.
func (p *Policy) anyAccountMay(permission string, r Resource, now int64) bool {
	q := p.question(&words{&Subject{}, &r, &permission})
	a := asking{Policy: p, Question: &q, now: now, half: others, site: p.sites[ofAccounts].at(now)}
	says, _ := a.asked(p.find(permission))
	return says.allowed()
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
