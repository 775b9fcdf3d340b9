package api

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
)

func (a *api) setRoutes() {
	const one = "/api/v1/collections/{id}"
	handle(a, on(post, "/api/v1/projects/{slug}/collections", "Make a set of files", "collection.create").answers(201), a.createSet)
	handle(a, on(remove, one, "Delete a set; its files stay in their collections", "collection.delete").answers(204), a.deleteSet)
	handle(a, on(put, one+"/set", "Change what fills a set", "collection.fill"), a.defineSet)
	handle(a, on(post, one+"/files", "Put files into a set that is filled by hand, and take others out", "collection.fill").named("collection.put"), a.putFiles)
}

func (a *api) createSet(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	Input[client.NewSet]
}) (*made[remit.Collection], error) {
	c, err := a.Archive.CreateSet(ctx, who, in.Slug, in.Body.Name, in.Body.Set)
	return &made[remit.Collection]{"/api/v1/collections/" + string(c.ID), c}, err
}

func (a *api) deleteSet(ctx context.Context, who authz.Subject, in *ByCollection) (*none, error) {
	return &none{}, a.Archive.DeleteSet(ctx, who, in.ID)
}

func (a *api) defineSet(ctx context.Context, who authz.Subject, in *struct {
	ByCollection
	Input[remit.SetDefinition]
}) (*answer[remit.Collection], error) {
	c, err := a.Archive.Define(ctx, who, in.ID, in.Body)
	return &answer[remit.Collection]{c}, err
}

func (a *api) putFiles(ctx context.Context, who authz.Subject, in *struct {
	ByCollection
	Input[client.SetFiles]
}) (*answer[remit.Collection], error) {
	c, err := a.Archive.Put(ctx, who, in.ID, in.Body.Add, in.Body.Remove)
	return &answer[remit.Collection]{c}, err
}
