package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

// tell is what a webhook may be told now of a delivery; nil = it is to be dropped:
// in whose name it would go may not change the project any more, cannot read the
// job, or is gone.
func (s *Service) tell(r *gate.Reader, t *row, d delivery) (*message, error) {
	if reason, err := t.rests(r); reason != "" || err != nil {
		return nil, err
	}
	m := message{ID: d.ID, Event: d.Event, At: d.At}
	if d.Job == "" {
		m.Text = "A test of the webhook " + t.ID + "."
		return &m, nil
	}
	who, reason, err := t.subject(r)
	if reason != "" || err != nil {
		return nil, err
	}
	found, err := s.opts.Jobs.Notices(r, who, []remit.JobID{d.Job})
	job, readable := found[d.Job]
	if !readable || err != nil {
		return nil, err
	}
	m.about(job, d, s.opts.URL)
	return &m, nil
}

// post sends one message to a webhook. t.Failures says whether it was taken.
func (s *Service) post(ctx context.Context, t *row, d delivery) (sent bool, err error) {
	m, err := sending(ctx, s, func(r *gate.Reader) (*message, error) { return s.tell(r, t, d) })
	if err != nil {
		return false, err
	}
	if m == nil {
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

func (s *Service) request(ctx context.Context, t *row, m *message) (status int, err error) {
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
