package server

import (
	"context"
	"net"
	"net/http"
	"strings"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// authenticate finds out who asks and keeps it in the request's context. A
// bad credential is kept as an error: it never becomes anonymous (R1).
func (s *Server) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := identity.Call{Secure: s.secure(r), Address: address(r), Agent: r.UserAgent()}
		secret, session, err := credential(r)
		switch {
		case err != nil:
			call.Err = err
		case secret != "":
			if session {
				call.Session = secret
			}
			as := preview(r, session)
			call.Again = func(ctx context.Context) (authz.Subject, error) { return s.subject(ctx, secret, as) }
			call.Subject, call.Err = call.Again(r.Context())
		case r.Header.Get(client.PreviewHeader) != "":
			_, call.Err = s.Projects.LookAs(r.Context(), authz.Subject{}, r.Header.Get(client.PreviewHeader))
		}
		if call.Subject.Preview != nil && call.Err == nil {
			w.Header().Set(client.PreviewHeader, preview(r, session))
		}
		next.ServeHTTP(w, r.WithContext(identity.WithCall(r.Context(), call)))
	})
}

// address is the other end's, "" when it is in this process.
func address(r *http.Request) string {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	return host
}

// secure says whether browsers reach the server by TLS, so that cookies may
// only travel so. A proxy that ends TLS is known by the public address alone:
// what a request says of itself, anybody could have said.
func (s *Server) secure(r *http.Request) bool {
	if s.opts.PublicURL != "" {
		return strings.HasPrefix(s.opts.PublicURL, "https://")
	}
	return r.TLS != nil
}

// credential is the secret that the request shows: a bearer, else the cookie.
func credential(r *http.Request) (secret string, session bool, err error) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, secret, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") || secret == "" {
			return "", false, gate.InvalidKey()
		}
		return secret, strings.HasPrefix(secret, identity.SessionPrefix), nil
	}
	cookie, err := r.Cookie(client.SessionCookie)
	if err != nil || cookie.Value == "" {
		return "", false, nil
	}
	if !strings.HasPrefix(cookie.Value, identity.SessionPrefix) { // keys are no cookies: browsers send those unasked
		return "", false, gate.InvalidKey()
	}
	return cookie.Value, true, nil
}

// preview is whom the request looks as (R23): its header says so, else the
// cookie of the pages.
func preview(r *http.Request, session bool) string {
	if as := r.Header.Get(client.PreviewHeader); as != "" {
		return as
	}
	if cookie, err := r.Cookie(client.PreviewCookie); err == nil && session {
		return client.Previewed(cookie)
	}
	return ""
}

// subject is who shows the secret, looking as another if as says so.
func (s *Server) subject(ctx context.Context, secret, as string) (authz.Subject, error) {
	who, err := s.account(ctx, secret)
	if err != nil || as == "" {
		return who, err
	}
	return s.Projects.LookAs(ctx, who, as)
}

// account looks the secret up in the place that its prefix names.
func (s *Server) account(ctx context.Context, secret string) (authz.Subject, error) {
	switch {
	case strings.HasPrefix(secret, identity.SessionPrefix):
		return s.Identity.AuthenticateSession(ctx, secret)
	case strings.HasPrefix(secret, identity.NodePrefix):
		return s.Nodes.Authenticate(ctx, secret)
	}
	return s.Identity.AuthenticateKey(ctx, secret)
}
