package server

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/web"
)

// flow is one sign-in under way. It is in a cookie: the browser that comes back
// has to be the one that went, and nothing of it is stored here.
type flow struct {
	State, Nonce, Verifier, Next string
}

const (
	flowCookie = "remit_oidc"
	flowPath   = "/auth/oidc/"
	flowLasts  = 600 // seconds
)

func (s *Server) oidcRoutes(mux *http.ServeMux) {
	if s.oidc == nil {
		return
	}
	mux.HandleFunc("GET /auth/oidc/start", s.oidcStart)
	mux.HandleFunc("GET /auth/oidc/callback", s.oidcCallback)
}

// oidcStart sends the browser to the provider.
func (s *Server) oidcStart(w http.ResponseWriter, r *http.Request) {
	found, err := s.oidc.discover(r.Context())
	if err != nil {
		s.oidcFailed(w, r, "oidc", err)
		return
	}
	f := flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Next: web.OwnPath(r.URL.Query().Get("next"))}
	http.SetCookie(w, s.flowCookie(r, f.encoded(), flowLasts))
	to := s.oidc.config(found, s.oidcBack()).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier))
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// oidcCallback is where the provider sends the browser back to.
func (s *Server) oidcCallback(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	f, ours := flowOf(r)
	http.SetCookie(w, s.flowCookie(r, "", -1)) // once
	q := r.URL.Query()
	if !ours || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(f.State)) != 1 {
		s.oidcFailed(w, r, "oidc", remit.Errorf(remit.Unauthenticated, "the state is not that of a sign-in of this browser"))
		return
	}
	if q.Get("code") == "" {
		s.oidcFailed(w, r, "oidc", remit.Errorf(remit.Unauthenticated, "the provider refused: %.100q", q.Get("error")))
		return
	}
	who, err := s.oidc.external(r.Context(), q.Get("code"), s.oidcBack(), f)
	if err != nil {
		s.oidcFailed(w, r, "oidc", err)
		return
	}
	secret, session, err := s.Identity.LoginExternal(r.Context(), who, identity.ExternalRules{Create: s.oidc.Create, Teams: s.oidc.Teams})
	if err != nil {
		s.oidcFailed(w, r, remit.CodeOf(err), err)
		return
	}
	http.SetCookie(w, client.NewSessionCookie(secret, session.ExpiresAt, s.secure(r)))
	http.SetCookie(w, client.NewPreviewCookie("", s.secure(r)))
	http.Redirect(w, r, web.OwnPath(f.Next), http.StatusSeeOther)
}

// oidcFailed says what went wrong to the log, and to the person on the login page.
func (s *Server) oidcFailed(w http.ResponseWriter, r *http.Request, code string, err error) {
	s.opts.Log.WarnContext(r.Context(), "a sign-in by the identity provider failed", "error", err, "request", gate.RequestID(r.Context()))
	http.Redirect(w, r, "/login?problem="+url.QueryEscape(code), http.StatusSeeOther)
}

// oidcBack is the address that the provider knows us by.
func (s *Server) oidcBack() string {
	if s.opts.PublicURL != "" {
		return s.opts.PublicURL + flowPath + "callback"
	}
	return s.URL() + flowPath + "callback"
}

func (s *Server) flowCookie(r *http.Request, value string, seconds int) *http.Cookie {
	return &http.Cookie{Name: flowCookie, Value: value, Path: flowPath, MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(r)}
}

func (f flow) encoded() string {
	text, _ := json.Marshal(f) // strings always can
	return base64.RawURLEncoding.EncodeToString(text)
}

// flowOf is the sign-in that the browser began.
func flowOf(r *http.Request) (f flow, ok bool) {
	cookie, err := r.Cookie(flowCookie)
	if err != nil {
		return f, false
	}
	text, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	return f, err == nil && json.Unmarshal(text, &f) == nil && f.State != "" && f.Nonce != "" && f.Verifier != ""
}
