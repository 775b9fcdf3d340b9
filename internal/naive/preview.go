package naive

import (
	"slices"

	. "github.com/remit-server/remit/authz" // its words, so that this reads like the rules
)

// seen is a permission in a preview (R23): what the other may if it only looks or is public, and if the viewer may too. To look
// as a person takes that on own and on others' things alike, for what is whose is not the same to both.
func (q question) seen(p Permission) Decision {
	w := q.World // as it is, for the viewer
	viewer, mine, others, user, role := q.s, q.r, q.r, q.s.Preview.User, q.s.Preview.Role
	viewer.Preview, q.s.Caps = nil, nil
	if user != "" {
		q.me, q.owner, mine.Owner, others.Owner = user, user, q.s.ID, ""
	} else if q.me = "one who has the role"; has(q.Roles, isRole(role)) {
		q.in.Members = append(slices.Clip(q.in.Members), Member{User: q.me, Role: role})
	} else if role != "anonymous" { // nobody is a member of that; signed_in everybody has
		q.SiteMembers = append(slices.Clip(q.SiteMembers), Member{User: q.me, Role: role})
	}
	d := q.whole(p)
	shown := p.Reads || d.Rule == 7 || d.Rule == 10 && q.in.HasPublic || d.Rule == 10 && len(q.in.Public) > 0
	if d.Allowed && !(shown && w.check(viewer, p, mine).Allowed && w.check(viewer, p, others).Allowed) {
		return Decision{Rule: 5, Permission: p.Name}
	}
	return d
}
