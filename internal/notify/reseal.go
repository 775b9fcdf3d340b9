package notify

import (
	"context"
	"fmt"

	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/seal"
)

// Reseal seals webhooks with the key that seals now, so that those before it are
// not needed any more. What no key opens stays as it is.
func (s *Service) Reseal(ctx context.Context) error {
	hooks, err := sending(ctx, s, func(r *gate.Reader) ([]row, error) { return db.Rows(r, scanHook, selectHooks) })
	for i := 0; err == nil && i < len(hooks); i++ {
		err = s.reseal(ctx, &hooks[i])
	}
	if err != nil {
		return fmt.Errorf("sealing webhooks anew: %w", err)
	}
	return nil
}

func (s *Service) reseal(ctx context.Context, t *row) error {
	if now := s.opts.Seal.KeyID(); seal.KeyOf(t.URL) == now && seal.KeyOf(t.Secret) == now {
		return nil
	}
	address, err := s.opts.Seal.Open(t.URL, t.place("url"))
	if err != nil {
		return nil // it is left
	}
	secret, err := s.opts.Seal.Open(t.Secret, t.place("secret"))
	if err != nil {
		return nil
	}
	return s.note(ctx, func(tx *gate.Tx) error {
		_, err := tx.Exec(resealHook, t.ID, t.URL, t.Secret, s.opts.Seal.Seal(address, t.place("url")), s.opts.Seal.Seal(secret, t.place("secret")))
		return err
	})
}
