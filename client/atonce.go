package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/remit-server/remit"
)

// Bulk is the body of POST /api/v1/jobs/bulk.
type Bulk struct {
	Action string          `json:"action"` // "cancel", "retry", "run", "expire" or "delete"
	Filter remit.JobFilter `json:"filter"`
	DryRun bool            `json:"dry_run,omitempty"` // look only
	Expect string          `json:"expect,omitempty"`  // the version of a dry run: 409 when it is another one by now
}

// Bulk does one thing to all jobs that meet a filter, or with DryRun says what
// it would do.
func (c *Client) Bulk(ctx context.Context, b Bulk) (remit.BulkReport, error) {
	return post[remit.BulkReport](ctx, c, "/api/v1/jobs/bulk", b)
}

// SubmitOnce is Submit with a key that the caller chose: sent again, the same
// request gives the same job, for 24 hours. The key is not for another request.
func (c *Client) SubmitOnce(ctx context.Context, slug string, spec remit.JobSpec, key string) (job remit.Job, err error) {
	data, err := json.Marshal(spec)
	if err != nil {
		return job, fmt.Errorf("writing the request: %w", err)
	}
	body, err := c.requestWith(ctx, http.MethodPost, "/api/v1/projects/"+seg(slug)+"/jobs", bytes.NewReader(data), "application/json",
		map[string]string{"Idempotency-Key": key})
	if err != nil {
		return job, err
	}
	defer body.Close()
	return job, decode(body, &job)
}

// Statistics counts jobs across projects, or with a slug those of one:
// from and to as RFC 3339, by "type", "owner", "node", "hour" or "day", type.
func (c *Client) Statistics(ctx context.Context, slug string, q Query) (remit.Statistics, error) {
	path := "/api/v1/statistics"
	if slug != "" {
		path = "/api/v1/projects/" + seg(slug) + "/statistics"
	}
	return get[remit.Statistics](ctx, c, path+q.encode())
}

// OpenZip reads all that an attempt made (0 = the one whose result counts) as
// one ZIP. The caller closes it.
func (c *Client) OpenZip(ctx context.Context, id remit.JobID, attempt int) (io.ReadCloser, error) {
	return c.request(ctx, http.MethodGet, "/api/v1/jobs/"+seg(id)+"/artifacts.zip"+Query{"attempt": attemptText(attempt)}.encode(), nil, "")
}

// Extend is the body of POST /api/v1/jobs/{id}/extend.
type Extend struct {
	Until time.Time `json:"until"`
}

// ExtendJob keeps the artifacts of a finished job until a moment.
func (c *Client) ExtendJob(ctx context.Context, id remit.JobID, until time.Time) (remit.Job, error) {
	return post[remit.Job](ctx, c, "/api/v1/jobs/"+seg(id)+"/extend", Extend{until})
}

// Batch is the body of POST /api/v1/projects/{slug}/jobs/batch.
type Batch struct {
	Jobs []remit.JobSpec `json:"jobs"` // at most 1,000; all are to start, or none is
}

// SubmitAll makes many jobs in a project: all of them, in their order, or none.
func (c *Client) SubmitAll(ctx context.Context, slug string, specs []remit.JobSpec) ([]remit.Job, error) {
	page, err := post[remit.Page[remit.Job]](ctx, c, "/api/v1/projects/"+seg(slug)+"/jobs/batch", Batch{specs})
	return page.Items, err
}

// Ending is how the attempt of one of several jobs ended.
type Ending struct {
	Job remit.JobID `json:"job"`
	Finish
}

// Endings is the body of POST /api/v1/node/finish.
type Endings struct {
	Items []Ending `json:"items"` // at most 1,000
}

// Finished is its answer.
type Finished struct {
	Failed []remit.BulkFailure `json:"failed"` // the jobs that were not finished, and why
}

// FinishAll ends the attempts of many jobs. One that is refused keeps no others.
func (c *Client) FinishAll(ctx context.Context, all []Ending) (Finished, error) {
	return post[Finished](ctx, c, "/api/v1/node/finish", Endings{all})
}
