package api

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/notify"
)

// ByNotification is the notification in a path.
type ByNotification struct {
	ID remit.NotificationID `path:"id"`
}

// ByWebhook is the webhook in a path.
type ByWebhook struct {
	BySlug
	ID remit.WebhookID `path:"id"`
}

func (a *api) notifyRoutes() {
	const mine, one = "/api/v1/notifications", "/api/v1/notifications/{id}"
	handle(a, on(get, mine, "List of which jobs I am told by e-mail", "notification.list"), a.notifications)
	handle(a, on(post, mine, "Be told of jobs by e-mail", "notification.create").answers(201), a.createNotification)
	handle(a, on(patch, one, "Change of which jobs I am told", "notification.update"), a.updateNotification)
	handle(a, on(remove, one, "Be told of them no more", "notification.delete").answers(204), a.deleteNotification)
	handle(a, on(post, mine+"/stop", "Pause the notification of a letter by its link, without an account", "notification.stop").answers(204), a.stopNotification)
	const all, hook = "/api/v1/projects/{slug}/webhooks", "/api/v1/projects/{slug}/webhooks/{id}"
	handle(a, on(get, all, "List the webhooks of a project", "webhook.list"), a.webhooks)
	handle(a, on(post, all, "Tell a web address of the project's jobs", "webhook.create").answers(201), a.createWebhook)
	handle(a, on(get, hook, "Show a webhook", "webhook.read"), a.webhook)
	handle(a, on(patch, hook, "Change a webhook, which then has my rights, or pause it", "webhook.update"), a.updateWebhook)
	handle(a, on(remove, hook, "Delete a webhook", "webhook.delete").answers(204), a.deleteWebhook)
	handle(a, on(post, hook+"/test", "Send a test to a webhook", "webhook.test").answers(201), a.testWebhook)
	handle(a, on(get, hook+"/deliveries", "List what a webhook was told, the latest first", "webhook.read").named("webhook.deliveries"), a.deliveries)
}

func (a *api) notifications(ctx context.Context, who authz.Subject, in *Paging) (*answer[remit.Page[remit.Notification]], error) {
	page, err := a.Notify.Notifications(ctx, who, in.Limit, in.After)
	return &answer[remit.Page[remit.Notification]]{page}, err
}

func (a *api) createNotification(ctx context.Context, who authz.Subject, in *Input[client.NewNotification]) (*made[remit.Notification], error) {
	n, err := a.Notify.CreateNotification(ctx, who, notify.NewNotification(in.Body))
	return &made[remit.Notification]{"/api/v1/notifications/" + string(n.ID), n}, err
}

func (a *api) updateNotification(ctx context.Context, who authz.Subject, in *struct {
	ByNotification
	Input[client.NotificationPatch]
}) (*answer[remit.Notification], error) {
	n, err := a.Notify.UpdateNotification(ctx, who, in.ID, notify.NotificationPatch(in.Body))
	return &answer[remit.Notification]{n}, err
}

func (a *api) deleteNotification(ctx context.Context, who authz.Subject, in *ByNotification) (*none, error) {
	return &none{}, a.Notify.DeleteNotification(ctx, who, in.ID)
}

func (a *api) stopNotification(ctx context.Context, _ authz.Subject, in *Input[client.Stop]) (*none, error) {
	_, err := a.Notify.Stop(ctx, in.Body.Token)
	return &none{}, err
}

func (a *api) webhooks(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	Paging
}) (*answer[remit.Page[remit.Webhook]], error) {
	page, err := a.Notify.Webhooks(ctx, who, in.Slug, in.Limit, in.After)
	return &answer[remit.Page[remit.Webhook]]{page}, err
}

func (a *api) createWebhook(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	Input[client.NewWebhook]
}) (*made[remit.Webhook], error) {
	h, err := a.Notify.CreateWebhook(ctx, who, in.Slug, notify.NewWebhook(in.Body))
	return &made[remit.Webhook]{"/api/v1/projects/" + in.Slug + "/webhooks/" + string(h.ID), h}, err
}

func (a *api) webhook(ctx context.Context, who authz.Subject, in *ByWebhook) (*answer[remit.Webhook], error) {
	h, err := a.Notify.Webhook(ctx, who, in.Slug, in.ID)
	return &answer[remit.Webhook]{h}, err
}

func (a *api) updateWebhook(ctx context.Context, who authz.Subject, in *struct {
	ByWebhook
	Input[client.WebhookPatch]
}) (*answer[remit.Webhook], error) {
	h, err := a.Notify.UpdateWebhook(ctx, who, in.Slug, in.ID, notify.WebhookPatch(in.Body))
	return &answer[remit.Webhook]{h}, err
}

func (a *api) deleteWebhook(ctx context.Context, who authz.Subject, in *ByWebhook) (*none, error) {
	return &none{}, a.Notify.DeleteWebhook(ctx, who, in.Slug, in.ID)
}

func (a *api) testWebhook(ctx context.Context, who authz.Subject, in *ByWebhook) (*answer[remit.Delivery], error) {
	d, err := a.Notify.TestWebhook(ctx, who, in.Slug, in.ID)
	return &answer[remit.Delivery]{d}, err
}

func (a *api) deliveries(ctx context.Context, who authz.Subject, in *struct {
	ByWebhook
	Paging
}) (*answer[remit.Page[remit.Delivery]], error) {
	page, err := a.Notify.Deliveries(ctx, who, in.Slug, in.ID, in.Limit, in.After)
	return &answer[remit.Page[remit.Delivery]]{page}, err
}
