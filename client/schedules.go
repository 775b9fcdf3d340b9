package client

import (
	"context"
	"net/http"

	"github.com/remit-server/remit"
)

// NewSchedule is the body of POST /api/v1/projects/{slug}/schedules.
type NewSchedule struct {
	Title   string              `json:"title,omitempty"`
	Cron    string              `json:"cron"`           // "30 2 * * 1-5", "@daily"
	Zone    string              `json:"zone,omitempty"` // IANA name; none = UTC
	Job     remit.JobSpec       `json:"job"`            // its name may hold {date} and {time}
	Missed  remit.MissedPolicy  `json:"missed,omitempty" enum:"skip,once"`
	Overlap remit.OverlapPolicy `json:"overlap,omitempty" enum:"allow,skip,replace"`
	Paused  bool                `json:"paused,omitempty"`
}

// SchedulePatch is the body of PATCH /api/v1/schedules/{id}; what is absent stays.
type SchedulePatch struct {
	Title   *string              `json:"title,omitempty"`
	Cron    *string              `json:"cron,omitempty"`
	Zone    *string              `json:"zone,omitempty"`
	Job     *remit.JobSpec       `json:"job,omitempty"` // all of it
	Missed  *remit.MissedPolicy  `json:"missed,omitempty" enum:"skip,once"`
	Overlap *remit.OverlapPolicy `json:"overlap,omitempty" enum:"allow,skip,replace"`
	Paused  *bool                `json:"paused,omitempty"`
}

// Schedules lists those of a project.
func (c *Client) Schedules(ctx context.Context, project string, q Query) (remit.Page[remit.Schedule], error) {
	return list[remit.Schedule](ctx, c, "/api/v1/projects/"+seg(project)+"/schedules", q)
}

// CreateSchedule makes one of the asker's.
func (c *Client) CreateSchedule(ctx context.Context, project string, n NewSchedule) (remit.Schedule, error) {
	return post[remit.Schedule](ctx, c, "/api/v1/projects/"+seg(project)+"/schedules", n)
}

// Schedule shows one.
func (c *Client) Schedule(ctx context.Context, id remit.ScheduleID) (remit.Schedule, error) {
	return get[remit.Schedule](ctx, c, "/api/v1/schedules/"+seg(id))
}

// UpdateSchedule changes one.
func (c *Client) UpdateSchedule(ctx context.Context, id remit.ScheduleID, p SchedulePatch) (remit.Schedule, error) {
	var out remit.Schedule
	err := c.call(ctx, http.MethodPatch, "/api/v1/schedules/"+seg(id), p, &out)
	return out, err
}

// DeleteSchedule removes one; its jobs stay.
func (c *Client) DeleteSchedule(ctx context.Context, id remit.ScheduleID) error {
	return c.call(ctx, http.MethodDelete, "/api/v1/schedules/"+seg(id), nil, nil)
}

// RunSchedule makes and starts its job now, for the asker.
func (c *Client) RunSchedule(ctx context.Context, id remit.ScheduleID) (remit.Job, error) {
	return post[remit.Job](ctx, c, "/api/v1/schedules/"+seg(id)+"/run", nil)
}

// Firings lists what came of its times, the latest first.
func (c *Client) Firings(ctx context.Context, id remit.ScheduleID, q Query) (remit.Page[remit.Firing], error) {
	return list[remit.Firing](ctx, c, "/api/v1/schedules/"+seg(id)+"/firings", q)
}
