package client

import (
	"context"
	"net/http"

	"github.com/remit-server/remit"
)

// Me says who the credential belongs to and what that one may do.
func (c *Client) Me(ctx context.Context) (Me, error) { return get[Me](ctx, c, "/api/v1/me") }

// Check asks whether something is permitted.
func (c *Client) Check(ctx context.Context, q Question) (Verdict, error) {
	return post[Verdict](ctx, c, "/api/v1/access/check", q)
}

// CheckAll asks about many permissions at once.
func (c *Client) CheckAll(ctx context.Context, q Questions) (Findings, error) {
	return post[Findings](ctx, c, "/api/v1/access/check-all", q)
}

// Explain asks what Check asks, and why.
func (c *Client) Explain(ctx context.Context, q Question) (remit.Explanation, error) {
	return post[remit.Explanation](ctx, c, "/api/v1/access/explain", q)
}

// Things lists the ids of the things on which somebody has a permission, of
// those that the asker may see.
func (c *Client) Things(ctx context.Context, q Things) (remit.Page[string], error) {
	return post[remit.Page[string]](ctx, c, "/api/v1/access/things", q)
}

// Users lists accounts.
func (c *Client) Users(ctx context.Context, q Query) (remit.Page[remit.User], error) {
	return list[remit.User](ctx, c, "/api/v1/users", q)
}

// User shows one account.
func (c *Client) User(ctx context.Context, name string) (remit.User, error) {
	return get[remit.User](ctx, c, "/api/v1/users/"+seg(name))
}

// CreateUser makes an account.
func (c *Client) CreateUser(ctx context.Context, u NewUser) (remit.User, error) {
	return post[remit.User](ctx, c, "/api/v1/users", u)
}

// UpdateUser changes an account.
func (c *Client) UpdateUser(ctx context.Context, name string, p UserPatch) (remit.User, error) {
	return patch[remit.User](ctx, c, "/api/v1/users/"+seg(name), p)
}

// Keys lists API keys.
func (c *Client) Keys(ctx context.Context, q Query) (remit.Page[remit.APIKey], error) {
	return list[remit.APIKey](ctx, c, "/api/v1/keys", q)
}

// CreateKey makes an API key; the answer holds its secret, once.
func (c *Client) CreateKey(ctx context.Context, k NewKey) (remit.APIKey, error) {
	return post[remit.APIKey](ctx, c, "/api/v1/keys", k)
}

// DeleteKey revokes an API key.
func (c *Client) DeleteKey(ctx context.Context, id remit.KeyID) error {
	return c.call(ctx, http.MethodDelete, "/api/v1/keys/"+seg(id), nil, nil)
}

// KeyFromPassword signs in with name and password and makes an API key for
// programs; the session that this took is ended again.
func KeyFromPassword(ctx context.Context, address string, login Login, key NewKey) (remit.APIKey, error) {
	c, err := New(address, "")
	if err != nil {
		return remit.APIKey{}, err
	}
	session, err := post[SignedIn](ctx, c, "/api/v1/session", login)
	if err != nil {
		return remit.APIKey{}, err
	}
	c.key = session.Token
	made, err := c.CreateKey(ctx, key)
	end := c.call(ctx, http.MethodDelete, "/api/v1/session", nil, nil)
	if err != nil {
		return remit.APIKey{}, err
	}
	return made, end
}

// RevokeThis revokes the API key that the client shows.
func (c *Client) RevokeThis(ctx context.Context) error {
	return c.call(ctx, http.MethodDelete, "/api/v1/keys/current", nil, nil)
}
