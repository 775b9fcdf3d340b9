package client

import (
	"context"
	"net/http"

	"github.com/remit-server/remit"
)

// TypeSwitch is the body of PUT /api/v1/projects/{slug}/job-types/{key}.
type TypeSwitch struct {
	On bool `json:"on"`
}

// SwitchJobType turns a job type on or off in a project.
func (c *Client) SwitchJobType(ctx context.Context, slug, key string, on bool) (remit.JobType, error) {
	var t remit.JobType
	err := c.call(ctx, http.MethodPut, "/api/v1/projects/"+seg(slug)+"/job-types/"+seg(key), TypeSwitch{On: on}, &t)
	return t, err
}

// JobTypes is the body of POST /api/v1/job-types/apply.
type JobTypes struct {
	Types  []remit.JobType `json:"types"`
	DryRun bool            `json:"dry_run,omitempty"` // only say what would change
}

// JobTypeChange is what declaring a job type changes.
type JobTypeChange struct {
	Key    string   `json:"key"`
	New    bool     `json:"new,omitempty"`
	Fields []string `json:"fields,omitempty"` // of one that is there; none = it stays as it is
}

// AllJobTypes lists the job types of the installation.
func (c *Client) AllJobTypes(ctx context.Context) (remit.Page[remit.JobType], error) {
	return list[remit.JobType](ctx, c, "/api/v1/job-types", nil)
}

// PutJobType adds a job type, or changes the one with its key.
func (c *Client) PutJobType(ctx context.Context, t remit.JobType) (remit.JobType, error) {
	var stored remit.JobType
	t.Permissions = []string{}
	err := c.call(ctx, http.MethodPut, "/api/v1/job-types/"+seg(t.Key), t, &stored)
	return stored, err
}

// ApplyJobTypes adds and changes job types, all of them or none, and says what changes.
func (c *Client) ApplyJobTypes(ctx context.Context, all JobTypes) (remit.Page[JobTypeChange], error) {
	types := make([]remit.JobType, len(all.Types))
	for i, t := range all.Types {
		t.Permissions = []string{}
		types[i] = t
	}
	all.Types = types
	return post[remit.Page[JobTypeChange]](ctx, c, "/api/v1/job-types/apply", all)
}
