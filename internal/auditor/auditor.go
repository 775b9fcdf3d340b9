// Package auditor lists, exports, seals, verifies and archives the audit log.
//
// Its one invariant: whatever it does to the log, the chain of seals stays
// whole and tells of it: entries leave the table only into a file that a seal
// vouches for.
//
//	page, err := s.List(ctx, who, auditor.Filter{Project: "moths", Operation: "job.cancel"})
//	n, err := s.Seal(ctx)
//	verdict, err := s.Verify(ctx, asker, kept, report)
package auditor

import (
	"context"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/audit"
	"github.com/remit-server/remit/internal/gate"
)

// Options say where archive files are kept.
type Options struct {
	Dir string // made when the first file is written
}

// Service works on the audit log. Make one with New; it is safe for concurrent use.
type Service struct {
	gate *gate.Gate
	opts Options
}

// New makes the service.
func New(g *gate.Gate, o Options) *Service { return &Service{gate: g, opts: o} }

// Asker says who asks, now: long answers ask again for each part, so that
// they end when a right is revoked (R18).
type Asker func(context.Context) (authz.Subject, error)

// sealer is the loop that seals.
var sealer = authz.Subject{Kind: authz.System, ID: "sealer", Name: "sealer"}

// Seal seals what is not sealed yet, batch by batch, and returns how many
// entries that were.
func (s *Service) Seal(ctx context.Context) (entries int64, err error) {
	for {
		batch, err := gate.Do(ctx, s.gate, sealer, gate.Op[audit.Seal]{
			Name: "audit.seal",
			Apply: func(tx *gate.Tx) (audit.Seal, error) {
				seal, _, err := audit.SealBatch(tx, tx.Now())
				return seal, err
			},
		})
		if err != nil || batch.Count == 0 {
			return entries, err
		}
		entries += batch.Count
	}
}
