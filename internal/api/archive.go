package api

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/archive"
)

// ByCollection is the collection in a path.
type ByCollection struct {
	ID remit.CollectionID `path:"id"`
}

// ByFile is the file in a path.
type ByFile struct {
	ID remit.FileID `path:"id"`
}

func (a *api) archiveRoutes() {
	const project = "/api/v1/projects/{slug}"
	handle(a, on(get, project+"/roots", "List data roots", "root.list"), a.roots)
	handle(a, on(post, project+"/roots", "Register a data root", "root.create").answers(201), a.addRoot)
	handle(a, on(get, project+"/collections", "List collections", "collection.list"), a.collections)
	handle(a, on(get, "/api/v1/collections/{id}", "Show a collection", "collection.read"), a.collection)
	handle(a, on(patch, "/api/v1/collections/{id}", "Change who sees a collection, or what a set is called", "collection.update", "collection.publish"), a.updateCollection)
	handle(a, on(get, "/api/v1/files", "List files across projects", "file.list"), a.files)
	handle(a, on(get, project+"/files", "List a project's files", "file.list").named("file.list.project"), a.projectFiles)
	handle(a, on(get, "/api/v1/files/{id}", "Show a file", "file.read"), a.file)
	handle(a, on(get, "/api/v1/files/{id}/header", "Show all that a file's header says", "file.read").named("file.header"), a.header)
}

func (a *api) roots(ctx context.Context, who authz.Subject, in *BySlug) (*answer[remit.Page[remit.DataRoot]], error) {
	page, err := a.Archive.Roots(ctx, who, in.Slug)
	return &answer[remit.Page[remit.DataRoot]]{page}, err
}

func (a *api) addRoot(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	Input[client.NewRoot]
}) (*answer[remit.DataRoot], error) {
	root, err := a.Archive.AddRoot(ctx, who, in.Slug, in.Body.Path)
	return &answer[remit.DataRoot]{root}, err
}

func (a *api) collections(ctx context.Context, who authz.Subject, in *SlugPage) (*answer[remit.Page[remit.Collection]], error) {
	page, err := a.Archive.Collections(ctx, who, archive.CollectionFilter{Project: in.Slug, Limit: in.Limit, After: in.After})
	return &answer[remit.Page[remit.Collection]]{page}, err
}

func (a *api) collection(ctx context.Context, who authz.Subject, in *ByCollection) (*answer[remit.Collection], error) {
	c, err := a.Archive.Collection(ctx, who, in.ID)
	return &answer[remit.Collection]{c}, err
}

func (a *api) updateCollection(ctx context.Context, who authz.Subject, in *struct {
	ByCollection
	Input[client.CollectionPatch]
}) (*answer[remit.Collection], error) {
	c, err := a.Archive.Update(ctx, who, in.ID, archive.CollectionPatch{Name: in.Body.Name, Visibility: in.Body.Visibility})
	return &answer[remit.Collection]{c}, err
}

// FileQuery narrows a list of files.
type FileQuery struct {
	Paging
	Collection remit.CollectionID `query:"collection"`
	State      string             `query:"state" enum:"present,missing,unreadable"`
	MediaType  string             `query:"file_type" doc:"Media type, or its beginning: image/"`
	Name       string             `query:"name" doc:"Part of the path"`
}

func (q FileQuery) filter(project string) archive.FileFilter {
	return archive.FileFilter{Project: project, Collection: q.Collection, State: q.State,
		MediaType: q.MediaType, Name: q.Name, Limit: q.Limit, After: q.After}
}

func (a *api) files(ctx context.Context, who authz.Subject, in *struct {
	FileQuery
	Project string `query:"project"`
}) (*answer[remit.Page[remit.File]], error) {
	page, err := a.Archive.Files(ctx, who, in.filter(in.Project))
	return &answer[remit.Page[remit.File]]{page}, err
}

func (a *api) projectFiles(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	FileQuery
}) (*answer[remit.Page[remit.File]], error) {
	page, err := a.Archive.Files(ctx, who, in.filter(in.Slug))
	return &answer[remit.Page[remit.File]]{page}, err
}

func (a *api) file(ctx context.Context, who authz.Subject, in *ByFile) (*answer[remit.File], error) {
	f, err := a.Archive.File(ctx, who, in.ID)
	return &answer[remit.File]{f}, err
}

func (a *api) header(ctx context.Context, who authz.Subject, in *ByFile) (*answer[remit.Page[remit.Card]], error) {
	f, err := a.Archive.File(ctx, who, in.ID)
	if err != nil || f.Metadata == nil {
		return &answer[remit.Page[remit.Card]]{whole[remit.Card](nil)}, err
	}
	return &answer[remit.Page[remit.Card]]{whole(f.Metadata.Header)}, nil
}
