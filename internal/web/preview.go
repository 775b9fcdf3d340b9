package web

import (
	"net/http"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/identity"
)

func (s *site) previewPages() {
	s.page("POST /preview", s.lookAs)
	s.open("POST /preview/end", s.endPreview)
}

// lookAs begins a preview (R23): the pages are shown as to somebody else.
func (s *site) lookAs(v *visit) error {
	as := v.r.PostForm.Get("as")
	if v.who.Preview != nil {
		return remit.Errorf(remit.Denied, "This is a preview already").WithHint("End it first.")
	}
	if _, err := s.Projects.LookAs(v.ctx(), v.who, as); err != nil {
		return err
	}
	http.SetCookie(v.w, client.NewPreviewCookie(as, identity.Secure(v.ctx())))
	return v.redirect(v.here())
}

// endPreview works whatever has become of whom was looked at.
func (s *site) endPreview(v *visit) error {
	http.SetCookie(v.w, client.NewPreviewCookie("", identity.Secure(v.ctx())))
	return v.redirect(v.here())
}

// looksAs is whom the browser asks to be shown, even if that cannot be.
func (v *visit) looksAs() string {
	cookie, err := v.r.Cookie(client.PreviewCookie)
	if err != nil || cookie.Value == "" {
		return ""
	}
	return strings.Replace(client.Previewed(cookie), ":", " ", 1)
}
