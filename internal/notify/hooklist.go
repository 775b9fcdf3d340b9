package notify

import (
	"context"
	"fmt"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// Webhooks lists those of a project, oldest first.
func (s *Service) Webhooks(ctx context.Context, who authz.Subject, slug string, limit int, after string) (page remit.Page[remit.Webhook], err error) {
	if after != "" && !remit.IsID[remit.WebhookID](after) {
		return page, badCursor(after)
	}
	if limit, err = remit.Limit(limit); err != nil {
		return page, err
	}
	return lookIn(ctx, s, who, "webhook.list", slug, func(r *gate.Reader, p projects.Row) (remit.Page[remit.Webhook], error) {
		return listHooks(r, p, limit, after)
	})
}

func listHooks(r *gate.Reader, p projects.Row, limit int, after string) (page remit.Page[remit.Webhook], err error) {
	rows, err := db.Rows(r, scanTelling, selectWebhooks, p.ID, after, limit+1)
	if err != nil {
		return page, fmt.Errorf("listing webhooks: %w", err)
	}
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = rows[limit-1].ID
	}
	page.Permissions = append([]string{}, r.Actions(p.Resource(), "webhook.create")...)
	page.Items = make([]remit.Webhook, len(rows))
	for i, t := range rows {
		if page.Items[i], err = presentHook(r, p, t); err != nil {
			return page, err
		}
	}
	return page, nil
}

// Webhook is one of a project's, or gate.NotFound("webhooks").
func (s *Service) Webhook(ctx context.Context, who authz.Subject, slug string, id remit.WebhookID) (remit.Webhook, error) {
	return lookIn(ctx, s, who, "webhook.read", slug, func(r *gate.Reader, p projects.Row) (remit.Webhook, error) {
		t, err := hookIn(r, p, id)
		if err != nil {
			return remit.Webhook{}, err
		}
		return presentHook(r, p, t)
	})
}

// Deliveries lists what a webhook was told or is to be told, the latest first:
// tests, and what is about jobs that the asker may read.
func (s *Service) Deliveries(ctx context.Context, who authz.Subject, slug string, id remit.WebhookID, limit int, after string) (page remit.Page[remit.Delivery], err error) {
	if after != "" && !remit.IsID[remit.DeliveryID](after) {
		return page, badCursor(after)
	}
	if limit, err = remit.Limit(limit); err != nil {
		return page, err
	}
	if after == "" {
		after = "delivery_" + strings.Repeat("z", 26) // after all of them
	}
	return lookIn(ctx, s, who, "webhook.read", slug, func(r *gate.Reader, p projects.Row) (remit.Page[remit.Delivery], error) {
		t, err := hookIn(r, p, id)
		if err != nil {
			return page, err
		}
		return listDeliveries(r, t, limit, after)
	})
}

func listDeliveries(r *gate.Reader, t row, limit int, before string) (page remit.Page[remit.Delivery], err error) {
	query, args := selectDeliveries(r, t.ID, before, limit+1)
	rows, err := db.Rows(r, scanDelivery, query, args...)
	if err != nil {
		return page, fmt.Errorf("listing deliveries: %w", err)
	}
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = string(rows[limit-1].ID)
	}
	page.Permissions, page.Items = []string{}, make([]remit.Delivery, len(rows))
	for i, d := range rows {
		page.Items[i] = d.Delivery
	}
	return page, nil
}

// lookIn is a look into a project, of whoever may change it.
func lookIn[R any](ctx context.Context, s *Service, who authz.Subject, operation, slug string, read func(*gate.Reader, projects.Row) (R, error)) (R, error) {
	var p projects.Row
	return gate.View(ctx, s.gate, who, gate.Query[R]{
		Name: operation,
		On: func(r *gate.Reader) (_ authz.Resource, err error) {
			p, err = projects.Locate(r, slug)
			return p.Resource(), err
		},
		Read: func(r *gate.Reader) (R, error) { return read(r, p) },
	})
}
