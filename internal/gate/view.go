package gate

import (
	"context"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
)

// Query is one look at the data: the operation that it is, the thing that it
// is about (none for lists across things, which ask Scope), and how it is read.
type Query[R any] struct {
	Name string
	On   func(*Reader) (authz.Resource, error) // nil: the site
	Read func(*Reader) (R, error)
	// Kept says that it may well be answered by the policy and what a Kept
	// holds. Then it is tried without data first, and On and Read are called a
	// second time when they asked for any.
	Kept bool
}

// View answers q for who from one snapshot, or returns the refusal of R21.
func View[R any](ctx context.Context, g *Gate, who authz.Subject, q Query[R]) (R, error) {
	if q.Kept {
		if result, ok, err := fromMemory(ctx, g, who, q); ok {
			return result, err
		}
	}
	var result R
	seen := g.latest.look()
	err := g.db.Read(ctx, func(dr db.Reader) error {
		r, err := g.reader(dr, who)
		if err != nil {
			return err
		}
		seen(r.snapshot)
		result, err = q.answer(&r)
		g.explain(&r, err)
		return err
	})
	if err != nil {
		var none R
		return none, err
	}
	return result, nil
}

// answer finds the thing, asks, and reads.
func (q Query[R]) answer(r *Reader) (none R, err error) {
	on := authz.Resource{}
	if q.On != nil {
		if on, err = q.On(r); err != nil {
			return none, err
		}
	}
	if err := r.Require(q.Name, on); err != nil {
		return none, err
	}
	return q.Read(r)
}
