package api

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/schedules"
)

// BySchedule is the schedule in a path.
type BySchedule struct {
	ID remit.ScheduleID `path:"id"`
}

func (a *api) scheduleRoutes() {
	const all, one = "/api/v1/projects/{slug}/schedules", "/api/v1/schedules/{id}"
	handle(a, on(get, all, "List the schedules of a project", "schedule.list"), a.schedules)
	handle(a, on(post, all, "Make jobs at the times of a cron expression", "schedule.create").answers(201), a.createSchedule)
	handle(a, on(get, one, "Show a schedule and when it fires next", "schedule.read"), a.schedule)
	handle(a, on(patch, one, "Change one's own schedule, or pause one", "schedule.update", "schedule.pause"), a.updateSchedule)
	handle(a, on(remove, one, "Delete a schedule; its jobs stay", "schedule.delete").answers(204), a.deleteSchedule)
	handle(a, on(post, one+"/run", "Make and start its job now, as mine", "schedule.run").answers(201), a.runSchedule)
	handle(a, on(get, one+"/firings", "List what came of its times, the latest first", "schedule.read").named("schedule.firings"), a.firings)
}

func (a *api) schedules(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	Paging
}) (*answer[remit.Page[remit.Schedule]], error) {
	page, err := a.Schedules.Schedules(ctx, who, in.Slug, in.Limit, in.After)
	return &answer[remit.Page[remit.Schedule]]{page}, err
}

func (a *api) createSchedule(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	Input[client.NewSchedule]
}) (*made[remit.Schedule], error) {
	s, err := a.Schedules.Create(ctx, who, in.Slug, schedules.Plan(in.Body))
	return &made[remit.Schedule]{"/api/v1/schedules/" + string(s.ID), s}, err
}

func (a *api) schedule(ctx context.Context, who authz.Subject, in *BySchedule) (*answer[remit.Schedule], error) {
	s, err := a.Schedules.Schedule(ctx, who, in.ID)
	return &answer[remit.Schedule]{s}, err
}

func (a *api) updateSchedule(ctx context.Context, who authz.Subject, in *struct {
	BySchedule
	Input[client.SchedulePatch]
}) (*answer[remit.Schedule], error) {
	s, err := a.Schedules.Update(ctx, who, in.ID, schedules.Patch(in.Body))
	return &answer[remit.Schedule]{s}, err
}

func (a *api) deleteSchedule(ctx context.Context, who authz.Subject, in *BySchedule) (*none, error) {
	return &none{}, a.Schedules.Delete(ctx, who, in.ID)
}

func (a *api) runSchedule(ctx context.Context, who authz.Subject, in *BySchedule) (*made[remit.Job], error) {
	job, err := a.Schedules.Run(ctx, who, in.ID)
	return &made[remit.Job]{"/api/v1/jobs/" + string(job.ID), job}, err
}

func (a *api) firings(ctx context.Context, who authz.Subject, in *struct {
	BySchedule
	Paging
}) (*answer[remit.Page[remit.Firing]], error) {
	page, err := a.Schedules.Firings(ctx, who, in.ID, in.Limit, in.After)
	return &answer[remit.Page[remit.Firing]]{page}, err
}
