package api

import (
	"context"
	"net/http"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/identity"
)

// ByName is the user in a path.
type ByName struct {
	Name string `path:"name"`
}

type sessionMade struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      client.SignedIn
}

func (a *api) identityRoutes() {
	handle(a, on(get, "/api/v1/me", "Who am I and what may I do", "me.read"), a.me)
	handle(a, on(post, "/api/v1/session", "Sign in with name and password", "session.create").answers(201), a.login)
	handle(a, on(remove, "/api/v1/session", "Sign out", "session.delete").answers(204), a.logout)
	handle(a, on(get, "/api/v1/users", "List accounts", "user.list"), a.users)
	handle(a, on(post, "/api/v1/users", "Make an account", "user.create").answers(201), a.createUser)
	handle(a, on(get, "/api/v1/users/{name}", "Show an account", "user.read"), a.user)
	handle(a, on(patch, "/api/v1/users/{name}", "Change an account", "user.update"), a.updateUser)
	a.accountRoutes()
	handle(a, on(get, "/api/v1/keys", "List API keys", "key.list"), a.keys)
	handle(a, on(post, "/api/v1/keys", "Make an API key", "key.create").answers(201), a.createKey)
	handle(a, on(remove, "/api/v1/keys/{id}", "Revoke an API key", "key.delete").answers(204), a.deleteKey)
}

func (a *api) me(ctx context.Context, who authz.Subject, _ *struct{}) (*answer[client.Me], error) {
	me := client.Me{}
	site, mine, err := a.Projects.Rights(ctx, who)
	if err != nil {
		return nil, err
	}
	looking, err := a.Projects.Looking(ctx, who)
	if err != nil {
		return nil, err
	}
	me.Preview, me.Permissions = (*client.Preview)(looking), site
	me.Projects = make([]client.MyProject, len(mine))
	for i, p := range mine {
		me.Projects[i] = client.MyProject{Slug: p.Slug, Roles: p.Roles, Permissions: p.Permissions}
	}
	me.AuthOff = who.Kind == authz.Local
	switch who.Kind {
	case authz.Person:
		user, err := a.Identity.Self(ctx, who)
		if err != nil {
			return nil, err
		}
		me.User = &user
		if me.Unread, err = a.Projects.Unread(ctx, who); err != nil {
			return nil, err
		}
	case authz.Node:
		node, err := a.Nodes.Self(ctx, who)
		if err != nil {
			return nil, err
		}
		me.Node = &node
	}
	return &answer[client.Me]{me}, nil
}

func (a *api) login(ctx context.Context, _ authz.Subject, in *Input[client.Login]) (*sessionMade, error) {
	secret, session, err := a.Identity.Login(ctx, in.Body.Name, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return signedIn(ctx, secret, session), nil
}

// signedIn gives a session to a browser and to a program.
func signedIn(ctx context.Context, secret string, session remit.Session) *sessionMade {
	return &sessionMade{
		SetCookie: *client.NewSessionCookie(secret, session.ExpiresAt, identity.Secure(ctx)),
		Body:      client.SignedIn{User: session.User, Token: secret, ExpiresAt: session.ExpiresAt},
	}
}

type sessionEnded struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (a *api) logout(ctx context.Context, _ authz.Subject, _ *struct{}) (*sessionEnded, error) {
	if err := a.Identity.Logout(ctx, identity.SessionSecret(ctx)); err != nil {
		return nil, err
	}
	return &sessionEnded{*client.EndedSessionCookie(identity.Secure(ctx))}, nil
}

func (a *api) users(ctx context.Context, who authz.Subject, in *Paging) (*answer[remit.Page[remit.User]], error) {
	page, err := a.Identity.Users(ctx, who, in.Limit, in.After)
	return &answer[remit.Page[remit.User]]{page}, err
}

func (a *api) createUser(ctx context.Context, who authz.Subject, in *Input[client.NewUser]) (*made[remit.User], error) {
	user, err := a.Identity.Create(ctx, who, identity.NewUser(in.Body))
	return &made[remit.User]{"/api/v1/users/" + user.Name, user}, err
}

func (a *api) user(ctx context.Context, who authz.Subject, in *ByName) (*answer[remit.User], error) {
	user, err := a.Identity.User(ctx, who, in.Name)
	return &answer[remit.User]{user}, err
}

func (a *api) updateUser(ctx context.Context, who authz.Subject, in *struct {
	ByName
	Input[client.UserPatch]
}) (*answer[remit.User], error) {
	user, err := a.Identity.Update(ctx, who, in.Name, identity.UserPatch(in.Body))
	return &answer[remit.User]{user}, err
}

func (a *api) keys(ctx context.Context, who authz.Subject, _ *struct{}) (*answer[remit.Page[remit.APIKey]], error) {
	page, err := a.Identity.Keys(ctx, who)
	for i := range page.Items {
		if err == nil {
			err = a.nameProjects(ctx, who, &page.Items[i])
		}
	}
	return &answer[remit.Page[remit.APIKey]]{page}, err
}

// nameProjects replaces the ids of a key's projects, which identity keeps, by slugs.
func (a *api) nameProjects(ctx context.Context, who authz.Subject, k *remit.APIKey) (err error) {
	if len(k.Projects) > 0 {
		k.Projects, err = a.Projects.Named(ctx, who, k.Projects)
	}
	return err
}

func (a *api) createKey(ctx context.Context, who authz.Subject, in *Input[client.NewKey]) (*made[remit.APIKey], error) {
	ids, err := a.Projects.IDs(ctx, who, in.Body.Projects)
	if err != nil {
		return nil, err
	}
	key, err := a.Identity.CreateKey(ctx, who, identity.NewKey{Title: in.Body.Title, Scopes: in.Body.Scopes, Projects: ids, ExpiresAt: in.Body.ExpiresAt})
	if err == nil {
		err = a.nameProjects(ctx, who, &key)
	}
	return &made[remit.APIKey]{"/api/v1/keys/" + string(key.ID), key}, err
}

func (a *api) deleteKey(ctx context.Context, who authz.Subject, in *struct {
	ID remit.KeyID `path:"id"`
}) (*none, error) {
	if in.ID == "current" { // the one that the request shows
		in.ID = remit.KeyID(who.Key)
	}
	return &none{}, a.Identity.DeleteKey(ctx, who, in.ID)
}
