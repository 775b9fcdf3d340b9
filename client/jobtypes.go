package client

import (
	"context"
	"encoding/json"
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

// WithSecrets adds secret parameters to a job's parameters: texts, whatever
// they look like.
func WithSecrets(params json.RawMessage, secrets map[string]string) (json.RawMessage, error) {
	if len(secrets) == 0 {
		return params, nil
	}
	object := map[string]any{}
	if len(params) > 0 {
		if err := json.Unmarshal(params, &object); err != nil {
			return nil, err
		}
	}
	for name, secret := range secrets {
		object[name] = secret
	}
	return json.Marshal(object)
}
