package api

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/jobs"
)

// ByJob is the job in a path.
type ByJob struct {
	ID remit.JobID `path:"id"`
}

func (a *api) jobRoutes() {
	const job = "/api/v1/jobs/{id}"
	handle(a, on(get, "/api/v1/job-types", "List job types", "jobtype.list"), a.jobTypes)
	handle(a, on(get, "/api/v1/projects/{slug}/job-types", "List job types and what I may run here", "jobtype.list").named("jobtype.list.project"), a.projectTypes)
	handle(a, on(get, "/api/v1/jobs", "List jobs across projects, newest first", "job.list"), a.jobs)
	handle(a, on(get, "/api/v1/projects/{slug}/jobs", "List the jobs of a project, newest first", "job.list").named("job.list.project"), a.projectJobs)
	handle(a, on(post, "/api/v1/projects/{slug}/jobs", "Make a job and, with start, ask to run it", "job.submit", "job.create").prioritizes().answers(201), a.submit)
	handle(a, on(get, job, "Show a job, by its id or the name of one of mine", "job.read"), a.job)
	handle(a, on(patch, job, "Change a job's name or priority", "job.update").prioritizes(), a.updateJob)
	handle(a, on(remove, job, "Delete a finished job", "job.delete").answers(204), a.deleteJob)
	handle(a, on(post, job+"/run", "Run a job that waits for it", "job.run"), act(a.Jobs.Run))
	handle(a, on(post, job+"/cancel", "Cancel a job", "job.cancel"), act(a.Jobs.Cancel))
	handle(a, on(post, job+"/retry", "Try a failed or cancelled job again", "job.retry"), act(a.Jobs.Retry))
	handle(a, on(post, job+"/wrest", "Take a job away from its node", "job.wrest"), act(a.Jobs.Wrest))
	handle(a, on(post, job+"/requeue", "Make a new job from this one", "job.requeue").answers(201), a.requeue)
	handle(a, on(get, job+"/attempts", "List the attempts", "job.read").named("job.attempts"), a.attempts)
	handle(a, on(get, job+"/history", "Who did what to the job", "job.read").named("job.history"), a.history)
	handle(a, on(get, job+"/artifacts", "List what the job made", "job.read").named("job.artifacts"), a.artifacts)
}

// act is a route that does one thing to a job and answers with the job as it now is.
func act(do func(context.Context, authz.Subject, remit.JobID) (remit.Job, error)) func(context.Context, authz.Subject, *ByJob) (*answer[remit.Job], error) {
	return func(ctx context.Context, who authz.Subject, in *ByJob) (*answer[remit.Job], error) {
		job, err := do(ctx, who, in.ID)
		return &answer[remit.Job]{job}, err
	}
}

func (a *api) jobTypes(ctx context.Context, who authz.Subject, _ *struct{}) (*answer[remit.Page[remit.JobType]], error) {
	page, err := a.Jobs.Types(ctx, who, "")
	return &answer[remit.Page[remit.JobType]]{page}, err
}

func (a *api) projectTypes(ctx context.Context, who authz.Subject, in *BySlug) (*answer[remit.Page[remit.JobType]], error) {
	page, err := a.Jobs.Types(ctx, who, in.Slug)
	return &answer[remit.Page[remit.JobType]]{page}, err
}

// JobQuery is what a list of jobs can be asked.
type JobQuery struct {
	Paging
	Owner      string             `query:"owner" doc:"A user name, or me"`
	State      string             `query:"state" enum:"created,queued,held,claimed,running,cancelling,cancelled,succeeded,failed"`
	Type       string             `query:"type"`
	File       remit.FileID       `query:"file"`
	Collection remit.CollectionID `query:"collection"`
	Parent     remit.JobID        `query:"parent" doc:"The steps of this workflow"`
	Steps      bool               `query:"steps" doc:"The steps of workflows as well"`
}

func (q JobQuery) filter(project string) jobs.Filter {
	return jobs.Filter{Project: project, Owner: q.Owner, State: remit.JobState(q.State), Type: q.Type, File: q.File,
		Collection: q.Collection, Parent: q.Parent, Steps: q.Steps, Limit: q.Limit, After: remit.JobID(q.After)}
}

func (a *api) jobs(ctx context.Context, who authz.Subject, in *struct {
	JobQuery
	Project string `query:"project"`
}) (*answer[remit.Page[remit.Job]], error) {
	page, err := a.Jobs.Jobs(ctx, who, in.filter(in.Project))
	return &answer[remit.Page[remit.Job]]{page}, err
}

func (a *api) projectJobs(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	JobQuery
}) (*answer[remit.Page[remit.Job]], error) {
	page, err := a.Jobs.Jobs(ctx, who, in.filter(in.Slug))
	return &answer[remit.Page[remit.Job]]{page}, err
}

func (a *api) job(ctx context.Context, who authz.Subject, in *struct {
	Ref     string `path:"id" doc:"An id, or the name of a job of mine: of the live one, else of the latest that had it"`
	Project string `query:"project" doc:"Of this project only"`
}) (*answer[remit.Job], error) {
	job, err := a.Jobs.FindIn(ctx, who, in.Project, in.Ref)
	return &answer[remit.Job]{job}, err
}

func (a *api) updateJob(ctx context.Context, who authz.Subject, in *struct {
	ByJob
	Input[client.JobPatch]
}) (*answer[remit.Job], error) {
	job, err := a.Jobs.Update(ctx, who, in.ID, jobs.Patch(in.Body))
	return &answer[remit.Job]{job}, err
}

func (a *api) deleteJob(ctx context.Context, who authz.Subject, in *ByJob) (*none, error) {
	return &none{}, a.Jobs.Delete(ctx, who, in.ID)
}

func (a *api) requeue(ctx context.Context, who authz.Subject, in *struct {
	ByJob
	Input[client.Requeue]
}) (*made[remit.Job], error) {
	job, err := a.Jobs.Requeue(ctx, who, in.ID, jobs.Requeue(in.Body))
	return &made[remit.Job]{"/api/v1/jobs/" + string(job.ID), job}, err
}

func (a *api) attempts(ctx context.Context, who authz.Subject, in *ByJob) (*answer[remit.Page[remit.Attempt]], error) {
	attempts, err := a.Jobs.Attempts(ctx, who, in.ID)
	return &answer[remit.Page[remit.Attempt]]{whole(attempts)}, err
}

func (a *api) history(ctx context.Context, who authz.Subject, in *ByJob) (*answer[remit.Page[remit.JobEvent]], error) {
	events, err := a.Jobs.History(ctx, who, in.ID)
	return &answer[remit.Page[remit.JobEvent]]{whole(events)}, err
}

func (a *api) artifacts(ctx context.Context, who authz.Subject, in *struct {
	ByJob
	Attempt int `query:"attempt" minimum:"0" doc:"0 = the one whose result counts"`
}) (*answer[remit.Page[remit.Artifact]], error) {
	artifacts, err := a.Jobs.Artifacts(ctx, who, in.ID, in.Attempt)
	return &answer[remit.Page[remit.Artifact]]{whole(artifacts)}, err
}
