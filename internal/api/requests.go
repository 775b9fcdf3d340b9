package api

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/projects"
)

// ByRequest is the access request in a path.
type ByRequest struct {
	ID remit.RequestID `path:"id"`
}

func (a *api) requestRoutes() {
	const all, one = "/api/v1/access/requests", "/api/v1/access/requests/{id}"
	handle(a, on(get, all, "List my access requests and those that I decide on", "request.list", "request.review"), a.requests)
	handle(a, on(post, all, "Ask for a role or a permission in a project", "request.create").answers(201), a.request)
	handle(a, on(get, one, "Show an access request", "request.read", "request.review"), a.showRequest)
	handle(a, on(post, one+"/approve", "Give what is asked for", "request.approve"), a.approveRequest)
	handle(a, on(post, one+"/reject", "Say no to an access request", "request.reject"), a.rejectRequest)
	handle(a, on(post, one+"/withdraw", "Take my access request back", "request.withdraw"), a.withdrawRequest)
	handle(a, on(get, "/api/v1/notices", "List what I am told of", "notice.list"), a.notices)
	handle(a, on(post, "/api/v1/notices/read", "Note that I have read notices", "notice.update").answers(204), a.readNotices)
}

func (a *api) requests(ctx context.Context, who authz.Subject, in *struct {
	Paging
	Project string `query:"project" doc:"A project's slug"`
	State   string `query:"state" doc:"open, approved, rejected, withdrawn or expired"`
	Mine    bool   `query:"mine" doc:"Only those that I made"`
}) (*answer[remit.Page[remit.AccessRequest]], error) {
	f := projects.RequestFilter{Project: in.Project, State: remit.RequestState(in.State), Mine: in.Mine}
	page, err := a.Projects.Requests(ctx, who, f, in.Limit, in.After)
	return &answer[remit.Page[remit.AccessRequest]]{page}, err
}

func (a *api) request(ctx context.Context, who authz.Subject, in *Input[client.NewRequest]) (*made[remit.AccessRequest], error) {
	n := projects.NewRequest{Project: in.Body.Project, Role: in.Body.Role, Permission: in.Body.Permission, Reason: in.Body.Reason, Until: in.Body.Until}
	if on := in.Body.On; on != nil {
		if on.File != "" || on.IsZero() {
			return nil, remit.Errorf(remit.Invalid, "Access is asked for in a whole project, or in one collection").WithField("on").
				WithHint("Name a collection, or leave it out.")
		}
		n.Collection = on.Collection
	}
	q, err := a.Projects.Request(ctx, who, n)
	return &made[remit.AccessRequest]{"/api/v1/access/requests/" + string(q.ID), q}, err
}

func (a *api) showRequest(ctx context.Context, who authz.Subject, in *ByRequest) (*answer[remit.AccessRequest], error) {
	q, err := a.Projects.ShowRequest(ctx, who, in.ID)
	return &answer[remit.AccessRequest]{q}, err
}

func (a *api) approveRequest(ctx context.Context, who authz.Subject, in *struct {
	ByRequest
	Input[client.Approval]
}) (*answer[remit.AccessRequest], error) {
	q, err := a.Projects.Approve(ctx, who, in.ID, projects.Approval(in.Body))
	return &answer[remit.AccessRequest]{q}, err
}

func (a *api) rejectRequest(ctx context.Context, who authz.Subject, in *struct {
	ByRequest
	Input[client.Rejection]
}) (*answer[remit.AccessRequest], error) {
	q, err := a.Projects.Reject(ctx, who, in.ID, in.Body.Answer)
	return &answer[remit.AccessRequest]{q}, err
}

func (a *api) withdrawRequest(ctx context.Context, who authz.Subject, in *ByRequest) (*answer[remit.AccessRequest], error) {
	q, err := a.Projects.Withdraw(ctx, who, in.ID)
	return &answer[remit.AccessRequest]{q}, err
}

func (a *api) notices(ctx context.Context, who authz.Subject, in *struct {
	Paging
	Unread bool `query:"unread" doc:"Only those that were not read yet"`
}) (*answer[remit.Page[remit.Notice]], error) {
	page, err := a.Projects.Notices(ctx, who, in.Unread, in.Limit, in.After)
	return &answer[remit.Page[remit.Notice]]{page}, err
}

func (a *api) readNotices(ctx context.Context, who authz.Subject, in *Input[client.ReadNotices]) (*none, error) {
	return &none{}, a.Projects.ReadNotices(ctx, who, in.Body.IDs)
}
