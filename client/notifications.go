package client

import (
	"context"
	"net/http"

	"github.com/remit-server/remit"
)

// NewNotification is the body of POST /api/v1/notifications.
type NewNotification struct {
	Project string           `json:"project,omitempty"` // slug; none = every project
	Type    string           `json:"type,omitempty"`    // none = every job type
	States  []remit.JobState `json:"states,omitempty"`  // none = failed
	Whose   remit.Whose      `json:"whose,omitempty" enum:"mine,all"`
	Paused  bool             `json:"paused,omitempty"`
}

// NotificationPatch is the body of PATCH /api/v1/notifications/{id}; what is absent stays.
type NotificationPatch struct {
	Type   *string           `json:"type,omitempty"`
	States *[]remit.JobState `json:"states,omitempty"`
	Whose  *remit.Whose      `json:"whose,omitempty" enum:"mine,all"`
	Paused *bool             `json:"paused,omitempty"`
}

// Stop is the body of POST /api/v1/notifications/stop.
type Stop struct {
	Token string `json:"token"` // of the link in a letter
}

// NewWebhook is the body of POST /api/v1/projects/{slug}/webhooks.
type NewWebhook struct {
	Title  string           `json:"title,omitempty"`
	URL    string           `json:"url"`
	Type   string           `json:"type,omitempty"`   // none = every job type
	States []remit.JobState `json:"states,omitempty"` // none = succeeded, failed, cancelled
	Paused bool             `json:"paused,omitempty"`
}

// WebhookPatch is the body of PATCH /api/v1/projects/{slug}/webhooks/{id}; what is absent stays.
type WebhookPatch struct {
	Title  *string           `json:"title,omitempty"`
	URL    *string           `json:"url,omitempty"`
	Type   *string           `json:"type,omitempty"`
	States *[]remit.JobState `json:"states,omitempty"`
	Paused *bool             `json:"paused,omitempty"`
}

// Notifications lists the asker's.
func (c *Client) Notifications(ctx context.Context, q Query) (remit.Page[remit.Notification], error) {
	return list[remit.Notification](ctx, c, "/api/v1/notifications", q)
}

// CreateNotification tells the asker of jobs by mail.
func (c *Client) CreateNotification(ctx context.Context, n NewNotification) (remit.Notification, error) {
	return post[remit.Notification](ctx, c, "/api/v1/notifications", n)
}

// UpdateNotification changes one of the asker's.
func (c *Client) UpdateNotification(ctx context.Context, id remit.NotificationID, p NotificationPatch) (remit.Notification, error) {
	var out remit.Notification
	err := c.call(ctx, http.MethodPatch, "/api/v1/notifications/"+seg(id), p, &out)
	return out, err
}

// DeleteNotification ends one of the asker's.
func (c *Client) DeleteNotification(ctx context.Context, id remit.NotificationID) error {
	return c.call(ctx, http.MethodDelete, "/api/v1/notifications/"+seg(id), nil, nil)
}

// StopNotification pauses the notification that a letter's link is of. It takes
// no account: who has the letter has the link.
func (c *Client) StopNotification(ctx context.Context, token string) error {
	return c.call(ctx, http.MethodPost, "/api/v1/notifications/stop", Stop{token}, nil)
}

func webhooks(project string) string { return "/api/v1/projects/" + seg(project) + "/webhooks" }

// Webhooks lists those of a project.
func (c *Client) Webhooks(ctx context.Context, project string, q Query) (remit.Page[remit.Webhook], error) {
	return list[remit.Webhook](ctx, c, webhooks(project), q)
}

// CreateWebhook tells an address of a project's jobs; the secret is in the answer alone.
func (c *Client) CreateWebhook(ctx context.Context, project string, n NewWebhook) (remit.Webhook, error) {
	return post[remit.Webhook](ctx, c, webhooks(project), n)
}

// Webhook shows one.
func (c *Client) Webhook(ctx context.Context, project string, id remit.WebhookID) (remit.Webhook, error) {
	return get[remit.Webhook](ctx, c, webhooks(project)+"/"+seg(id))
}

// UpdateWebhook changes one, which from then on has the rights of the asker.
func (c *Client) UpdateWebhook(ctx context.Context, project string, id remit.WebhookID, p WebhookPatch) (remit.Webhook, error) {
	var out remit.Webhook
	err := c.call(ctx, http.MethodPatch, webhooks(project)+"/"+seg(id), p, &out)
	return out, err
}

// DeleteWebhook ends one.
func (c *Client) DeleteWebhook(ctx context.Context, project string, id remit.WebhookID) error {
	return c.call(ctx, http.MethodDelete, webhooks(project)+"/"+seg(id), nil, nil)
}

// TestWebhook sends a message that tells of no job.
func (c *Client) TestWebhook(ctx context.Context, project string, id remit.WebhookID) (remit.Delivery, error) {
	return post[remit.Delivery](ctx, c, webhooks(project)+"/"+seg(id)+"/test", nil)
}

// Deliveries lists what a webhook was told, the latest first.
func (c *Client) Deliveries(ctx context.Context, project string, id remit.WebhookID, q Query) (remit.Page[remit.Delivery], error) {
	return list[remit.Delivery](ctx, c, webhooks(project)+"/"+seg(id)+"/deliveries", q)
}
