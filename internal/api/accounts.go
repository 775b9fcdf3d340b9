package api

import (
	"context"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/identity"
)

func (a *api) accountRoutes() {
	handle(a, on(put, "/api/v1/users/{name}/password", "Change the password of an account", "user.password").answers(204), a.setPassword)
	handle(a, on(remove, "/api/v1/users/{name}", "Delete an account and hand over what it owns", "user.delete"), a.deleteUser)
	handle(a, on(get, "/api/v1/invitations", "List invitations that can be accepted", "invitation.list"), a.invitations)
	handle(a, on(post, "/api/v1/invitations", "Invite somebody to an account", "user.invite").answers(201), a.invite)
	handle(a, on(post, "/api/v1/invitations/accept", "Accept an invitation and sign in", "invitation.accept").answers(201), a.accept)
	handle(a, on(remove, "/api/v1/invitations/{id}", "Withdraw an invitation", "invitation.delete").answers(204), a.withdraw)
	handle(a, on(get, "/api/v1/sessions", "List where accounts are signed in", "session.list"), a.sessions)
	handle(a, on(remove, "/api/v1/sessions", "End all my other sessions", "session.revoke_others"), a.endOtherSessions)
	handle(a, on(remove, "/api/v1/sessions/{id}", "End a session", "session.revoke").answers(204), a.endSession)
	handle(a, on(post, "/api/v1/keys/{id}/rotate", "Give an API key a new secret", "key.rotate"), a.rotateKey)
}

func (a *api) setPassword(ctx context.Context, who authz.Subject, in *struct {
	ByName
	Input[client.PasswordChange]
}) (*none, error) {
	return &none{}, a.Identity.SetPassword(ctx, who, in.Name, identity.PasswordChange(in.Body))
}

func (a *api) deleteUser(ctx context.Context, who authz.Subject, in *struct {
	ByName
	Heir string `query:"heir" doc:"Name of the account that is to own what this one owns"`
}) (*answer[remit.User], error) {
	user, err := a.Identity.Delete(ctx, who, in.Name, in.Heir)
	return &answer[remit.User]{user}, err
}

func (a *api) invitations(ctx context.Context, who authz.Subject, in *Paging) (*answer[remit.Page[remit.Invitation]], error) {
	page, err := a.Identity.Invitations(ctx, who, in.Limit, in.After)
	return &answer[remit.Page[remit.Invitation]]{page}, err
}

func (a *api) invite(ctx context.Context, who authz.Subject, in *Input[client.NewInvitation]) (*made[remit.Invitation], error) {
	i, err := a.Identity.Invite(ctx, who, identity.NewInvitation(in.Body))
	return &made[remit.Invitation]{"/api/v1/invitations/" + string(i.ID), i}, err
}

func (a *api) accept(ctx context.Context, _ authz.Subject, in *Input[client.Acceptance]) (*sessionMade, error) {
	secret, session, err := a.Identity.Accept(ctx, in.Body.Token, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return signedIn(ctx, secret, session), nil
}

func (a *api) withdraw(ctx context.Context, who authz.Subject, in *struct {
	ID remit.InviteID `path:"id"`
}) (*none, error) {
	return &none{}, a.Identity.Withdraw(ctx, who, in.ID)
}

func (a *api) sessions(ctx context.Context, who authz.Subject, in *Paging) (*answer[remit.Page[remit.Session]], error) {
	page, err := a.Identity.Sessions(ctx, who, in.Limit, in.After)
	return &answer[remit.Page[remit.Session]]{page}, err
}

func (a *api) endSession(ctx context.Context, who authz.Subject, in *struct {
	ID remit.SessionID `path:"id"`
}) (*none, error) {
	return &none{}, a.Identity.EndSession(ctx, who, in.ID)
}

func (a *api) endOtherSessions(ctx context.Context, who authz.Subject, _ *struct{}) (*answer[client.Ended], error) {
	n, err := a.Identity.EndOtherSessions(ctx, who)
	return &answer[client.Ended]{client.Ended{Ended: n}}, err
}

func (a *api) rotateKey(ctx context.Context, who authz.Subject, in *struct {
	ID remit.KeyID `path:"id"`
	Input[client.Rotation]
}) (*answer[remit.APIKey], error) {
	if in.ID == "current" { // the one that the request shows
		in.ID = remit.KeyID(who.Key)
	}
	seconds := min(max(in.Body.GraceSeconds, -1), int(2*identity.MaxGrace/time.Second)) // no overflow; both ends are refused
	key, err := a.Identity.RotateKey(ctx, who, in.ID, time.Duration(seconds)*time.Second)
	if err == nil {
		err = a.nameProjects(ctx, who, &key)
	}
	return &answer[remit.APIKey]{key}, err
}
