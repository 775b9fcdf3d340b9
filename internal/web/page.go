package web

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"strings"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

//go:embed templates
var templates embed.FS

// pages are the templates by the name of their file, each with the frame
// around it and the partials that they share.
type pages map[string]*template.Template

// parsePages reads all templates; one that does not parse is a fault of the
// program that no request could mend.
func parsePages(files static) pages {
	shared := template.Must(template.New("").Funcs(words).Funcs(template.FuncMap{"static": files.address}).
		ParseFS(templates, "templates/shared/*.html"))
	found := pages{partials: shared}
	names, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		page := template.Must(template.Must(shared.Clone()).ParseFS(templates, name))
		found[strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".html")] = page
	}
	return found
}

// partials names the templates that all pages share, without a page.
const partials = ""

// frame is what is around every page.
type frame struct {
	Title     string
	User      string // name of who is signed in, or ""
	Account   string // how the top bar calls who is here without being a person
	Crumbs    []crumb
	SignIn    string // address of the login that leads back; "" on the login itself
	Nodes     bool   // some may be seen
	ListsJobs bool   // some may be seen
	Version   string
	LooksAs   string // whom the page is shown as (R23), in words; "" for no preview
	AuthOff   bool   // everybody may do everything (R32)
}

// crumb is one step of the way from the start page.
type crumb struct{ Title, Path string }

func (v *visit) frame(title string, crumbs ...crumb) frame {
	f := frame{Title: title, Crumbs: crumbs, SignIn: v.loginPath(), Nodes: v.maySee("node.list"), ListsJobs: v.maySee("job.list"), Version: v.version}
	f.LooksAs = v.looksAs()
	if who, err := identity.Caller(v.ctx()); err == nil && who.Kind == authz.Local {
		f.AuthOff, f.Account, f.SignIn = true, "nobody in particular", ""
	}
	switch v.who.Kind {
	case authz.Person:
		f.User = v.who.Name
	case authz.Node:
		f.Account = "node " + v.who.Name
	}
	return f
}

// maySee says whether a list can have anything in it for the asker; what one
// may not see has no link.
func (v *visit) maySee(list string) bool {
	some, err := gate.View(v.ctx(), v.Gate, v.who, gate.Query[bool]{
		Name: list,
		Read: func(r *gate.Reader) (bool, error) { return !r.Scope(list).Empty(), nil },
	})
	return err == nil && some
}

// status sets that of the page to come.
func (v *visit) status(code int) *visit {
	v.w = &late{ResponseWriter: v.w, code: code}
	return v
}

// late writes a status with the first byte, after all headers.
type late struct {
	http.ResponseWriter
	code int
	done bool
}

// WriteHeader is for answers that know better, such as a fault in a template.
func (l *late) WriteHeader(code int) {
	l.done = true
	l.ResponseWriter.WriteHeader(code)
}

func (l *late) Write(b []byte) (int, error) {
	if !l.done {
		l.WriteHeader(l.code)
	}
	return l.ResponseWriter.Write(b)
}

// show answers with a page.
func (v *visit) show(name string, data any) { v.render(name, "page", data) }

// render executes one template of a page into memory, so that a fault in it
// is an error and never half a page.
func (v *visit) render(page, part string, data any) {
	body, err := v.execute(page, part, data)
	if err != nil {
		v.Log.ErrorContext(v.ctx(), "template failed", "page", page, "error", err, "request", gate.RequestID(v.ctx()))
		http.Error(v.w, "Something went wrong on the server. Request "+gate.RequestID(v.ctx()), http.StatusInternalServerError)
		return
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = v.w.Write(body) // who has gone sees nothing
}

func (v *visit) execute(page, part string, data any) ([]byte, error) {
	var b bytes.Buffer
	err := v.pages[page].ExecuteTemplate(&b, part, data)
	return b.Bytes(), err
}
