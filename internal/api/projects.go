package api

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/projects"
)

// BySlug is the project in a path. Huma looks into embedded structs only when
// they are exported; so are this and its like.
type BySlug struct {
	Slug string `path:"slug"`
}

// SlugPage is a page of something in a project.
type SlugPage struct {
	BySlug
	Paging
}

func (a *api) projectRoutes() {
	const project = "/api/v1/projects/{slug}"
	handle(a, on(get, "/api/v1/projects", "List projects", "project.list"), a.projects)
	handle(a, on(post, "/api/v1/projects", "Make a project", "project.create").answers(201), a.createProject)
	handle(a, on(get, project, "Show a project", "project.read"), a.project)
	a.lifecycleRoutes()
	handle(a, on(get, project+"/members", "List members", "member.list"), a.members)
	handle(a, on(post, project+"/members", "Add a member", "member.create").answers(201), a.addMember)
	handle(a, on(remove, project+"/members/{id}", "Remove a member", "member.delete").answers(204), a.removeMember)
	handle(a, on(get, "/api/v1/roles", "List role templates", "role.list"), a.roles)
	handle(a, on(remove, project+"/entries/{id}", "Take an entry back", "access.entry").answers(204).named("access.entry.delete"), a.removeEntry)
	handle(a, on(put, project+"/overrides", "Change what a role means here", "access.override"), a.setOverride)
	handle(a, on(post, project+"/entries", "Allow or deny somebody something", "access.entry").answers(201), a.addEntry)
}

func (a *api) projects(ctx context.Context, who authz.Subject, in *Paging) (*answer[remit.Page[remit.Project]], error) {
	page, err := a.Projects.Projects(ctx, who, in.Limit, in.After)
	return &answer[remit.Page[remit.Project]]{page}, err
}

func (a *api) createProject(ctx context.Context, who authz.Subject, in *Input[client.NewProject]) (*made[remit.Project], error) {
	p, err := a.Projects.Create(ctx, who, projects.NewProject(in.Body))
	return &made[remit.Project]{"/api/v1/projects/" + p.Slug, p}, err
}

func (a *api) project(ctx context.Context, who authz.Subject, in *BySlug) (*answer[remit.Project], error) {
	p, err := a.Projects.Project(ctx, who, in.Slug)
	return &answer[remit.Project]{p}, err
}

func (a *api) members(ctx context.Context, who authz.Subject, in *SlugPage) (*answer[remit.Page[remit.Member]], error) {
	page, err := a.Projects.Members(ctx, who, in.Slug, in.Limit, in.After)
	return &answer[remit.Page[remit.Member]]{page}, err
}

func (a *api) addMember(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	Input[client.NewMember]
}) (*made[remit.Member], error) {
	m, err := a.Projects.AddMember(ctx, who, in.Slug, projects.NewMember(in.Body))
	return &made[remit.Member]{"/api/v1/projects/" + in.Slug + "/members/" + string(m.ID), m}, err
}

func (a *api) removeMember(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	ID remit.MemberID `path:"id"`
}) (*none, error) {
	return &none{}, a.Projects.RemoveMember(ctx, who, in.Slug, in.ID)
}

func (a *api) roles(ctx context.Context, who authz.Subject, _ *struct{}) (*answer[remit.Page[remit.Role]], error) {
	roles, err := a.Projects.Roles(ctx, who)
	return &answer[remit.Page[remit.Role]]{whole(roles)}, err
}

func (a *api) setOverride(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	Input[remit.Override]
}) (*answer[remit.Override], error) {
	o, err := a.Projects.Override(ctx, who, in.Slug, in.Body)
	return &answer[remit.Override]{o}, err
}

func (a *api) removeEntry(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	ID remit.EntryID `path:"id"`
}) (*none, error) {
	return &none{}, a.Projects.RemoveEntry(ctx, who, in.Slug, in.ID)
}

func (a *api) addEntry(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	Input[client.NewEntry]
}) (*answer[remit.Entry], error) {
	entry, err := a.Projects.AddEntry(ctx, who, in.Slug, remit.Entry{User: in.Body.User, Permission: in.Body.Permission,
		Effect: in.Body.Effect, Collection: in.Body.Collection, From: in.Body.From, Until: in.Body.Until, Why: in.Body.Why})
	return &answer[remit.Entry]{entry}, err
}

// whole is a list that always fits one page.
func whole[T any](items []T) remit.Page[T] {
	if items == nil {
		items = []T{}
	}
	return remit.Page[T]{Items: items, Permissions: []string{}}
}
