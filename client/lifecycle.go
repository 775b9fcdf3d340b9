package client

import (
	"context"
	"net/http"

	"github.com/remit-server/remit"
)

// ProjectPatch is the body of PATCH /api/v1/projects/{slug}: what is omitted
// stays. With a new slug, addresses with the old one lead nowhere.
type ProjectPatch struct {
	Slug                 *string `json:"slug,omitempty"`
	Title                *string `json:"title,omitempty"`
	Description          *string `json:"description,omitempty"`
	CollectionVisibility *string `json:"collection_visibility,omitempty"` // of collections made from now on
}

// Publication is the body of PUT /api/v1/projects/{slug}/public, and its answer.
type Publication struct {
	Permission string   `json:"permission"` // an exact name
	Public     bool     `json:"public"`
	Warnings   []string `json:"warnings,omitempty"` // only in the answer
}

// Heir is the body of POST /api/v1/projects/{slug}/transfer.
type Heir struct {
	User string `json:"user"`
}

// Restoration is the body of POST /api/v1/deleted-projects/{id}/restore.
type Restoration struct {
	Slug string `json:"slug,omitempty"` // "" = the one it had
}

// UpdateProject changes a project.
func (c *Client) UpdateProject(ctx context.Context, slug string, p ProjectPatch) (remit.Project, error) {
	return patch[remit.Project](ctx, c, "/api/v1/projects/"+seg(slug), p)
}

// DeleteProject deletes a project; it can be brought back until RestoreUntil.
func (c *Client) DeleteProject(ctx context.Context, slug string) (p remit.DeletedProject, err error) {
	err = c.call(ctx, http.MethodDelete, "/api/v1/projects/"+seg(slug), nil, &p)
	return p, err
}

// DeletedProjects lists the deleted projects that the asker may bring back.
func (c *Client) DeletedProjects(ctx context.Context, q Query) (remit.Page[remit.DeletedProject], error) {
	return list[remit.DeletedProject](ctx, c, "/api/v1/deleted-projects", q)
}

// RestoreProject brings a deleted project back, under another slug unless that is "".
func (c *Client) RestoreProject(ctx context.Context, id remit.ProjectID, slug string) (remit.Project, error) {
	return post[remit.Project](ctx, c, "/api/v1/deleted-projects/"+seg(id)+"/restore", Restoration{Slug: slug})
}

// Publish opens a permission of a project to everybody, or closes it.
func (c *Client) Publish(ctx context.Context, slug string, p Publication) (answer Publication, err error) {
	err = c.call(ctx, http.MethodPut, "/api/v1/projects/"+seg(slug)+"/public", p, &answer)
	return answer, err
}

// Transfer hands a project to another user, who becomes its owner.
func (c *Client) Transfer(ctx context.Context, slug, user string) (remit.Member, error) {
	return post[remit.Member](ctx, c, "/api/v1/projects/"+seg(slug)+"/transfer", Heir{User: user})
}

// Matrix shows what each role means in a project, and where that comes from.
func (c *Client) Matrix(ctx context.Context, slug string) (remit.Matrix, error) {
	return get[remit.Matrix](ctx, c, "/api/v1/projects/"+seg(slug)+"/access/matrix")
}

// Archive makes a project read-only, or takes it out of the archive.
func (c *Client) Archive(ctx context.Context, slug string, archived bool) (remit.Project, error) {
	verb := "/unarchive"
	if archived {
		verb = "/archive"
	}
	return post[remit.Project](ctx, c, "/api/v1/projects/"+seg(slug)+verb, nil)
}
