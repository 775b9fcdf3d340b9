package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/identity"
)

// visit is one request for a page.
type visit struct {
	*site
	w   http.ResponseWriter
	r   *http.Request
	who authz.Subject
}

func (v *visit) ctx() context.Context     { return v.r.Context() }
func (v *visit) path(name string) string  { return v.r.PathValue(name) }
func (v *visit) query(name string) string { return v.r.URL.Query().Get(name) }

// maxForm bounds a posted form, in bytes: escaped, parameters take three times
// what they have.
const maxForm = 4 * remit.MaxResult

// page registers a page. A bad or ended credential leads to the login (R1),
// and any other error becomes a page of its own.
func (s *site) page(pattern string, serve func(*visit) error) {
	s.open(pattern, func(v *visit) error {
		who, err := identity.Caller(v.ctx())
		if err != nil {
			return err
		}
		v.who = who
		return serve(v)
	})
}

// open is page for what must work whatever the credential is worth.
func (s *site) open(pattern string, serve func(*visit) error) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store") // the next look asks again (R18)
		v := &visit{site: s, w: w, r: r}
		err := v.parseForm()
		if err == nil {
			err = serve(v)
		}
		if err != nil {
			v.fail(err)
		}
	})
}

func (v *visit) parseForm() error {
	if v.r.Method != http.MethodPost {
		return nil
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
	if err := v.r.ParseForm(); err != nil {
		return remit.Errorf(remit.Invalid, "This form cannot be read").WithHint("Go back, reload the page and try again.")
	}
	for name, values := range v.r.PostForm {
		if !remit.IsText(name) || !remit.IsText(strings.Join(values, "")) {
			return remit.Errorf(remit.Invalid, "A field of this form is no text").WithHint("Go back and type it anew.")
		}
	}
	return nil
}

// redirect answers a form: the browser goes to a page of ours with a GET.
func (v *visit) redirect(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// here is the address of this page, to come back to after a login; of a form,
// the page that it was on.
func (v *visit) here() string {
	if v.r.Method == http.MethodGet {
		return ownPath(v.r.URL.RequestURI())
	}
	from, err := url.Parse(v.r.Referer())
	if err != nil || from.Host != v.r.Host {
		return "/"
	}
	return ownPath(from.RequestURI())
}

// ownPath is next when it is an address of this site, else "/": nobody is
// led elsewhere by a link to our login.
func ownPath(next string) string {
	u, err := url.Parse(next)
	switch {
	case err != nil, u.Scheme != "", u.Host != "", u.User != nil, u.Opaque != "":
		return "/"
	case !strings.HasPrefix(next, "/"), strings.HasPrefix(next, "//"), strings.Contains(next, `\`):
		return "/"
	case u.Path == "/login", u.Path == "/logout":
		return "/"
	}
	return next
}

// isPart says whether htmx asks for a part of a page.
func (v *visit) isPart() bool { return v.r.Header.Get("HX-Request") == "true" }
