package client

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/remit-server/remit"
)

// NewSet is the body of POST /api/v1/projects/{slug}/collections.
type NewSet struct {
	Name string              `json:"name"`
	Set  remit.SetDefinition `json:"set"`
}

// SetFiles is the body of POST /api/v1/collections/{id}/files: at most 500 together.
type SetFiles struct {
	Add    []remit.FileID `json:"add,omitempty"`
	Remove []remit.FileID `json:"remove,omitempty"`
}

// CreateSet makes an empty private set in a project.
func (c *Client) CreateSet(ctx context.Context, slug string, s NewSet) (remit.Collection, error) {
	return post[remit.Collection](ctx, c, "/api/v1/projects/"+seg(slug)+"/collections", s)
}

// CreateSetOf is CreateSet of a definition as somebody wrote it: the server
// refuses what it does not know in it.
func (c *Client) CreateSetOf(ctx context.Context, slug, name string, definition json.RawMessage) (remit.Collection, error) {
	body := struct {
		Name string          `json:"name"`
		Set  json.RawMessage `json:"set"`
	}{name, definition}
	return post[remit.Collection](ctx, c, "/api/v1/projects/"+seg(slug)+"/collections", body)
}

// DefineSet changes what fills a set; a populate job fills it.
func (c *Client) DefineSet(ctx context.Context, id remit.CollectionID, d remit.SetDefinition) (remit.Collection, error) {
	var out remit.Collection
	err := c.call(ctx, http.MethodPut, "/api/v1/collections/"+seg(id)+"/set", d, &out)
	return out, err
}

// DefineSetAs is DefineSet with a definition as somebody wrote it.
func (c *Client) DefineSetAs(ctx context.Context, id remit.CollectionID, definition json.RawMessage) (remit.Collection, error) {
	var out remit.Collection
	err := c.call(ctx, http.MethodPut, "/api/v1/collections/"+seg(id)+"/set", definition, &out)
	return out, err
}

// PutFiles puts files into a set that is filled by hand, and takes others out.
func (c *Client) PutFiles(ctx context.Context, id remit.CollectionID, files SetFiles) (remit.Collection, error) {
	return post[remit.Collection](ctx, c, "/api/v1/collections/"+seg(id)+"/files", files)
}

// UpdateCollection renames a set, or changes who sees a collection.
func (c *Client) UpdateCollection(ctx context.Context, id remit.CollectionID, p CollectionPatch) (remit.Collection, error) {
	var out remit.Collection
	err := c.call(ctx, http.MethodPatch, "/api/v1/collections/"+seg(id), p, &out)
	return out, err
}

// DeleteSet removes a set for good; its files stay in their collections.
func (c *Client) DeleteSet(ctx context.Context, id remit.CollectionID) error {
	return c.call(ctx, http.MethodDelete, "/api/v1/collections/"+seg(id), nil, nil)
}
