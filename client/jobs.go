package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/remit-server/remit"
)

// JobTypes lists the job types, with what the asker may run in the project.
func (c *Client) JobTypes(ctx context.Context, slug string) (remit.Page[remit.JobType], error) {
	return list[remit.JobType](ctx, c, "/api/v1/projects/"+seg(slug)+"/job-types", nil)
}

// Submit makes a job and, with Start, asks to run it.
func (c *Client) Submit(ctx context.Context, slug string, spec remit.JobSpec) (remit.Job, error) {
	return post[remit.Job](ctx, c, "/api/v1/projects/"+seg(slug)+"/jobs", spec)
}

// Jobs lists jobs across projects, newest first: project, owner, state, type, file, collection,
// parent (the steps of one workflow), steps ("true": those of all workflows as well).
func (c *Client) Jobs(ctx context.Context, q Query) (remit.Page[remit.Job], error) {
	return list[remit.Job](ctx, c, "/api/v1/jobs", q)
}

// Job shows a job by its id, or one of the asker's by its name: the live one,
// else the latest that had it.
func (c *Client) Job(ctx context.Context, ref string) (remit.Job, error) {
	return c.JobIn(ctx, "", ref)
}

// JobIn is Job in one project; "" = in all.
func (c *Client) JobIn(ctx context.Context, project, ref string) (remit.Job, error) {
	return get[remit.Job](ctx, c, "/api/v1/jobs/"+seg(ref)+Query{"project": project}.encode())
}

// Act does "run", "cancel", "retry" or "wrest" to a job and returns it as it now is.
func (c *Client) Act(ctx context.Context, id remit.JobID, verb string) (remit.Job, error) {
	return post[remit.Job](ctx, c, "/api/v1/jobs/"+seg(id)+"/"+verb, nil)
}

// Requeue makes a new job from an old one.
func (c *Client) Requeue(ctx context.Context, id remit.JobID, r Requeue) (remit.Job, error) {
	return post[remit.Job](ctx, c, "/api/v1/jobs/"+seg(id)+"/requeue", r)
}

// UpdateJob changes a job's name or priority.
func (c *Client) UpdateJob(ctx context.Context, id remit.JobID, p JobPatch) (remit.Job, error) {
	return patch[remit.Job](ctx, c, "/api/v1/jobs/"+seg(id), p)
}

// DeleteJob deletes a finished job with its log and artifacts.
func (c *Client) DeleteJob(ctx context.Context, id remit.JobID) error {
	return c.call(ctx, http.MethodDelete, "/api/v1/jobs/"+seg(id), nil, nil)
}

// Attempts lists the attempts at a job.
func (c *Client) Attempts(ctx context.Context, id remit.JobID) (remit.Page[remit.Attempt], error) {
	return list[remit.Attempt](ctx, c, "/api/v1/jobs/"+seg(id)+"/attempts", nil)
}

// History lists who did what to a job.
func (c *Client) History(ctx context.Context, id remit.JobID) (remit.Page[remit.JobEvent], error) {
	return list[remit.JobEvent](ctx, c, "/api/v1/jobs/"+seg(id)+"/history", nil)
}

// Log reads the log of an attempt (0 = the latest). With follow it goes on
// until the job has finished. The caller closes it.
func (c *Client) Log(ctx context.Context, id remit.JobID, attempt int, follow bool) (io.ReadCloser, error) {
	path := fmt.Sprintf("/api/v1/jobs/%s/log?attempt=%d&follow=%t", seg(id), attempt, follow)
	return c.request(ctx, http.MethodGet, path, nil, "")
}

// Artifacts lists what an attempt made (0 = the one whose result counts).
func (c *Client) Artifacts(ctx context.Context, id remit.JobID, attempt int) (remit.Page[remit.Artifact], error) {
	return list[remit.Artifact](ctx, c, "/api/v1/jobs/"+seg(id)+"/artifacts", Query{"attempt": attemptText(attempt)})
}

// OpenArtifact reads one artifact. The caller closes it.
func (c *Client) OpenArtifact(ctx context.Context, id remit.JobID, attempt int, name string) (io.ReadCloser, error) {
	path := "/api/v1/jobs/" + seg(id) + "/artifacts/" + escapePath(name) + Query{"attempt": attemptText(attempt)}.encode()
	return c.request(ctx, http.MethodGet, path, nil, "")
}

func attemptText(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// escapePath escapes each segment and keeps the slashes.
func escapePath(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}
