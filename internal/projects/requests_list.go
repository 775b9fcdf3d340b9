package projects

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// RequestFilter narrows a list of requests.
type RequestFilter struct {
	Project string             // slug; "" = all
	State   remit.RequestState // "" = all
	Mine    bool               // those that the asker made
}

var requestStates = map[remit.RequestState]bool{remit.RequestOpen: true, remit.RequestApproved: true, remit.RequestRejected: true,
	remit.RequestWithdrawn: true, remit.RequestExpired: true, "": true}

// Requests lists the asker's own requests and those that the asker decides on,
// oldest first. Expired ones are listed to who made them only.
func (s *Service) Requests(ctx context.Context, who authz.Subject, f RequestFilter, limit int, after string) (page remit.Page[remit.AccessRequest], err error) {
	if limit, err = remit.Limit(limit); err == nil {
		err = checkCursor[remit.RequestID](after)
	}
	if err == nil && !requestStates[f.State] {
		err = invalid("state", "a request is open, approved, rejected, withdrawn or expired, not %q", f.State)
	}
	if err != nil {
		return page, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.AccessRequest]]{
		Name: "request.list",
		Read: func(r *gate.Reader) (remit.Page[remit.AccessRequest], error) { return listRequests(r, f, limit, after) },
	})
}

func listRequests(r *gate.Reader, f RequestFilter, limit int, after string) (page remit.Page[remit.AccessRequest], err error) {
	var project Row
	if f.Project != "" {
		if project, err = visible(r, f.Project); err != nil {
			return page, err
		}
	}
	query, args, err := selectRequests(r, f, project.ID, after, limit+1)
	if err != nil {
		return page, err
	}
	rows, err := db.Rows(r, scanRequest, query, args...)
	if err != nil {
		return page, err
	}
	rows, page.Next = paged(rows, limit, func(q requestRow) string { return string(q.ID) })
	page.Items, page.Permissions = make([]remit.AccessRequest, len(rows)), []string{}
	for i, q := range rows {
		page.Items[i] = dressedRequest(r, q)
	}
	if f.Project != "" {
		page.Permissions = listed(r.Actions(project.Resource(), "request.create"))
	}
	return page, nil
}

// ShowRequest shows one to who made it and to who decides on it; to others it is absent.
func (s *Service) ShowRequest(ctx context.Context, who authz.Subject, id remit.RequestID) (remit.AccessRequest, error) {
	var q requestRow
	return gate.View(ctx, s.gate, who, gate.Query[remit.AccessRequest]{
		Name: "request.read",
		On: func(r *gate.Reader) (on authz.Resource, err error) {
			q, err = known(r, id)
			return q.resource(), err
		},
		Read: func(r *gate.Reader) (remit.AccessRequest, error) { return dressedRequest(r, q), nil },
	})
}

// dressedRequest fills in what depends on who asks.
func dressedRequest(r *gate.Reader, q requestRow) remit.AccessRequest {
	q.User = r.UserName(q.user)
	if r.Can("member.list", authz.Resource{Project: string(q.project)}).Allowed {
		q.DecidedBy = r.UserName(q.decidedBy)
	}
	q.Permissions = requestActions(r, q)
	return q.AccessRequest
}

// requestActions are what the asker may do with a request now.
func requestActions(r *gate.Reader, q requestRow) []string {
	switch {
	case q.State != remit.RequestOpen:
		return []string{}
	case q.by(r.Who()):
		return listed(r.Actions(q.resource(), "request.withdraw"))
	}
	return listed(r.Actions(q.resource(), "request.approve", "request.reject"))
}
