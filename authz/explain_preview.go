package authz

import (
	"reflect"
	"slices"
)

// explainPreview explains R23: the target's side, and the viewer's where it
// was asked.
func (p *Policy) explainPreview(x *Explanation, rd *reading) {
	there, as := p.target(rd)
	target := there.Explain(as, x.Asked, rd.thing, rd.now)
	x.Parts = []Part{{PartTarget, target}}
	switch public := rd.inEveryPreview(target.Decision); {
	case !target.Allowed:
		x.Detail = "whom the preview shows may not"
		return
	case !public && !named(rd.source, x.Asked).Reads:
		x.Detail = "a preview only reads"
		return
	case !x.Allowed:
		x.Detail = "whom the preview shows may, but the viewer may not"
	case public:
		x.Detail = "public"
	default:
		x.Detail = "whom the preview shows may, and so may the viewer"
	}
	x.Parts = append(x.Parts, p.explainViewer(x, rd)...)
}

// inEveryPreview says whether a target may something because everybody may.
func (rd *reading) inEveryPreview(target Decision) bool {
	return target.Rule == 7 || target.Rule == 10 && rd.open()
}

// target is whom a preview shows, and the policy by which to ask about them. A
// role is the viewer as they would be who held just that role.
func (p *Policy) target(rd *reading) (*Policy, Subject) {
	look, as := rd.asker.Preview, Subject{Kind: Person, ID: rd.asker.Preview.User}
	if look.Role != "" {
		as.ID = rd.asker.ID
		p, _ = p.Recompile(p.holding(as.ID, look.Role, rd.thing.Project)) // part of a good source is good
	}
	return p, as
}

// explainViewer explains whether the viewer may it themselves: of what must
// hold for own and for others' things what does not, or both if both do; once
// where it is all the same.
func (p *Policy) explainViewer(x *Explanation, rd *reading) []Part {
	viewer := rd.asker
	viewer.Preview = nil
	var all []Part
	for _, kind := range viewed(rd.asker.Preview) {
		all = append(all, Part{kind, p.Explain(viewer, x.Asked, kind.of(rd.thing, viewer.ID), rd.now)})
	}
	if reflect.DeepEqual(all[0].Explanation, all[len(all)-1].Explanation) {
		return []Part{{PartViewer, all[0].Explanation}}
	}
	return those(all, func(part Part) bool { return part.Allowed == x.Allowed })
}

// viewed is what the viewer is asked about. What is own to a person is not so
// to the viewer, hence both.
func viewed(look *Preview) []PartKind {
	if look.User == "" {
		return []PartKind{PartViewer}
	}
	return []PartKind{PartViewerOwn, PartViewerOthers}
}

// of is the thing that a part is about, of the one that was asked about.
func (k PartKind) of(r Resource, user string) Resource {
	switch k {
	case PartViewerOwn:
		r.Owner = user
	case PartViewerOthers:
		r.Owner = ""
	}
	return r
}

// holding is a source in which an account holds just one role: in the project,
// or on the site when no project role has the name.
func (p *Policy) holding(user, role, project string) Source {
	src := p.about([]string{user}, project)
	src.Users, src.Teams, src.SiteMembers, src.SiteEntries = []User{{ID: user}}, nil, nil, nil
	only := []Member{{User: user, Role: role}}
	ofProject := slices.ContainsFunc(src.Roles, func(r Role) bool { return r.Name == role })
	if !ofProject && role != roleAnonymous && role != roleSignedIn {
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
