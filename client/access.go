package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/remit-server/remit"
)

// WhoQuestion is the body of POST /api/v1/access/who-can: who may do PERMISSION?
type WhoQuestion struct {
	Permission string      `json:"permission"` // a permission or an operation
	Project    string      `json:"project,omitempty"`
	On         *remit.On   `json:"on,omitempty"`
	Job        remit.JobID `json:"job,omitempty"`
	Limit      int         `json:"limit,omitempty"` // 0 = 50, at most 500
	After      string      `json:"after,omitempty"` // next of the page before
}

// Holders answers a WhoQuestion.
type Holders struct {
	Items []Holder `json:"items"`
	Next  string   `json:"next,omitempty"`
	// Incomplete says that there are others, of whom the asker may not know.
	Incomplete bool `json:"incomplete,omitempty"`
}

// Holder is somebody who may.
type Holder struct {
	User   string     `json:"user"`
	Own    bool       `json:"own"`    // for things that they own
	Others bool       `json:"others"` // for others' things
	Rule   string     `json:"rule"`   // "R12"
	Via    string     `json:"via,omitempty"`
	Until  *time.Time `json:"until,omitempty"` // when all that it rests on ends
}

// WhoCan asks who may do something, of those whom the asker may know of.
func (c *Client) WhoCan(ctx context.Context, q WhoQuestion) (Holders, error) {
	return post[Holders](ctx, c, "/api/v1/access/who-can", q)
}

// PreviewHeader names whom a request looks as, "user:NAME" or "role:NAME"
// (R23). Answers in a preview carry it too.
const PreviewHeader = "Remit-Preview"

// As is the client, looking as "user:NAME" or "role:NAME"; "" as itself. It can
// change nothing then.
func (c *Client) As(preview string) *Client {
	other := *c
	other.preview = preview
	return &other
}

// Preview is whom a request looks as: one of both.
type Preview struct {
	User string `json:"user,omitempty"`
	Role string `json:"role,omitempty"`
}

// PreviewCookie is the name of the cookie by which the pages look as another.
const PreviewCookie = "remit_preview"

// NewPreviewCookie makes a browser look as another until it is closed; "" ends that.
func NewPreviewCookie(as string, secure bool) *http.Cookie {
	c := &http.Cookie{Name: PreviewCookie, Value: url.QueryEscape(as), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure}
	if as == "" {
		c.MaxAge = -1
	}
	return c
}

// Previewed is what a cookie of NewPreviewCookie was made of.
func Previewed(c *http.Cookie) string {
	as, err := url.QueryUnescape(c.Value)
	if err != nil {
		return c.Value
	}
	return as
}
