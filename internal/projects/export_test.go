package projects

import (
	"context"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// Statement is one that writes.
type Statement struct {
	Query string
	Args  []any
}

// Keep makes a change of a part of the policy as keepManagedPart does.
func (s *Service) Keep(ctx context.Context, who authz.Subject, part gate.Part, change ...Statement) error {
	return s.change(ctx, who, func(tx *gate.Tx) error {
		return keepManagedPart(tx, part, func() error { return run(tx, change) })
	})
}

// Lend asks as who declares a job type that lends does.
func (s *Service) Lend(ctx context.Context, who authz.Subject, permissions ...string) error {
	return s.change(ctx, who, func(tx *gate.Tx) error { return MayLend(tx, permissions...) })
}

// change asks no right of who that a test is about.
func (s *Service) change(ctx context.Context, who authz.Subject, apply func(*gate.Tx) error) error {
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name:  "role.update",
		Apply: func(tx *gate.Tx) (struct{}, error) { return struct{}{}, apply(tx) },
	})
	return err
}

func run(tx *gate.Tx, change []Statement) error {
	for _, s := range change {
		if _, err := tx.Exec(s.Query, s.Args...); err != nil {
			return err
		}
	}
	return nil
}
