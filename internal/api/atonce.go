package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/jobs"
)

// atOnceRoutes are about many jobs at once.
func (a *api) atOnceRoutes() {
	handle(a, on(post, "/api/v1/jobs/bulk", "Do one thing to all jobs that meet a filter, or say what that would do", "job.bulk"), a.bulk)
	handle(a, on(post, "/api/v1/projects/{slug}/jobs/batch", "Make many jobs, all or none", "job.submit", "job.create").prioritizes().named("job.batch").answers(201), a.submitAll)
	handle(a, on(post, "/api/v1/node/finish", "Node: these attempts have ended", "job.finish").named("job.finish.many"), a.finishAll)
	handle(a, on(post, "/api/v1/jobs/{id}/expire", "Let the artifacts of a finished job go", "job.expire"), act(a.Jobs.Expire))
	handle(a, on(post, "/api/v1/jobs/{id}/extend", "Keep the artifacts of a finished job until a moment", "job.extend"), a.extend)
	a.plain(on(get, "/api/v1/jobs/{id}/artifacts.zip", "Download all that the job made as one ZIP", "job.read").named("job.zip").takes("attempt"), a.artifactsZip)
	handle(a, on(get, "/api/v1/statistics", "Count jobs across projects", "job.list").named("job.statistics"), a.statistics)
	handle(a, on(get, "/api/v1/projects/{slug}/statistics", "Count the jobs of a project", "job.list").named("job.statistics.project"), a.projectStatistics)
}

func (a *api) bulk(ctx context.Context, who authz.Subject, in *struct{ Input[client.Bulk] }) (*answer[remit.BulkReport], error) {
	report, err := a.Jobs.Bulk(ctx, who, jobs.Bulk(in.Body))
	return &answer[remit.BulkReport]{report}, err
}

// submitted is the answer to a submit: 201, or 200 for a job that an earlier
// one with the same idempotency key made.
type submitted struct {
	Status   int
	Location string `header:"Location"`
	Body     remit.Job
}

// OnceKey is the key of a request that is to be done once.
type OnceKey struct {
	Key string `header:"Idempotency-Key" maxLength:"257" doc:"Chosen by the caller: the same request with the same key gives the same job for 24 hours, with status 200"`
}

// Resolve implements huma.Resolver: a key that is sent is not empty, by which
// each request would make a job.
func (k *OnceKey) Resolve(c huma.Context) (wrong []error) {
	c.EachHeader(func(name, value string) {
		if strings.EqualFold(name, "Idempotency-Key") && unquoted(value) == "" {
			wrong = append(wrong, &huma.ErrorDetail{Location: "header.Idempotency-Key", Message: "the key is empty; choose one, or leave the header out"})
		}
	})
	return wrong
}

func (a *api) submit(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	OnceKey
	Input[remit.JobSpec]
}) (*submitted, error) {
	job, err := a.Jobs.SubmitOnce(ctx, who, in.Slug, in.Body, unquoted(in.Key))
	status := http.StatusCreated
	if job.Again {
		status = http.StatusOK
	}
	return &submitted{status, "/api/v1/jobs/" + string(job.ID), job.Job}, err
}

// unquoted takes a key as the draft of the IETF writes it, "abc", and as most
// programs do, abc.
func unquoted(key string) string {
	if inner, ok := strings.CutPrefix(key, `"`); ok {
		return strings.TrimSuffix(inner, `"`)
	}
	return key
}

// StatisticsQuery is what statistics can be asked.
type StatisticsQuery struct {
	From time.Time `query:"from" doc:"From this moment on; without it, a week before the end"`
	To   time.Time `query:"to" doc:"Until this moment; without it, now"`
	By   string    `query:"by" enum:"type,owner,node,hour,day" doc:"type when it is not given"`
	Type string    `query:"type" doc:"Of jobs of this type only"`
}

// Resolve implements huma.Resolver: the first moment of all is none that is
// meant when it is not given.
func (q *StatisticsQuery) Resolve(c huma.Context) (wrong []error) {
	for name, t := range map[string]time.Time{"from": q.From, "to": q.To} {
		if c.Query(name) != "" && t.IsZero() {
			wrong = append(wrong, &huma.ErrorDetail{Location: "query." + name, Message: "statistics are of times after 1970"})
		}
	}
	return wrong
}

func (a *api) statistics(ctx context.Context, who authz.Subject, in *StatisticsQuery) (*answer[remit.Statistics], error) {
	found, err := a.Jobs.Statistics(ctx, who, jobs.Interval{From: in.From, To: in.To, By: in.By, Type: in.Type})
	return &answer[remit.Statistics]{found}, err
}

func (a *api) projectStatistics(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	StatisticsQuery
}) (*answer[remit.Statistics], error) {
	found, err := a.Jobs.Statistics(ctx, who, jobs.Interval{Project: in.Slug, From: in.From, To: in.To, By: in.By, Type: in.Type})
	return &answer[remit.Statistics]{found}, err
}

func (a *api) extend(ctx context.Context, who authz.Subject, in *struct {
	ByJob
	Input[client.Extend]
}) (*answer[remit.Job], error) {
	job, err := a.Jobs.Extend(ctx, who, in.ID, in.Body.Until)
	return &answer[remit.Job]{job}, err
}

func (a *api) submitAll(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	Input[client.Batch]
}) (*made[remit.Page[remit.Job]], error) {
	jobs, err := a.Jobs.SubmitAll(ctx, who, in.Slug, in.Body.Jobs)
	return &made[remit.Page[remit.Job]]{"/api/v1/projects/" + in.Slug + "/jobs", whole(jobs)}, err
}

func (a *api) finishAll(ctx context.Context, who authz.Subject, in *Input[client.Endings]) (*answer[client.Finished], error) {
	endings := make([]jobs.Ending, len(in.Body.Items))
	for i, e := range in.Body.Items {
		endings[i] = jobs.Ending{Lease: leaseOf(e.Job, e.LeaseOf), Outcome: outcomeOf(e.Finish)}
	}
	errs, err := a.Jobs.FinishAll(ctx, who, endings)
	done := client.Finished{Failed: []remit.BulkFailure{}}
	for i, err := range errs {
		if err != nil {
			done.Failed = append(done.Failed, remit.BulkFailure{Job: endings[i].Job, Code: remit.CodeOf(err), Detail: err.Error()})
		}
	}
	return &answer[client.Finished]{done}, err
}

func outcomeOf(f client.Finish) jobs.Outcome {
	return jobs.Outcome{State: f.State, ExitCode: f.ExitCode, Error: f.Error, Result: f.Result}
}
