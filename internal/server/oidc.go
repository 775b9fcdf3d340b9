package server

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/remit-server/remit/internal/identity"
)

// OIDC is an identity provider that people sign in by (OpenID Connect Core
// 1.0, code flow with PKCE).
type OIDC struct {
	Issuer       string // "https://id.example.org/realms/lab"; "" = there is none
	ClientID     string
	ClientSecret string            // "" for a public client
	Title        string            // of the button; "" = the issuer's host
	Scopes       []string          // besides openid; nil = profile, email
	NameClaim    string            // of the account's name; "" = preferred_username
	GroupsClaim  string            // "" = groups
	Teams        map[string]string // the provider's group → our team
	Create       bool              // accounts for those who have none
}

// provider is the identity provider, found when it is first asked for: it may
// start after us.
type provider struct {
	OIDC
	now     func() time.Time
	http    *http.Client
	mu      sync.Mutex
	finding *finding // nil = nobody looks for it, and nobody has found it
}

// finding is one look for the provider, for all who come meanwhile.
type finding struct {
	done  chan struct{} // closed when the rest is there
	found *oidc.Provider
	err   error
}

// newProvider also returns what it is called.
func newProvider(o Options) (*provider, string) {
	if o.OIDC.Issuer == "" || o.NoAuth {
		return nil, ""
	}
	p := &provider{OIDC: o.OIDC, now: o.Now, http: &http.Client{Timeout: 10 * time.Second}}
	p.NameClaim, p.GroupsClaim = cmp.Or(p.NameClaim, "preferred_username"), cmp.Or(p.GroupsClaim, "groups")
	if p.Scopes == nil {
		p.Scopes = []string{"profile", "email"}
	}
	if u, err := url.Parse(p.Issuer); err == nil {
		p.Title = cmp.Or(p.Title, u.Host)
	}
	return p, p.Title
}

// discover reads what the provider says of itself, once. While it does not
// answer there is one question for all who wait, each as long as they want to.
func (p *provider) discover(ctx context.Context) (*oidc.Provider, error) {
	f := p.look(ctx)
	select {
	case <-f.done:
		return f.found, f.err
	case <-ctx.Done():
		return nil, fmt.Errorf("finding the identity provider: %w", context.Cause(ctx))
	}
}

// look is the finding that is made or was, begun when there is none. It outlasts
// who began it.
func (p *provider) look(ctx context.Context) *finding {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.finding == nil {
		p.finding = &finding{done: make(chan struct{})}
		go p.find(context.WithoutCancel(ctx), p.finding)
	}
	return p.finding
}

// find takes as long as the client's limit of time. What failed is tried again
// by whoever comes next.
func (p *provider) find(ctx context.Context, f *finding) {
	defer close(f.done)
	if f.found, f.err = oidc.NewProvider(p.client(ctx), p.Issuer); f.err != nil {
		f.err = fmt.Errorf("finding the identity provider: %w", f.err)
		p.mu.Lock()
		p.finding = nil
		p.mu.Unlock()
	}
}

// client makes what is asked under the context pass our limits of time.
func (p *provider) client(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.http)
}

func (p *provider) config(found *oidc.Provider, back string) *oauth2.Config {
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: found.Endpoint(), RedirectURL: back,
		Scopes: append([]string{oidc.ScopeOpenID}, p.Scopes...)}
}

// external is who the code stands for. The token has to be from the issuer,
// signed by it, for us, in time, and of this very flow.
func (p *provider) external(ctx context.Context, code, back string, f flow) (identity.External, error) {
	found, err := p.discover(ctx)
	if err != nil {
		return identity.External{}, err
	}
	token, err := p.config(found, back).Exchange(p.client(ctx), code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return identity.External{}, fmt.Errorf("exchanging the code: %w", withoutBody(err))
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := found.VerifierContext(p.client(ctx), &oidc.Config{ClientID: p.ClientID, Now: p.now}).Verify(ctx, raw)
	if err != nil {
		return identity.External{}, fmt.Errorf("looking at the ID token: %w", err)
	}
	if f.Nonce == "" || id.Nonce != f.Nonce {
		return identity.External{}, fmt.Errorf("the ID token is of another sign-in: its nonce is not ours")
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return identity.External{}, fmt.Errorf("reading the ID token: %w", err)
	}
	if err := p.complete(ctx, found, token, id.Subject, claims); err != nil {
		return identity.External{}, err
	}
	return p.read(id, claims), nil
}

// complete asks the provider for claims that it leaves out of its ID tokens.
func (p *provider) complete(ctx context.Context, found *oidc.Provider, token *oauth2.Token, subject string, claims map[string]any) error {
	_, named := claims[p.NameClaim]
	_, grouped := claims[p.GroupsClaim]
	if named && (grouped || len(p.Teams) == 0) || found.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := found.UserInfo(p.client(ctx), oauth2.StaticTokenSource(token))
	if err != nil {
		return fmt.Errorf("asking who it is: %w", err)
	}
	more := map[string]any{}
	if err := info.Claims(&more); err != nil || info.Subject != subject {
		return fmt.Errorf("the provider tells of somebody else (%v)", err)
	}
	for name, value := range more {
		if _, known := claims[name]; !known {
			claims[name] = value
		}
	}
	return nil
}

func (p *provider) read(id *oidc.IDToken, claims map[string]any) identity.External {
	text := func(name string) string { s, _ := claims[name].(string); return s }
	e := identity.External{Issuer: id.Issuer, Subject: id.Subject, Name: text(p.NameClaim), FullName: text("name")}
	if verified, said := claims["email_verified"].(bool); verified || !said {
		e.Email = text("email")
	}
	switch groups := claims[p.GroupsClaim].(type) {
	case string:
		e.Groups = []string{groups}
	case []any:
		for _, g := range groups {
			if name, ok := g.(string); ok {
				e.Groups = append(e.Groups, name)
			}
		}
	}
	return e
}

// withoutBody keeps what the provider answered out of the log: there may be a
// token in it.
func withoutBody(err error) error {
	if e, ok := err.(*oauth2.RetrieveError); ok {
		return fmt.Errorf("%s %s", strings.TrimSpace(e.Response.Status), e.ErrorCode)
	}
	return err
}
