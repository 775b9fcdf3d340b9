package api

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/projects"
)

func (a *api) siteRoutes() {
	const site, role = "/api/v1/site", "/api/v1/roles/{name}"
	handle(a, on(get, site+"/access", "Show who has which rights on the site", "site.read"), a.siteAccess)
	handle(a, on(post, site+"/members", "Give somebody a role of the site", "site.member").answers(201), a.addSiteMember)
	handle(a, on(remove, site+"/members/{id}", "Take a role of the site away", "site.member").answers(204).named("site.member.delete"), a.removeSiteMember)
	handle(a, on(post, site+"/entries", "Allow or deny somebody something on the site", "site.entry").answers(201), a.addSiteEntry)
	handle(a, on(remove, site+"/entries/{id}", "Take an entry of the site back", "site.entry").answers(204).named("site.entry.delete"), a.removeSiteEntry)
	handle(a, on(put, site+"/overrides", "Change what a role of the site means", "site.override"), a.setSiteOverride)
	handle(a, on(put, site+"/reservations", "Reserve a permission, or open it", "site.reserve"), a.reserve)
	handle(a, on(post, "/api/v1/roles", "Make a role template", "role.update").answers(201).named("role.create"), a.createRole)
	handle(a, on(get, role, "Show a role template and the projects that change it", "role.read"), a.role)
	handle(a, on(patch, role, "Change a role template", "role.update"), a.updateRole)
	handle(a, on(remove, role, "Delete a role template", "role.delete").answers(204), a.deleteRole)
}

func (a *api) siteAccess(ctx context.Context, who authz.Subject, _ *struct{}) (*answer[remit.SiteAccess], error) {
	access, err := a.Projects.SiteAccess(ctx, who)
	return &answer[remit.SiteAccess]{access}, err
}

func (a *api) addSiteMember(ctx context.Context, who authz.Subject, in *Input[client.NewSiteMember]) (*answer[remit.SiteMember], error) {
	m, err := a.Projects.AddSiteMember(ctx, who, projects.NewSiteMember(in.Body))
	return &answer[remit.SiteMember]{m}, err
}

func (a *api) removeSiteMember(ctx context.Context, who authz.Subject, in *struct {
	ID remit.MemberID `path:"id"`
}) (*none, error) {
	return &none{}, a.Projects.RemoveSiteMember(ctx, who, in.ID)
}

func (a *api) addSiteEntry(ctx context.Context, who authz.Subject, in *Input[client.NewEntry]) (*answer[remit.Entry], error) {
	entry, err := a.Projects.AddSiteEntry(ctx, who, remit.Entry{User: in.Body.User, Permission: in.Body.Permission, Effect: in.Body.Effect,
		Collection: in.Body.Collection, From: in.Body.From, Until: in.Body.Until, Why: in.Body.Why})
	return &answer[remit.Entry]{entry}, err
}

func (a *api) removeSiteEntry(ctx context.Context, who authz.Subject, in *struct {
	ID remit.EntryID `path:"id"`
}) (*none, error) {
	return &none{}, a.Projects.RemoveSiteEntry(ctx, who, in.ID)
}

func (a *api) setSiteOverride(ctx context.Context, who authz.Subject, in *Input[remit.Override]) (*answer[remit.Override], error) {
	return &answer[remit.Override]{in.Body}, a.Projects.SetSiteOverride(ctx, who, in.Body)
}

func (a *api) reserve(ctx context.Context, who authz.Subject, in *Input[client.NewReservation]) (*answer[remit.Reservation], error) {
	r, err := a.Projects.Reserve(ctx, who, in.Body.Permission, in.Body.State)
	return &answer[remit.Reservation]{r}, err
}

func (a *api) role(ctx context.Context, who authz.Subject, in *ByName) (*answer[remit.RoleUse], error) {
	use, err := a.Projects.Role(ctx, who, in.Name)
	return &answer[remit.RoleUse]{use}, err
}

func (a *api) createRole(ctx context.Context, who authz.Subject, in *Input[client.NewRole]) (*made[remit.Role], error) {
	role, err := a.Projects.CreateRole(ctx, who, remit.Role(in.Body))
	return &made[remit.Role]{"/api/v1/roles/" + role.Name, role}, err
}

func (a *api) updateRole(ctx context.Context, who authz.Subject, in *struct {
	ByName
	Input[client.RolePatch]
}) (*answer[remit.Role], error) {
	change := projects.RolePatch{Title: in.Body.Title, Description: in.Body.Description}
	if in.Body.Allow != nil {
		change.Allow = append([]string{}, *in.Body.Allow...)
	}
	role, err := a.Projects.UpdateRole(ctx, who, in.Name, change)
	return &answer[remit.Role]{role}, err
}

func (a *api) deleteRole(ctx context.Context, who authz.Subject, in *ByName) (*none, error) {
	return &none{}, a.Projects.DeleteRole(ctx, who, in.Name)
}
