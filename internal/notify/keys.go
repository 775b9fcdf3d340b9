package notify

import (
	"context"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/seal"
)

// CheckKeys is remit.Conflict when webhooks were sealed with a key which the
// service does not have: nothing could be sent to them.
func (s *Service) CheckKeys(ctx context.Context) error {
	all, err := sending(ctx, s, func(r *gate.Reader) ([]string, error) { return db.Rows(r, db.Value[string], selectSealed) })
	if err != nil {
		return fmt.Errorf("looking for the keys of webhooks: %w", err)
	}
	for _, sealed := range all {
		if id := seal.KeyOf(sealed); !s.opts.Seal.Has(id) {
			return remit.Errorf(remit.Conflict, "Webhooks were sealed with the key %s, which is not among those given", id).
				WithCode("secrets_key").WithHint("Put the file secrets.key back into the data directory, or name it by REMIT_SECRETS_KEY_FILE; it may hold several keys.")
		}
	}
	return nil
}
