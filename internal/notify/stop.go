package notify

import (
	"context"
	"net/url"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// stopPlace is what tokens of links are sealed for: such a token opens nowhere
// else, and nothing else opens here.
const stopPlace = "link that pauses a notification"

// stopLink is the address at which whoever has a letter ends what it is of, ""
// where the installation does not know its own.
func (s *Service) stopLink(id string) string {
	if s.opts.URL == "" {
		return ""
	}
	return s.page("/notifications/stop?token=" + url.QueryEscape(s.opts.Seal.Seal(id, stopPlace)))
}

func (s *Service) page(path string) string { return strings.TrimSuffix(s.opts.URL, "/") + path }

// Stops is the notification that a token pauses. A token that was not made
// here is NotFound, and asks the database nothing.
func (s *Service) Stops(token string) (remit.NotificationID, error) {
	id, err := s.opts.Seal.Open(token, stopPlace)
	if err != nil || !remit.IsID[remit.NotificationID](id) {
		return "", noStop()
	}
	return remit.NotificationID(id), nil
}

func noStop() *remit.Error {
	return gate.NotFound("notifications").WithHint("The link may be cut off, or its notification deleted. `remit notify list` shows those that there are.")
}

// Stop pauses the notification that a token is of, and can do nothing else, for
// whoever has it: who has the letter has the link. One that is paused stays so.
func (s *Service) Stop(ctx context.Context, token string) (remit.NotificationID, error) {
	id, err := s.Stops(token)
	if err != nil {
		return "", err
	}
	t, err := sending(ctx, s, func(r *gate.Reader) (row, error) { return find(r, string(id), byMail, "notifications") })
	if err == nil && !t.Paused {
		_, err = gate.Do(ctx, s.gate, authz.Subject{Kind: authz.Anonymous}, gate.Op[struct{}]{
			Name:  "notification.stop",
			Apply: func(tx *gate.Tx) (struct{}, error) { return struct{}{}, stop(tx, id) },
		})
	}
	if remit.KindOf(err) == remit.NotFound {
		return "", noStop()
	}
	return id, err
}

func stop(tx *gate.Tx, id remit.NotificationID) error {
	t, err := find(tx, string(id), byMail, "notifications")
	if err != nil {
		return err
	}
	if t.Paused { // by who pressed at the same time
		tx.Unchanged()
		return nil
	}
	tx.About(t.ID)
	tx.Note("paused by the link of a letter")
	t.Paused = true
	return t.update(tx)
}
