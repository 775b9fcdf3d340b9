package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// errorPage says what went wrong and what to do next.
type errorPage struct {
	frame
	Status    int
	Heading   string
	Message   string
	Hint      string
	Missing   string // the permission that is missing
	Grantors  []string
	Back      string // the page that a form was on
	Strangers bool   // it may be hidden from those only who have not signed in
	RequestID string // for faults of the program
}

// fail answers with err: anonymous callers and those whose session has ended
// go to the login, the others see why.
func (v *visit) fail(err error) {
	e := v.worded(err)
	switch {
	case v.isPart():
		v.failPart(e)
	case e.Kind == remit.Unauthenticated:
		v.toLogin()
	default:
		v.status(client.Status(e.Kind)).showError(e)
	}
}

// failPart makes the whole page anew, which then says what is wrong, unless
// trying again may help.
func (v *visit) failPart(e *remit.Error) {
	if e.Kind != remit.Unavailable && e.Kind != remit.Internal && e.Kind != remit.Limited {
		v.w.Header().Set("HX-Refresh", "true")
	}
	v.w.WriteHeader(client.Status(e.Kind))
}

func (v *visit) toLogin() {
	if _, err := identity.Caller(v.ctx()); err != nil {
		http.SetCookie(v.w, client.EndedSessionCookie(identity.Secure(v.ctx())))
	}
	http.Redirect(v.w, v.r, v.loginPath(), http.StatusSeeOther)
}

// loginPath is the login that leads back here.
func (v *visit) loginPath() string {
	if here := v.here(); here != "/" {
		return "/login?next=" + url.QueryEscape(here)
	}
	return "/login"
}

// worded is err as people may read it: a fault of the program shows nothing
// of its inside.
func (v *visit) worded(err error) *remit.Error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return remit.Errorf(remit.Unavailable, "The request ended before its answer was ready")
	}
	e, ok := errors.AsType[*remit.Error](err)
	if ok && e.Kind != remit.Internal {
		return e
	}
	v.Log.ErrorContext(v.ctx(), "page failed", "error", err, "request", gate.RequestID(v.ctx()))
	return remit.Errorf(remit.Internal, "Something went wrong on the server").
		WithHint("It was logged. Tell the administrator the request id.")
}

var headings = map[remit.Kind]string{
	remit.Invalid:     "That cannot be done as asked",
	remit.Denied:      "Not permitted",
	remit.NotFound:    "Not found",
	remit.Conflict:    "Not possible now",
	remit.Gone:        "Gone",
	remit.Limited:     "Too much at once",
	remit.Unavailable: "Try again in a moment",
	remit.Internal:    "Something went wrong",
}

func (v *visit) showError(e *remit.Error) {
	page := errorPage{Heading: headings[e.Kind], Status: client.Status(e.Kind), Message: e.Message, Hint: e.Hint, Grantors: e.Grantors}
	if page.Heading == "" {
		page.Heading = http.StatusText(page.Status)
	}
	page.frame = v.frame(page.Heading)
	if e.Decision != nil && e.Kind == remit.Denied {
		page.Missing, page.Hint = e.Decision.Permission, "" // said in parts
		if e.Code == "key_scope" {
			page.Hint = e.Hint
		}
	}
	if v.r.Method == http.MethodPost {
		page.Back = v.here()
	}
	page.Strangers = e.Kind == remit.NotFound && v.who.Kind == authz.Anonymous
	if e.Kind == remit.Internal {
		page.RequestID = gate.RequestID(v.ctx())
	}
	v.show("error", page)
}

func noPage() error {
	return remit.Errorf(remit.NotFound, "There is no such page").WithHint("Check the address, or begin at the start page.")
}
