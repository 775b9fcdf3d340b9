package api

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
)

func (a *api) accessRoutes() {
	handle(a, on(post, "/api/v1/access/check", "Ask whether something is permitted", "access.check"), a.check)
	handle(a, on(post, "/api/v1/access/check-all", "Ask about many permissions of one person on one thing", "access.check").named("access.check-all"), a.checkAll)
	handle(a, on(post, "/api/v1/access/explain", "Ask why something is permitted or not", "access.check").named("access.explain"), a.explain)
	handle(a, on(post, "/api/v1/access/who-can", "List who may do something", "access.check").named("access.who-can"), a.whoCan)
	handle(a, on(post, "/api/v1/access/things", "List the things on which somebody has a permission", "access.check").named("access.things"), a.things)
}

// kinds are the things that can be listed by a permission, by its word.
var kinds = map[string]projects.Kind{
	"file":       {List: "file.list", IsID: remit.IsID[remit.FileID], Table: archive.Files},
	"collection": {List: "collection.list", IsID: remit.IsID[remit.CollectionID], Table: archive.Collections},
	"job":        {List: "job.list", IsID: remit.IsID[remit.JobID], Table: jobs.Table},
}

// things is the inverse of check: not whether, but on what.
func (a *api) things(ctx context.Context, who authz.Subject, in *Input[client.Things]) (*answer[remit.Page[string]], error) {
	page, err := a.Projects.Things(ctx, who, projects.Things(in.Body), kinds)
	return &answer[remit.Page[string]]{page}, err
}

// check answers for a project as a whole, or for one thing.
func (a *api) check(ctx context.Context, who authz.Subject, in *Input[client.Question]) (*answer[client.Verdict], error) {
	q := in.Body
	verdict, err := a.Projects.Check(ctx, who, projects.Question{User: q.User, Permission: q.Permission, Project: q.Project, On: thing(q.On, q.Job)})
	return &answer[client.Verdict]{client.Verdict(verdict)}, err
}

// explain is check with its reasons.
func (a *api) explain(ctx context.Context, who authz.Subject, in *Input[client.Question]) (*answer[remit.Explanation], error) {
	q := in.Body
	x, err := a.Projects.Explain(ctx, who, projects.Question{User: q.User, Permission: q.Permission, Project: q.Project, On: thing(q.On, q.Job)})
	return &answer[remit.Explanation]{x}, err
}

// whoCan is check without a user.
func (a *api) whoCan(ctx context.Context, who authz.Subject, in *Input[client.WhoQuestion]) (*answer[client.Holders], error) {
	q := in.Body
	found, err := a.Projects.WhoCan(ctx, who, projects.WhoQuestion{Permission: q.Permission, Project: q.Project, On: thing(q.On, q.Job), Limit: q.Limit, After: q.After})
	items := make([]client.Holder, len(found.Items))
	for i, h := range found.Items {
		items[i] = client.Holder(h)
	}
	return &answer[client.Holders]{client.Holders{Items: items, Next: found.Next, Incomplete: found.Incomplete}}, err
}

// checkAll is check for many permissions.
func (a *api) checkAll(ctx context.Context, who authz.Subject, in *Input[client.Questions]) (*answer[client.Findings], error) {
	q := in.Body
	found, err := a.Projects.CheckAll(ctx, who, projects.Questions{User: q.User, Permissions: q.Permissions, Project: q.Project, On: thing(q.On, q.Job)})
	items := make([]client.Finding, len(found))
	for i, f := range found {
		items[i] = client.Finding{Permission: f.Permission, Allowed: f.Allowed, Own: f.Own, Others: f.Others, Rule: f.Rule}
	}
	return &answer[client.Findings]{client.Findings{Items: items}}, err
}

// thing is how the thing of a question is found; nil when there is none.
func thing(on *remit.On, job remit.JobID) func(*gate.Reader) (authz.Resource, error) {
	switch {
	case job != "":
		return func(r *gate.Reader) (authz.Resource, error) { return jobs.Locate(r, job) }
	case on == nil:
		return nil
	case on.IsZero():
		return func(*gate.Reader) (authz.Resource, error) {
			return authz.Resource{}, remit.Errorf(remit.Invalid, "on names nothing").WithField("on").
				WithHint("It takes a file or a collection. Leave it out to ask about the project.")
		}
	}
	return func(r *gate.Reader) (authz.Resource, error) { return archive.LocateOn(r, *on) }
}
