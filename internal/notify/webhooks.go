package notify

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
)

// NewWebhook is what a project's webhook is made of.
type NewWebhook struct {
	Title  string
	URL    string
	Type   string           // "" = every type
	States []remit.JobState // nil = succeeded, failed, cancelled
	Paused bool
}

// WebhookPatch is what changes; nil stays as it is.
type WebhookPatch struct {
	Title  *string
	URL    *string
	Type   *string
	States *[]remit.JobState
	Paused *bool
}

// onlyPauses says whether the patch gives nobody anything.
func (p WebhookPatch) onlyPauses() bool {
	return p.Paused != nil && *p.Paused && p == WebhookPatch{Paused: p.Paused}
}

// secretPrefix tells people what they look at.
const secretPrefix = "remit_whsec_"

// CreateWebhook tells an address of a project's jobs, as far as the asker may
// read them when they are sent. The secret is in the answer, and never again.
func (s *Service) CreateWebhook(ctx context.Context, who authz.Subject, slug string, n NewWebhook) (remit.Webhook, error) {
	return inProject(ctx, s, who, "webhook.create", slug, func(tx *gate.Tx, p projects.Row) (remit.Webhook, error) { return s.createHook(tx, p, n) })
}

func (s *Service) createHook(tx *gate.Tx, p projects.Row, n NewWebhook) (shown remit.Webhook, err error) {
	t := row{ID: string(remit.NewID[remit.WebhookID](tx.Now())), Kind: byWeb, Owner: remit.UserID(gate.SelfOf(tx.Who())), Project: p.ID, Type: n.Type,
		States: n.States, Title: n.Title, Paused: n.Paused, CreatedAt: stored(tx.Now())}
	if t.States == nil {
		t.States = []remit.JobState{remit.JobSucceeded, remit.JobFailed, remit.JobCancelled}
	}
	secret := secretPrefix + rand.Text()
	t.Secret = s.opts.Seal.Seal(secret, t.place("secret"))
	if err := identity.Lasting(&tx.Reader); err != nil {
		return shown, err
	}
	if err := s.setURL(&t, n.URL); err != nil {
		return shown, err
	}
	if err := t.check(&tx.Reader); err != nil {
		return shown, err
	}
	if err := room(tx, "webhooks", countWebhooks, p.ID); err != nil {
		return shown, err
	}
	tx.About(t.ID)
	tx.Note("%s is told of %s", t.Host, words(t.States))
	if err := t.insert(tx); err != nil {
		return shown, err
	}
	shown, err = presentHook(&tx.Reader, p, t)
	shown.Secret = secret
	return shown, err
}

// setURL keeps an address as a secret: chats know their senders by it.
func (s *Service) setURL(t *row, text string) error {
	if err := s.opts.Web.CheckURL(text); err != nil {
		return err
	}
	u, err := url.Parse(text)
	if err != nil {
		return invalid("url", "This is no web address")
	}
	t.URL, t.Host = s.opts.Seal.Seal(text, t.place("url")), u.Scheme+"://"+u.Host
	return nil
}

// place is where a sealed text of the telling belongs.
func (t *row) place(what string) string { return t.ID + " " + what }

// UpdateWebhook changes one. From then on it has the rights of the asker, since
// it is the asker who says what goes where; only to pause it changes no more.
func (s *Service) UpdateWebhook(ctx context.Context, who authz.Subject, slug string, id remit.WebhookID, p WebhookPatch) (remit.Webhook, error) {
	return onHook(ctx, s, who, "webhook.update", slug, id, func(tx *gate.Tx, in projects.Row, t row) (shown remit.Webhook, err error) {
		if !p.onlyPauses() {
			if err := identity.Lasting(&tx.Reader); err != nil {
				return shown, err
			}
			t.Owner = remit.UserID(gate.SelfOf(tx.Who()))
		}
		replace(&t.Title, p.Title)
		replace(&t.Type, p.Type)
		replace(&t.States, p.States)
		replace(&t.Paused, p.Paused)
		if p.URL != nil {
			err = s.setURL(&t, *p.URL)
		}
		if err == nil {
			err = t.check(&tx.Reader)
		}
		if err == nil {
			err = t.update(tx)
		}
		if err != nil {
			return shown, err
		}
		tx.Note("%s is told of %s%s", t.Host, words(t.States), pausedText(t.Paused))
		return presentHook(&tx.Reader, in, t)
	})
}

// DeleteWebhook ends one; what it was not told yet it is never told.
func (s *Service) DeleteWebhook(ctx context.Context, who authz.Subject, slug string, id remit.WebhookID) error {
	_, err := onHook(ctx, s, who, "webhook.delete", slug, id, func(tx *gate.Tx, _ projects.Row, t row) (struct{}, error) {
		tx.Note("%s", t.Host)
		return struct{}{}, t.remove(tx)
	})
	return err
}

// TestWebhook sends a message that tells of no job.
func (s *Service) TestWebhook(ctx context.Context, who authz.Subject, slug string, id remit.WebhookID) (remit.Delivery, error) {
	return onHook(ctx, s, who, "webhook.test", slug, id, func(tx *gate.Tx, _ projects.Row, t row) (remit.Delivery, error) {
		if t.Paused {
			return remit.Delivery{}, remit.Errorf(remit.Conflict, "The webhook is paused").WithCode("paused").WithHint("Let it go on first.")
		}
		made, err := deliverID(tx, t.ID, "", "test", 0)
		return remit.Delivery{ID: made, Event: "test", At: stored(tx.Now()), State: remit.DeliveryWaiting}, err
	})
}

// inProject is a change in a project, of whoever may change the project.
func inProject[R any](ctx context.Context, s *Service, who authz.Subject, operation, slug string, apply func(*gate.Tx, projects.Row) (R, error)) (R, error) {
	var p projects.Row
	return gate.Do(ctx, s.gate, who, gate.Op[R]{
		Name: operation,
		On: func(tx *gate.Tx) (_ authz.Resource, err error) {
			p, err = projects.Locate(tx, slug)
			return p.Resource(), err
		},
		Apply: func(tx *gate.Tx) (R, error) { return apply(tx, p) },
	})
}

func onHook[R any](ctx context.Context, s *Service, who authz.Subject, operation, slug string, id remit.WebhookID, apply func(*gate.Tx, projects.Row, row) (R, error)) (R, error) {
	return inProject(ctx, s, who, operation, slug, func(tx *gate.Tx, p projects.Row) (none R, err error) {
		t, err := hookIn(tx, p, id)
		if err != nil {
			return none, err
		}
		tx.About(t.ID)
		return apply(tx, p, t)
	})
}

// hookIn finds a webhook of this project.
func hookIn(r db.Reader, p projects.Row, id remit.WebhookID) (row, error) {
	t, err := find(r, string(id), byWeb, "webhooks")
	if err == nil && t.Project != p.ID {
		err = gate.NotFound("webhooks")
	}
	return t, err
}

// presentHook names its owner to those who may see the members, and to the owner.
func presentHook(r *gate.Reader, p projects.Row, t row) (remit.Webhook, error) {
	shown := remit.Webhook{ID: remit.WebhookID(t.ID), Project: p.Slug, Title: t.Title, URL: t.Host + "/…", Type: t.Type, States: t.States, Paused: t.Paused,
		Problem: t.Problem, RetryAt: t.retry(), CreatedAt: t.CreatedAt,
		Permissions: append([]string{}, r.Actions(p.Resource(), "webhook.update", "webhook.delete", "webhook.test")...)}
	self := t.Owner != "" && string(t.Owner) == gate.SelfOf(r.Who())
	if self || r.Holds("member:read", p.Resource()).Allowed {
		shown.Owner = r.UserName(t.Owner)
	}
	reason, err := t.rests(r)
	shown.Held = reason
	return shown, err
}

// rests says why nothing is sent for the webhook, "" when it is: its owner is
// gone, or may not change the project any more.
func (t *row) rests(r *gate.Reader) (string, error) {
	who, reason, err := t.subject(r)
	if err != nil {
		return "", fmt.Errorf("looking up the owner of %s: %w", t.ID, err)
	}
	if reason == "" && r.RequireAs(who, "webhook.read", authz.Resource{Project: string(t.Project)}) != nil {
		reason = "its owner may not change the project any more"
	}
	return reason, nil
}
