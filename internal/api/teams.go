package api

import (
	"context"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/projects"
)

// InTeam is a user of a team in a path.
type InTeam struct {
	ByName
	User string `path:"user"`
}

func (a *api) teamRoutes() {
	const team, member = "/api/v1/teams/{name}", "/api/v1/projects/{slug}/members/"
	handle(a, on(get, "/api/v1/teams", "List teams", "team.list"), a.teams)
	handle(a, on(post, "/api/v1/teams", "Make a team", "team.create").answers(201), a.createTeam)
	handle(a, on(get, team, "Show a team", "team.read"), a.team)
	handle(a, on(patch, team, "Rename a team", "team.update"), a.updateTeam)
	handle(a, on(remove, team, "Delete a team, with all that it holds", "team.delete").answers(204), a.deleteTeam)
	handle(a, on(put, team+"/users/{user}", "Put somebody into a team", "team.update").named("team.user.add"), a.addToTeam)
	handle(a, on(remove, team+"/users/{user}", "Take somebody out of a team", "team.update").named("team.user.remove"), a.removeFromTeam)
	handle(a, on(patch, member+"{id}", "Change a membership", "member.update"), a.updateMember)
	handle(a, on(post, member+"leave", "Leave a project", "member.leave").answers(204), a.leave)
}

func (a *api) teams(ctx context.Context, who authz.Subject, in *Paging) (*answer[remit.Page[remit.Team]], error) {
	page, err := a.Projects.Teams(ctx, who, in.Limit, in.After)
	return &answer[remit.Page[remit.Team]]{page}, err
}

func (a *api) createTeam(ctx context.Context, who authz.Subject, in *Input[client.NewTeam]) (*made[remit.Team], error) {
	t, err := a.Projects.CreateTeam(ctx, who, projects.NewTeam(in.Body))
	return &made[remit.Team]{"/api/v1/teams/" + t.Name, t}, err
}

func (a *api) team(ctx context.Context, who authz.Subject, in *ByName) (*answer[remit.Team], error) {
	t, err := a.Projects.Team(ctx, who, in.Name)
	return &answer[remit.Team]{t}, err
}

func (a *api) updateTeam(ctx context.Context, who authz.Subject, in *struct {
	ByName
	Input[client.TeamPatch]
}) (*answer[remit.Team], error) {
	t, err := a.Projects.UpdateTeam(ctx, who, in.Name, projects.TeamPatch(in.Body))
	return &answer[remit.Team]{t}, err
}

func (a *api) deleteTeam(ctx context.Context, who authz.Subject, in *ByName) (*none, error) {
	return &none{}, a.Projects.DeleteTeam(ctx, who, in.Name)
}

func (a *api) addToTeam(ctx context.Context, who authz.Subject, in *InTeam) (*answer[remit.Team], error) {
	t, err := a.Projects.AddToTeam(ctx, who, in.Name, in.User)
	return &answer[remit.Team]{t}, err
}

func (a *api) removeFromTeam(ctx context.Context, who authz.Subject, in *InTeam) (*answer[remit.Team], error) {
	t, err := a.Projects.RemoveFromTeam(ctx, who, in.Name, in.User)
	return &answer[remit.Team]{t}, err
}

func (a *api) updateMember(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	ID remit.MemberID `path:"id"`
	Input[client.MemberPatch]
}) (*answer[remit.Member], error) {
	from, err := bound("from", in.Body.From)
	if err != nil {
		return nil, err
	}
	until, err := bound("until", in.Body.Until)
	if err != nil {
		return nil, err
	}
	m, err := a.Projects.UpdateMember(ctx, who, in.Slug, in.ID, projects.MemberPatch{Roles: in.Body.Roles, From: from, Until: until, Why: in.Body.Why})
	return &answer[remit.Member]{m}, err
}

// bound reads an end of an interval; "" opens it, nil leaves it.
func bound(field string, text *string) (*projects.Bound, error) {
	if text == nil || *text == "" {
		return map[bool]*projects.Bound{false: {}}[text == nil], nil
	}
	at, err := time.Parse(time.RFC3339, *text)
	if err != nil {
		return nil, remit.Errorf(remit.Invalid, "%s is no time", field).WithField(field).WithHint("Write it like 2026-03-01T12:00:00Z, or leave it empty to open it.")
	}
	return &projects.Bound{At: &at}, nil
}

func (a *api) leave(ctx context.Context, who authz.Subject, in *BySlug) (*none, error) {
	return &none{}, a.Projects.LeaveProject(ctx, who, in.Slug)
}
