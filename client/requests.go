package client

import (
	"context"
	"net/http"
	"time"

	"github.com/remit-server/remit"
)

// NewRequest is the body of POST /api/v1/access/requests: a role or a
// permission, one of the two.
type NewRequest struct {
	Project    string     `json:"project"`
	Role       string     `json:"role,omitempty"`
	Permission string     `json:"permission,omitempty"`
	On         *remit.On  `json:"on,omitempty"` // a collection; none = the whole project
	Reason     string     `json:"reason"`
	Until      *time.Time `json:"until,omitempty"`
}

// Approval is the body of POST /api/v1/access/requests/{id}/approve.
type Approval struct {
	Until  *time.Time `json:"until,omitempty"` // no longer than was asked for; none = as was asked for
	Answer string     `json:"answer,omitempty"`
}

// Rejection is the body of POST /api/v1/access/requests/{id}/reject.
type Rejection struct {
	Answer string `json:"answer"` // for who asked
}

// ReadNotices is the body of POST /api/v1/notices/read.
type ReadNotices struct {
	IDs []remit.NoticeID `json:"ids,omitempty"` // none = all
}

// RequestAccess asks for a role or a permission in a project.
func (c *Client) RequestAccess(ctx context.Context, r NewRequest) (remit.AccessRequest, error) {
	return post[remit.AccessRequest](ctx, c, "/api/v1/access/requests", r)
}

// AccessRequests lists the asker's requests and those that the asker decides
// on: project, state, mine.
func (c *Client) AccessRequests(ctx context.Context, q Query) (remit.Page[remit.AccessRequest], error) {
	return list[remit.AccessRequest](ctx, c, "/api/v1/access/requests", q)
}

// AccessRequest shows one.
func (c *Client) AccessRequest(ctx context.Context, id remit.RequestID) (remit.AccessRequest, error) {
	return get[remit.AccessRequest](ctx, c, "/api/v1/access/requests/"+seg(id))
}

// ApproveAccess gives what is asked for.
func (c *Client) ApproveAccess(ctx context.Context, id remit.RequestID, a Approval) (remit.AccessRequest, error) {
	return post[remit.AccessRequest](ctx, c, "/api/v1/access/requests/"+seg(id)+"/approve", a)
}

// RejectAccess says no.
func (c *Client) RejectAccess(ctx context.Context, id remit.RequestID, answer string) (remit.AccessRequest, error) {
	return post[remit.AccessRequest](ctx, c, "/api/v1/access/requests/"+seg(id)+"/reject", Rejection{Answer: answer})
}

// WithdrawAccess takes one's own request back.
func (c *Client) WithdrawAccess(ctx context.Context, id remit.RequestID) (remit.AccessRequest, error) {
	return post[remit.AccessRequest](ctx, c, "/api/v1/access/requests/"+seg(id)+"/withdraw", nil)
}

// Notices lists what the asker is told of: unread.
func (c *Client) Notices(ctx context.Context, q Query) (remit.Page[remit.Notice], error) {
	return list[remit.Notice](ctx, c, "/api/v1/notices", q)
}

// MarkRead notes that notices were read, all of them for none.
func (c *Client) MarkRead(ctx context.Context, ids ...remit.NoticeID) error {
	return c.call(ctx, http.MethodPost, "/api/v1/notices/read", ReadNotices{IDs: ids}, nil)
}
