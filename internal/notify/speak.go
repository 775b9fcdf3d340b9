package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/outward"
)

// speaker is in whose name something goes out now; nil = in nobody's.
func (s *Service) speaker(ctx context.Context, t row) (*authz.Subject, error) {
	return sending(ctx, s, func(r *gate.Reader) (*authz.Subject, error) {
		if t.Kind == byWeb {
			if reason, err := t.rests(r); reason != "" || err != nil {
				return nil, err
			}
		}
		who, reason, err := t.subject(r)
		if reason != "" || err != nil {
			return nil, err
		}
		return &who, nil
	})
}

// post sends one message to a webhook. t.Failures says whether it was taken.
func (s *Service) post(ctx context.Context, t *row, d delivery) (sent bool, err error) {
	m, ok, err := s.tell(ctx, *t, d)
	if err != nil {
		return false, err
	}
	if !ok {
		return false, s.drop(ctx, d)
	}
	if ctx.Err() != nil {
		return false, nil // not tried
	}
	status, failure := s.request(ctx, t, m)
	if failure == nil {
		err := s.note(ctx, func(tx *gate.Tx) error { return t.sent(tx, time.Time{}, d) })
		t.Failures = 0
		return true, err
	}
	if ctx.Err() != nil {
		return false, nil // it was we who ended it
	}
	err = s.note(ctx, func(tx *gate.Tx) error { return t.failed(tx, failure.Error(), refused(status), d) })
	t.Failures++
	return false, err
}

// refused says whether a receiver would answer the same to the same message.
func refused(status int) bool {
	return status/100 == 4 && status != 408 && status != 425 && status != 429
}

func (s *Service) request(ctx context.Context, t *row, m message) (status int, err error) {
	address, err := s.opts.Seal.Open(t.URL, t.place("url"))
	if err != nil {
		return 0, fmt.Errorf("its address cannot be read: %w", err)
	}
	secret, err := s.opts.Seal.Open(t.Secret, t.place("secret"))
	if err != nil {
		return 0, fmt.Errorf("its secret cannot be read: %w", err)
	}
	body, err := json.Marshal(m)
	if err != nil {
		return 0, err
	}
	return s.opts.Web.Post(ctx, address, map[string]string{"Remit-Delivery": string(m.ID), "Remit-Event": m.Event,
		"Remit-Signature": signature(secret, s.gate.Now(), body)}, body)
}

// signature is t=SECONDS,v1=HEX: HMAC-SHA256 over SECONDS.BODY.
func signature(secret string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

// mail sends all that waits for a person in one letter.
func (s *Service) mail(ctx context.Context, t row, waiting []delivery) (sent int, err error) {
	if s.opts.Mail == nil {
		return 0, s.note(ctx, func(tx *gate.Tx) error { return t.failed(tx, "this installation sends no e-mail", false, waiting...) })
	}
	to, err := sending(ctx, s, func(r *gate.Reader) (string, error) { return emailOf(r, t.Owner) })
	if err != nil {
		return 0, err
	}
	var lines []message
	var all []delivery
	for _, d := range waiting {
		m, ok, err := s.tell(ctx, t, d)
		if err == nil && (!ok || to == "") {
			err = s.drop(ctx, d)
		} else if err == nil {
			lines, all = append(lines, m), append(all, d)
		}
		if err != nil {
			return 0, err
		}
	}
	if len(lines) == 0 || ctx.Err() != nil {
		return 0, nil
	}
	link := s.stopLink(t.ID)
	l := outward.Letter{ID: string(lines[0].ID), To: to, Subject: subject(lines), Text: s.text(t, lines, link), Stop: link, At: s.gate.Now()}
	if err := s.opts.Mail.Send(ctx, l); err != nil {
		if ctx.Err() != nil {
			return 0, nil
		}
		s.opts.Log.Warn("a letter was not taken", "notification", t.ID, "error", err)
		return 0, s.note(ctx, func(tx *gate.Tx) error { return t.failed(tx, "the mail server did not take it", false, all...) })
	}
	return len(all), s.note(ctx, func(tx *gate.Tx) error { return t.sent(tx, tx.Now().Add(letters), all...) })
}
