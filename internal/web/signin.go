package web

import (
	"net/http"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/identity"
)

// loginPage asks for name and password.
type loginPage struct {
	frame
	Next    string // where to go then
	Name    string // as it was typed
	Problem string // why the last try failed
	By      string // what the identity provider is called, "" when there is none
	ByPath  string // where a sign-in by it begins
}

func (s *site) signInPages() {
	s.open("GET /login", s.loginForm)
	s.open("POST /login", s.login)
	s.open("POST /logout", s.logout)
	s.open("GET /invite", s.inviteForm)
	s.open("POST /invite", s.acceptInvitation)
	s.open("GET /notifications/stop", s.stopForm)
	s.open("POST /notifications/stop", s.stopLetters)
}

func (s *site) loginForm(v *visit) error {
	next := ownPath(v.query("next"))
	if who, err := identity.Caller(v.ctx()); err == nil && (who.Kind == authz.Person || who.Kind == authz.Local) {
		return v.redirect(next)
	}
	v.showLogin(loginPage{Next: next, Problem: externalProblem(v.query("problem"))})
	return nil
}

func (s *site) login(v *visit) error {
	form := v.r.PostForm
	next := ownPath(form.Get("next"))
	secret, session, err := s.Identity.Login(v.ctx(), form.Get("name"), form.Get("password"))
	if err != nil {
		e := v.worded(err)
		v.status(client.Status(e.Kind)).showLogin(loginPage{Next: next, Name: form.Get("name"), Problem: problemOf(e)})
		return nil
	}
	http.SetCookie(v.w, client.NewSessionCookie(secret, session.ExpiresAt, identity.Secure(v.ctx())))
	http.SetCookie(v.w, client.NewPreviewCookie("", identity.Secure(v.ctx())))
	return v.redirect(next)
}

func (v *visit) showLogin(page loginPage) {
	page.frame = v.frame("Sign in")
	page.frame.SignIn = ""
	page.By, page.ByPath = v.Services.SignIn, externalPath(page.Next)
	v.show("login", page)
}

func problemOf(e *remit.Error) string {
	if e.Hint == "" {
		return e.Message + "."
	}
	return e.Message + ". " + e.Hint
}

func (s *site) logout(v *visit) error {
	if err := s.Identity.Logout(v.ctx(), identity.SessionSecret(v.ctx())); err != nil {
		return err
	}
	http.SetCookie(v.w, client.EndedSessionCookie(identity.Secure(v.ctx())))
	http.SetCookie(v.w, client.NewPreviewCookie("", identity.Secure(v.ctx())))
	return v.redirect("/login")
}
