package client

import (
	"context"
	"net/http"

	"github.com/remit-server/remit"
)

// PasswordChange is the body of PUT /api/v1/users/{name}/password.
type PasswordChange struct {
	Old string `json:"old,omitempty"` // of one's own account: the one until now
	New string `json:"new"`
}

// NewInvitation is the body of POST /api/v1/invitations.
type NewInvitation struct {
	Name     string `json:"name"` // of the account to be
	FullName string `json:"full_name,omitempty"`
	Email    string `json:"email,omitempty"`
}

// Acceptance is the body of POST /api/v1/invitations/accept.
type Acceptance struct {
	Token    string `json:"token"` // the invitation's secret
	Password string `json:"password"`
}

// Rotation is the body of POST /api/v1/keys/{id}/rotate.
type Rotation struct {
	// GraceSeconds is how long the secret until now goes on working, at most a
	// day; 0 = it ends at once.
	GraceSeconds int `json:"grace_seconds,omitempty"`
}

// Ended answers DELETE /api/v1/sessions.
type Ended struct {
	Ended int `json:"ended"` // how many sessions
}

// SetPassword changes the password of an account.
func (c *Client) SetPassword(ctx context.Context, name string, p PasswordChange) error {
	return c.call(ctx, http.MethodPut, "/api/v1/users/"+seg(name)+"/password", p, nil)
}

// DeleteUser disables an account for good and gives what it owns to heir.
func (c *Client) DeleteUser(ctx context.Context, name, heir string) (remit.User, error) {
	var gone remit.User
	err := c.call(ctx, http.MethodDelete, "/api/v1/users/"+seg(name)+Query{"heir": heir}.encode(), nil, &gone)
	return gone, err
}

// Invite makes an invitation; the answer holds its secret, once.
func (c *Client) Invite(ctx context.Context, n NewInvitation) (remit.Invitation, error) {
	return post[remit.Invitation](ctx, c, "/api/v1/invitations", n)
}

// Invitations lists those that can still be accepted.
func (c *Client) Invitations(ctx context.Context, q Query) (remit.Page[remit.Invitation], error) {
	return list[remit.Invitation](ctx, c, "/api/v1/invitations", q)
}

// Withdraw ends an invitation.
func (c *Client) Withdraw(ctx context.Context, id remit.InviteID) error {
	return c.call(ctx, http.MethodDelete, "/api/v1/invitations/"+seg(id), nil, nil)
}

// Accept makes the account of an invitation and signs it in.
func (c *Client) Accept(ctx context.Context, a Acceptance) (SignedIn, error) {
	return post[SignedIn](ctx, c, "/api/v1/invitations/accept", a)
}

// Sessions lists where accounts are signed in.
func (c *Client) Sessions(ctx context.Context, q Query) (remit.Page[remit.Session], error) {
	return list[remit.Session](ctx, c, "/api/v1/sessions", q)
}

// EndSession ends one session.
func (c *Client) EndSession(ctx context.Context, id remit.SessionID) error {
	return c.call(ctx, http.MethodDelete, "/api/v1/sessions/"+seg(id), nil, nil)
}

// EndOtherSessions ends all sessions of the asker but the one that asks.
func (c *Client) EndOtherSessions(ctx context.Context) (Ended, error) {
	var ended Ended
	err := c.call(ctx, http.MethodDelete, "/api/v1/sessions", nil, &ended)
	return ended, err
}

// RotateKey gives an API key a new secret, which the answer holds, once.
func (c *Client) RotateKey(ctx context.Context, id remit.KeyID, r Rotation) (remit.APIKey, error) {
	return post[remit.APIKey](ctx, c, "/api/v1/keys/"+seg(id)+"/rotate", r)
}

// SignOut ends the session that the client shows.
func (c *Client) SignOut(ctx context.Context) error {
	return c.call(ctx, http.MethodDelete, "/api/v1/session", nil, nil)
}
