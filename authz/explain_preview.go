package authz

import "slices"

// explainPreview explains R23: the target's side, and the viewer's where it
// was asked.
func (p *Policy) explainPreview(x *Explanation, rd *reading) {
	target := p.explainTarget(x.Asked, rd)
	x.Parts = []Part{{PartTarget, target}}
	perm := named(rd.source, x.Asked)
	switch {
	case !target.Allowed:
		x.Detail = "whom the preview shows may not"
	case x.Allowed && (x.Rule == 7 || x.Rule == 10 && rd.open()):
		x.Detail = "public"
	case !perm.Reads:
		x.Detail = "a preview only reads"
	default:
		viewer := rd.asker
		viewer.Preview = nil
		x.Parts = append(x.Parts, Part{PartViewer, p.Explain(viewer, x.Asked, rd.thing, rd.now)})
		x.Detail = seesToo(x.Allowed)
	}
}

func seesToo(allowed bool) string {
	if allowed {
		return "whom the preview shows may, and so may the viewer"
	}
	return "whom the preview shows may, but the viewer may not"
}

// explainTarget explains the side of the previewed. A role is explained as the
// viewer would be who held just that role.
func (p *Policy) explainTarget(permission string, rd *reading) Explanation {
	target := Subject{Kind: Person, ID: rd.asker.Preview.User}
	if role := rd.asker.Preview.Role; role != "" {
		target.ID = rd.asker.ID
		p, _ = p.Recompile(p.holding(target.ID, role, rd.thing.Project)) // part of a good source is good
	}
	return p.Explain(target, permission, rd.thing, rd.now)
}

// holding is a source in which an account holds just one role: in the project,
// or on the site when no project role has the name.
func (p *Policy) holding(user, role, project string) Source {
	src := p.about([]string{user}, project)
	src.Users, src.Teams, src.SiteMembers, src.SiteEntries = []User{{ID: user}}, nil, nil, nil
	only := []Member{{User: user, Role: role}}
	ofProject := slices.ContainsFunc(src.Roles, func(r Role) bool { return r.Name == role })
	if !ofProject && role != strangersRole && role != everyonesRole {
		src.SiteMembers = only
	}
	for i := range src.Projects {
		src.Projects[i].Members, src.Projects[i].Entries = nil, nil
		if ofProject {
			src.Projects[i].Members = only
		}
	}
	return src
}

// about is as much of the source as questions of some accounts in one project
// can depend on, so that compiling it costs the same on sites of every size.
func (p *Policy) about(users []string, project string) Source {
	src := p.source
	src.Users = those(src.Users, func(u User) bool { return slices.Contains(users, u.ID) })
	src.Teams = nil
	for _, t := range p.source.Teams {
		if t.Users = those(t.Users, func(id string) bool { return slices.Contains(users, id) }); len(t.Users) > 0 {
			src.Teams = append(src.Teams, t)
		}
	}
	concerns := func(m Member) bool {
		inTeam := slices.ContainsFunc(src.Teams, func(t Team) bool { return t.ID == m.Team })
		return inTeam || m.Team == "" && slices.Contains(users, m.User)
	}
	is := func(e Entry) bool { return slices.Contains(users, e.User) }
	src.SiteMembers, src.SiteEntries = those(src.SiteMembers, concerns), those(src.SiteEntries, is)
	src.Projects = those(src.Projects, func(p Project) bool { return p.ID == project })
	for i, one := range src.Projects {
		src.Projects[i].Members, src.Projects[i].Entries = those(one.Members, concerns), those(one.Entries, is)
	}
	return src
}

// those are the elements that are asked for, in a list of their own.
func those[T any](list []T, asked func(T) bool) []T {
	var some []T
	for _, one := range list {
		if asked(one) {
			some = append(some, one)
		}
	}
	return some
}
