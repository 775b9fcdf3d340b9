package client

import (
	"context"
	"net/http"
	"time"

	"github.com/remit-server/remit"
)

// NewSiteMember is the body of POST /api/v1/site/members: a user or a team.
type NewSiteMember struct {
	User  string     `json:"user,omitempty"`
	Team  string     `json:"team,omitempty"`
	Role  string     `json:"role"`
	From  *time.Time `json:"from,omitempty"`
	Until *time.Time `json:"until,omitempty"`
	Why   string     `json:"why,omitempty"`
}

// NewReservation is the body of PUT /api/v1/site/reservations.
type NewReservation struct {
	Permission string `json:"permission"`
	State      string `json:"state"` // "reserved", "opened" or "default"
}

// NewRole is the body of POST /api/v1/roles.
type NewRole struct {
	Name        string   `json:"name"`
	Title       string   `json:"title,omitempty"`
	Description string   `json:"description,omitempty"`
	Allow       []string `json:"allow"`
	Site        bool     `json:"site,omitempty"`
}

// RolePatch is the body of PATCH /api/v1/roles/{name}: what is left out stays.
type RolePatch struct {
	Title       *string   `json:"title,omitempty"`
	Description *string   `json:"description,omitempty"`
	Allow       *[]string `json:"allow,omitempty"` // replaces all of it
}

// SiteAccess shows who has which rights on the whole site.
func (c *Client) SiteAccess(ctx context.Context) (remit.SiteAccess, error) {
	return get[remit.SiteAccess](ctx, c, "/api/v1/site/access")
}

// AddSiteMember gives a user or a team a role of the site.
func (c *Client) AddSiteMember(ctx context.Context, m NewSiteMember) (remit.SiteMember, error) {
	return post[remit.SiteMember](ctx, c, "/api/v1/site/members", m)
}

// RemoveSiteMember takes a role of the site away.
func (c *Client) RemoveSiteMember(ctx context.Context, id remit.MemberID) error {
	return c.call(ctx, http.MethodDelete, "/api/v1/site/members/"+seg(id), nil, nil)
}

// AddSiteEntry allows or denies somebody something on the whole site.
func (c *Client) AddSiteEntry(ctx context.Context, e NewEntry) (remit.Entry, error) {
	return post[remit.Entry](ctx, c, "/api/v1/site/entries", e)
}

// RemoveSiteEntry takes an entry of the site back.
func (c *Client) RemoveSiteEntry(ctx context.Context, id remit.EntryID) error {
	return c.call(ctx, http.MethodDelete, "/api/v1/site/entries/"+seg(id), nil, nil)
}

// SetSiteOverride changes what a role of the site means.
func (c *Client) SetSiteOverride(ctx context.Context, o remit.Override) error {
	return c.call(ctx, http.MethodPut, "/api/v1/site/overrides", o, nil)
}

// Reserve keeps a permission for superusers, opens it, or leaves it to the program.
func (c *Client) Reserve(ctx context.Context, r NewReservation) (made remit.Reservation, err error) {
	return made, c.call(ctx, http.MethodPut, "/api/v1/site/reservations", r, &made)
}

// Role shows a role template and which projects change it.
func (c *Client) Role(ctx context.Context, name string) (remit.RoleUse, error) {
	return get[remit.RoleUse](ctx, c, "/api/v1/roles/"+seg(name))
}

// CreateRole makes a role template.
func (c *Client) CreateRole(ctx context.Context, r NewRole) (remit.Role, error) {
	return post[remit.Role](ctx, c, "/api/v1/roles", r)
}

// UpdateRole changes a role template.
func (c *Client) UpdateRole(ctx context.Context, name string, p RolePatch) (remit.Role, error) {
	return patch[remit.Role](ctx, c, "/api/v1/roles/"+seg(name), p)
}

// DeleteRole takes a role template away.
func (c *Client) DeleteRole(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodDelete, "/api/v1/roles/"+seg(name), nil, nil)
}

// SetOverride changes what a role means in a project.
func (c *Client) SetOverride(ctx context.Context, slug string, o remit.Override) error {
	return c.call(ctx, http.MethodPut, "/api/v1/projects/"+seg(slug)+"/overrides", o, nil)
}

// AddEntry allows or denies somebody something in a project.
func (c *Client) AddEntry(ctx context.Context, slug string, e NewEntry) (remit.Entry, error) {
	return post[remit.Entry](ctx, c, "/api/v1/projects/"+seg(slug)+"/entries", e)
}

// RemoveEntry takes an entry of a project back.
func (c *Client) RemoveEntry(ctx context.Context, slug string, id remit.EntryID) error {
	return c.call(ctx, http.MethodDelete, "/api/v1/projects/"+seg(slug)+"/entries/"+seg(id), nil, nil)
}
