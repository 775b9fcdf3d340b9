package client

import (
	"context"
	"net/http"
	"time"

	"github.com/remit-server/remit"
)

// NewMember is the body of POST /api/v1/projects/{slug}/members: a user or a team.
type NewMember struct {
	User       string             `json:"user,omitempty"`
	Team       string             `json:"team,omitempty"`
	Roles      []string           `json:"roles"`
	Collection remit.CollectionID `json:"collection,omitempty"` // only there; "" = the whole project
	From       *time.Time         `json:"from,omitempty"`
	Until      *time.Time         `json:"until,omitempty"`
	Why        string             `json:"why,omitempty"`
}

// MemberPatch is the body of PATCH /api/v1/projects/{slug}/members/{id}: what
// is left out stays.
type MemberPatch struct {
	Roles []string `json:"roles,omitempty"`
	From  *string  `json:"from,omitempty"`  // RFC 3339; "" = from now on
	Until *string  `json:"until,omitempty"` // RFC 3339; "" = without an end
	Why   *string  `json:"why,omitempty"`
}

// NewTeam is the body of POST /api/v1/teams.
type NewTeam struct {
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
}

// TeamPatch is the body of PATCH /api/v1/teams/{name}.
type TeamPatch struct {
	Name  *string `json:"name,omitempty"`
	Title *string `json:"title,omitempty"`
}

// UpdateMember changes a membership.
func (c *Client) UpdateMember(ctx context.Context, slug string, id remit.MemberID, p MemberPatch) (remit.Member, error) {
	return patch[remit.Member](ctx, c, "/api/v1/projects/"+seg(slug)+"/members/"+seg(id), p)
}

// Leave ends the asker's own memberships in a project.
func (c *Client) Leave(ctx context.Context, slug string) error {
	return c.call(ctx, http.MethodPost, "/api/v1/projects/"+seg(slug)+"/members/leave", nil, nil)
}

// Teams lists teams.
func (c *Client) Teams(ctx context.Context, q Query) (remit.Page[remit.Team], error) {
	return list[remit.Team](ctx, c, "/api/v1/teams", q)
}

// Team shows one team.
func (c *Client) Team(ctx context.Context, name string) (remit.Team, error) {
	return get[remit.Team](ctx, c, "/api/v1/teams/"+seg(name))
}

// CreateTeam makes a team with nobody in it.
func (c *Client) CreateTeam(ctx context.Context, t NewTeam) (remit.Team, error) {
	return post[remit.Team](ctx, c, "/api/v1/teams", t)
}

// UpdateTeam changes a team's name and title.
func (c *Client) UpdateTeam(ctx context.Context, name string, p TeamPatch) (remit.Team, error) {
	return patch[remit.Team](ctx, c, "/api/v1/teams/"+seg(name), p)
}

// DeleteTeam takes a team away, with all that it holds.
func (c *Client) DeleteTeam(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodDelete, "/api/v1/teams/"+seg(name), nil, nil)
}

// AddToTeam puts an account into a team.
func (c *Client) AddToTeam(ctx context.Context, team, user string) (t remit.Team, err error) {
	return t, c.call(ctx, http.MethodPut, "/api/v1/teams/"+seg(team)+"/users/"+seg(user), nil, &t)
}

// RemoveFromTeam takes an account out of a team.
func (c *Client) RemoveFromTeam(ctx context.Context, team, user string) (t remit.Team, err error) {
	return t, c.call(ctx, http.MethodDelete, "/api/v1/teams/"+seg(team)+"/users/"+seg(user), nil, &t)
}
