package client

import (
	"net/http"
	"time"
)

// SessionCookie is the name of the cookie that carries a session's secret.
const SessionCookie = "remit_session"

// NewSessionCookie carries a session's secret to a browser: out of reach of
// scripts and of other sites' requests, and over TLS only when secure.
func NewSessionCookie(secret string, expires time.Time, secure bool) *http.Cookie {
	return &http.Cookie{Name: SessionCookie, Value: secret, Path: "/", Expires: expires,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure}
}

// EndedSessionCookie takes the cookie away.
func EndedSessionCookie(secure bool) *http.Cookie {
	c := NewSessionCookie("", time.Time{}, secure)
	c.MaxAge = -1
	return c
}
