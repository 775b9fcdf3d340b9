package web

import (
	"net/http"
	"strings"

	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/identity"
)

// invitePage takes an invitation and a new password. The secret is never in an
// address that a server sees, and never on a page that it writes.
type invitePage struct {
	frame
	Problem string // why the last try failed
}

func (s *site) inviteForm(v *visit) error {
	v.show("invite", invitePage{frame: v.frame("Accept an invitation")})
	return nil
}

func (s *site) acceptInvitation(v *visit) error {
	form := v.r.PostForm
	secret, session, err := s.Identity.Accept(v.ctx(), invitation(form.Get("token")), form.Get("password"))
	if err != nil {
		e := v.worded(err)
		v.status(client.Status(e.Kind)).show("invite", invitePage{v.frame("Accept an invitation"), problemOf(e)})
		return nil
	}
	http.SetCookie(v.w, client.NewSessionCookie(secret, session.ExpiresAt, identity.Secure(v.ctx())))
	http.SetCookie(v.w, client.NewPreviewCookie("", identity.Secure(v.ctx())))
	return v.redirect("/")
}

// invitation is the secret of what was typed: itself, or a whole link.
func invitation(typed string) string {
	return strings.TrimSpace(typed[strings.LastIndex(typed, "#")+1:])
}
