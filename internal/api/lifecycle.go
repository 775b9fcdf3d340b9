package api

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/projects"
)

// lifecycleRoutes are those that make projects something else than they were.
func (a *api) lifecycleRoutes() {
	const project, deleted = "/api/v1/projects/{slug}", "/api/v1/deleted-projects"
	handle(a, on(patch, project, "Change a project", "project.update"), a.updateProject)
	handle(a, on(remove, project, "Delete a project; it can be brought back for a while", "project.delete"), a.deleteProject)
	handle(a, on(put, project+"/public", "Open a part of a project to everybody, or close it", "project.publish"), a.publishProject)
	handle(a, on(post, project+"/transfer", "Hand a project to somebody else", "project.transfer"), a.transferProject)
	handle(a, on(post, project+"/archive", "Make a project read-only", "project.archive"), a.archiveProject)
	handle(a, on(post, project+"/unarchive", "Take a project out of the archive", "project.archive").named("project.unarchive"), a.unarchiveProject)
	handle(a, on(get, project+"/access/matrix", "Show what each role means here, and where that comes from", "access.read").named("access.matrix"), a.matrix)
	handle(a, on(get, deleted, "List the deleted projects that can be brought back", "project.deleted"), a.deletedProjects)
	handle(a, on(post, deleted+"/{id}/restore", "Bring a deleted project back", "project.restore"), a.restoreProject)
}

func (a *api) updateProject(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	Input[client.ProjectPatch]
}) (*answer[remit.Project], error) {
	p, err := a.Projects.Update(ctx, who, in.Slug, projects.ProjectPatch(in.Body))
	return &answer[remit.Project]{p}, err
}

func (a *api) deleteProject(ctx context.Context, who authz.Subject, in *BySlug) (*answer[remit.DeletedProject], error) {
	p, err := a.Projects.Delete(ctx, who, in.Slug)
	return &answer[remit.DeletedProject]{p}, err
}

func (a *api) publishProject(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	Input[client.Publication]
}) (*answer[client.Publication], error) {
	p, err := a.Projects.Publish(ctx, who, in.Slug, projects.Publication(in.Body))
	return &answer[client.Publication]{client.Publication(p)}, err
}

func (a *api) transferProject(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	Input[client.Heir]
}) (*answer[remit.Member], error) {
	m, err := a.Projects.Transfer(ctx, who, in.Slug, in.Body.User)
	return &answer[remit.Member]{m}, err
}

func (a *api) archiveProject(ctx context.Context, who authz.Subject, in *BySlug) (*answer[remit.Project], error) {
	p, err := a.Projects.Archive(ctx, who, in.Slug, true)
	return &answer[remit.Project]{p}, err
}

func (a *api) unarchiveProject(ctx context.Context, who authz.Subject, in *BySlug) (*answer[remit.Project], error) {
	p, err := a.Projects.Archive(ctx, who, in.Slug, false)
	return &answer[remit.Project]{p}, err
}

func (a *api) matrix(ctx context.Context, who authz.Subject, in *BySlug) (*answer[remit.Matrix], error) {
	m, err := a.Projects.Matrix(ctx, who, in.Slug)
	return &answer[remit.Matrix]{m}, err
}

func (a *api) deletedProjects(ctx context.Context, who authz.Subject, in *Paging) (*answer[remit.Page[remit.DeletedProject]], error) {
	page, err := a.Projects.Deleted(ctx, who, in.Limit, in.After)
	return &answer[remit.Page[remit.DeletedProject]]{page}, err
}

func (a *api) restoreProject(ctx context.Context, who authz.Subject, in *struct {
	ID remit.ProjectID `path:"id"`
	Input[client.Restoration]
}) (*answer[remit.Project], error) {
	p, err := a.Projects.Restore(ctx, who, in.ID, in.Body.Slug)
	return &answer[remit.Project]{p}, err
}
