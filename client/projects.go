package client

import (
	"context"
	"io"
	"net/http"

	"github.com/remit-server/remit"
)

// Projects lists the projects that the asker may see.
func (c *Client) Projects(ctx context.Context, q Query) (remit.Page[remit.Project], error) {
	return list[remit.Project](ctx, c, "/api/v1/projects", q)
}

// Project shows one project.
func (c *Client) Project(ctx context.Context, slug string) (remit.Project, error) {
	return get[remit.Project](ctx, c, "/api/v1/projects/"+seg(slug))
}

// CreateProject makes a project; its maker becomes its owner.
func (c *Client) CreateProject(ctx context.Context, p NewProject) (remit.Project, error) {
	return post[remit.Project](ctx, c, "/api/v1/projects", p)
}

// Members lists the members of a project.
func (c *Client) Members(ctx context.Context, slug string, q Query) (remit.Page[remit.Member], error) {
	return list[remit.Member](ctx, c, "/api/v1/projects/"+seg(slug)+"/members", q)
}

// AddMember gives somebody roles in a project.
func (c *Client) AddMember(ctx context.Context, slug string, m NewMember) (remit.Member, error) {
	return post[remit.Member](ctx, c, "/api/v1/projects/"+seg(slug)+"/members", m)
}

// RemoveMember takes a membership away.
func (c *Client) RemoveMember(ctx context.Context, slug string, id remit.MemberID) error {
	return c.call(ctx, http.MethodDelete, "/api/v1/projects/"+seg(slug)+"/members/"+seg(id), nil, nil)
}

// Roles lists the role templates.
func (c *Client) Roles(ctx context.Context) (remit.Page[remit.Role], error) {
	return list[remit.Role](ctx, c, "/api/v1/roles", nil)
}

// Roots lists a project's data roots.
func (c *Client) Roots(ctx context.Context, slug string) (remit.Page[remit.DataRoot], error) {
	return list[remit.DataRoot](ctx, c, "/api/v1/projects/"+seg(slug)+"/roots", nil)
}

// AddRoot registers a directory of the server as a data root.
func (c *Client) AddRoot(ctx context.Context, slug string, r NewRoot) (remit.DataRoot, error) {
	return post[remit.DataRoot](ctx, c, "/api/v1/projects/"+seg(slug)+"/roots", r)
}

// Collections lists a project's collections.
func (c *Client) Collections(ctx context.Context, slug string, q Query) (remit.Page[remit.Collection], error) {
	return list[remit.Collection](ctx, c, "/api/v1/projects/"+seg(slug)+"/collections", q)
}

// Collection shows one collection.
func (c *Client) Collection(ctx context.Context, id remit.CollectionID) (remit.Collection, error) {
	return get[remit.Collection](ctx, c, "/api/v1/collections/"+seg(id))
}

// Files lists files across projects: project, collection, name, file_type, state.
func (c *Client) Files(ctx context.Context, q Query) (remit.Page[remit.File], error) {
	return list[remit.File](ctx, c, "/api/v1/files", q)
}

// File shows one file.
func (c *Client) File(ctx context.Context, id remit.FileID) (remit.File, error) {
	return get[remit.File](ctx, c, "/api/v1/files/"+seg(id))
}

// Open reads a path of the server, such as a file's content. The caller closes it.
func (c *Client) Open(ctx context.Context, path string) (io.ReadCloser, error) {
	return c.request(ctx, http.MethodGet, path, nil, "")
}
