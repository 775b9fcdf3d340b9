package web

import (
	"crypto/sha256"
	"encoding/hex"
	"html/template"
	"net/http"
	"net/url"
)

// part is a piece of a page that htmx asks for again and again.
type part struct {
	ID    string
	URL   string // where it is asked for, with what is shown now as `seen`
	Every string // how often, "2s"; "" = never again
	Body  template.HTML
	Aside template.HTML // another piece, elsewhere on the page, that changes with it
}

// part executes the template name into a piece that freshens itself from
// address every so often.
func (v *visit) part(name, id, address, every string, data any) (part, error) {
	body, err := v.execute(partials, name, data)
	if err != nil {
		return part{}, err
	}
	// It comes out of html/template, so it is safe as it is.
	p := part{ID: id, URL: address, Every: every, Body: template.HTML(body)}
	return p, p.mark()
}

// withAside adds the piece that the template name makes of data.
func (v *visit) withAside(p part, name string, data any) (part, error) {
	body, err := v.execute(partials, name, data)
	if err != nil {
		return p, err
	}
	p.Aside = template.HTML(body)
	return p, p.mark()
}

// mark puts a hash of the part into its address, so that asking again for
// what has not changed is answered without a body, and neither the focus nor
// a selection in it is lost.
func (p *part) mark() error {
	sum := sha256.Sum256([]byte(p.Every + "\x00" + string(p.Body) + "\x00" + string(p.Aside)))
	u, err := url.Parse(p.URL)
	if err != nil {
		return err
	}
	q := u.Query()
	q.Set("seen", hex.EncodeToString(sum[:8]))
	u.RawQuery = q.Encode()
	p.URL = u.String()
	return nil
}

// freshen answers htmx with a part, or with nothing when it is as it was.
func (v *visit) freshen(p part) error {
	u, err := url.Parse(p.URL)
	if err == nil && u.Query().Get("seen") == v.query("seen") {
		v.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	v.render(partials, "fresh", p)
	return err
}
