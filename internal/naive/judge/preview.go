package judge

import (
	"slices"

	. "github.com/remit-server/remit/authz" // its words, so that this reads like the rules
	. "github.com/remit-server/remit/internal/naive/lists"
)

// preview is a permission in a preview (R23): what the other may if it only looks or is public, and if the viewer may too. To look
// as a person takes that on own and on others' things alike, for what is whose is not the same to both.
func (w World) preview(s Subject, p Permission, r Resource) Decision {
	viewer, look, mine, others := s, s.Preview, r, r
	viewer.Preview = nil
	d := w.check(Subject{Kind: Person, ID: look.User}, p, r)
	if look.User != "" {
		mine.Owner, others.Owner = s.ID, ""
	} else {
		d = w.asRole(s.ID, look.Role, p, r)
	}
	in := Find(w.Projects, func(in Project) bool { return in.ID == r.Project })
	shown := p.Reads || d.Rule == 7 || d.Rule == 10 && (in.HasPublic || len(in.Public) > 0)
	if d.Allowed && !(shown && w.check(viewer, p, mine).Allowed && w.check(viewer, p, others).Allowed) {
		return Decision{Rule: 5, Permission: p.Name}
	}
	return d
}

// asRole asks for somebody who has nothing but a role. The viewer's own things stay own.
func (w World) asRole(viewer, role string, p Permission, r Resource) Decision {
	holder := Member{User: "one who has the role", Role: role}
	w.Users = append(slices.Clip(w.Users), User{ID: holder.User})
	if r.Owner == viewer {
		r.Owner = holder.User
	}
	if Has(w.Roles, named(role)) {
		w.Projects = slices.Clone(w.Projects)
		for i := range w.Projects {
			w.Projects[i].Members = append(slices.Clip(w.Projects[i].Members), holder)
		}
	} else if role != "anonymous" { // nobody is a member of that; signed_in everybody has
		w.SiteMembers = append(slices.Clip(w.SiteMembers), holder)
	}
	return w.check(Subject{Kind: Person, ID: holder.User}, p, r)
}

// barred is R1, and R2 for visibilities and for a role to look as (R23): what is so whatever is asked.
func (w World) barred(s Subject, r Resource) Rule {
	look := Preview{User: s.ID}
	if s.Preview != nil {
		look = *s.Preview
	}
	gone := func(id string) bool { return !Has(w.Users, func(u User) bool { return u.ID == id && !u.Disabled }) }
	switch person := s.Kind == Person; {
	case person && gone(s.ID):
		return 1
	case r.Visibility > Public:
		return 2
	case person && ((look.User == "") == (look.Role == "") || look.Role == "" && gone(look.User)):
		return 1
	case person && look.Role != "" && !Has(slices.Concat(w.Roles, w.SiteRoles), named(look.Role)):
		return 2
	}
	return 0
}

func named(role string) func(Role) bool { return func(r Role) bool { return r.Name == role } }
