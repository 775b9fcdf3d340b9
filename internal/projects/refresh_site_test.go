package projects_test

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/projects"
)

// stepOnSite changes something by chance of teams, of what is held on the site,
// or of which roles there are.
func (s *site) stepOnSite(by *projects.Service, slug, user string) (err error) {
	ctx, team := s.Context(), pick(s, "red", "blue")
	switch s.IntN(12) {
	case 0:
		_, err = by.CreateTeam(ctx, setup, projects.NewTeam{Name: team})
	case 1, 2:
		_, err = by.AddToTeam(ctx, setup, team, user)
	case 3:
		_, err = by.RemoveFromTeam(ctx, setup, team, user)
	case 4:
		err = by.DeleteTeam(ctx, setup, team)
	case 5:
		_, err = by.AddMember(ctx, setup, slug, projects.NewMember{Team: team, Roles: []string{pick(s, "owner", "reader", "worker")}, Until: s.when()})
	case 6:
		_, err = by.CreateRole(ctx, setup, remit.Role{Name: pick(s, "night", "day"), Site: true, Allow: []string{s.pattern(), "user:read"}})
	case 7:
		_, err = by.AddSiteMember(ctx, setup, projects.NewSiteMember{Team: team, Role: pick(s, "night", "day"), From: s.when(), Until: s.when()})
	case 8:
		_, err = by.AddSiteEntry(ctx, setup, remit.Entry{User: user, Permission: s.pattern(), Effect: pick(s, "allow", "deny"), Until: s.when()})
	case 9:
		err = by.SetSiteOverride(ctx, setup, remit.Override{Role: pick(s, "night", "signed_in"), Permission: s.pattern(), Effect: pick(s, "allow", "deny", "remove", "inherit")})
	case 10:
		_, err = by.Reserve(ctx, setup, pick(s, "job:read", "job:claim", "access:grant"), pick(s, "reserved", "opened", "default"))
	default:
		return s.stepOfRoles(by, slug)
	}
	return err
}

func (s *site) stepOfRoles(by *projects.Service, slug string) (err error) {
	role := pick(s, "drummer", "singer")
	switch s.IntN(4) {
	case 0:
		return by.DeleteRole(s.Context(), setup, role)
	case 1:
		return s.changeMember(by, slug)
	case 2:
		return by.LeaveProject(s.Context(), s.person(pick(s, s.users...)), slug)
	default:
		_, err = by.CreateRole(s.Context(), setup, remit.Role{Name: role, Allow: []string{s.pattern()}})
		return err
	}
}

func (s *site) changeMember(by *projects.Service, slug string) error {
	page, err := by.Members(s.Context(), setup, slug, 0, "")
	if err != nil || len(page.Items) == 0 {
		return err
	}
	_, err = by.UpdateMember(s.Context(), setup, slug, pick(s, page.Items...).ID,
		projects.MemberPatch{Roles: []string{pick(s, "owner", "reader", "worker")}, Until: &projects.Bound{At: s.when()}})
	return err
}
