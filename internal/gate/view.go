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
}

// View answers q for who from one snapshot, or returns the refusal of R21.
func View[R any](ctx context.Context, g *Gate, who authz.Subject, q Query[R]) (R, error) {
	var result R
	err := g.db.Read(ctx, func(dr db.Reader) error {
		r, err := g.reader(dr, who)
		if err != nil {
			return err
		}
		on := authz.Resource{}
		if q.On != nil {
			if on, err = q.On(&r); err != nil {
				return err
			}
		}
		if err := r.Require(q.Name, on); err != nil {
			return err
		}
		result, err = q.Read(&r)
		return err
	})
	if err != nil {
		var none R
		return none, err
	}
	return result, nil
}
