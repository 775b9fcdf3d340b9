package api

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
)

func (a *api) jobTypeRoutes() {
	handle(a, on(put, "/api/v1/projects/{slug}/job-types/{key}", "Switch a job type on or off in a project", "jobtype.switch"), a.switchType)
}

func (a *api) switchType(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	Key string `path:"key"`
	Input[client.TypeSwitch]
}) (*answer[remit.JobType], error) {
	t, err := a.Jobs.Switch(ctx, who, in.Slug, in.Key, in.Body.On)
	return &answer[remit.JobType]{t}, err
}
