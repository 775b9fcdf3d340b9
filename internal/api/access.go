package api

import (
	"context"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
)

func (a *api) accessRoutes() {
	handle(a, on(post, "/api/v1/access/check", "Ask whether something is permitted", "access.check"), a.check)
}

// check answers for a project as a whole, or for one thing.
func (a *api) check(ctx context.Context, who authz.Subject, in *Input[client.Question]) (*answer[client.Verdict], error) {
	q := in.Body
	verdict, err := a.Projects.Check(ctx, who, projects.Question{User: q.User, Permission: q.Permission, Project: q.Project, On: a.thing(q)})
	return &answer[client.Verdict]{client.Verdict(verdict)}, err
}

// thing is how the thing of a question is found; nil when there is none.
func (a *api) thing(q client.Question) func(*gate.Reader) (authz.Resource, error) {
	switch {
	case q.Job != "":
		return func(r *gate.Reader) (authz.Resource, error) { return jobs.Locate(r, q.Job) }
	case q.On == nil:
		return nil
	}
	return func(r *gate.Reader) (authz.Resource, error) { return archive.LocateOn(r, *q.On) }
}
