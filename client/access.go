package client

import (
	"context"
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
