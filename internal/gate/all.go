package gate

import (
	"context"
	"errors"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/audit"
	"github.com/remit-server/remit/internal/db"
)

// All is one operation on several things in one transaction, each of which is
// decided on and written down by itself.
type All struct {
	Name  string
	On    func(*Tx) ([]authz.Resource, error) // the things, found inside the transaction
	Apply func(*Tx) (notes []string, err error)
}

// ErrNotAll says that not all of it is permitted. Nothing was done and nothing
// written down: Do asks for each thing alone, and has the answer.
var ErrNotAll = errors.New("not all of it is permitted")

// DoAll makes the change for who when all of it is permitted, and none of it
// otherwise. Apply says in words what changed of each thing, like Note. An
// operation that changes the policy, or takes a thing elsewhere, is no such.
func DoAll(ctx context.Context, g *Gate, who authz.Subject, op All) error {
	if who.Preview != nil {
		return g.refusePreview(ctx, who, op.Name)
	}
	if policyWriters[op.Name] {
		return remit.Errorf(remit.Internal, "operation %q changes the policy, and so not many things at once", op.Name)
	}
	return g.db.Write(ctx, db.Shared, func(dtx *db.Tx) error {
		tx, _, err := g.enter(dtx, who, op.Name, nil, false)
		if err != nil {
			return err
		}
		things, err := op.On(tx)
		if err != nil {
			return err
		}
		entries := make([]audit.Entry, len(things))
		for i, on := range things {
			decision := tx.decide(who, tx.row, on)
			if !decision.Allowed {
				return ErrNotAll
			}
			tx.describe(on, decision)
			entries[i] = tx.entry
		}
		tx.allowed = true
		notes, err := op.Apply(tx)
		if err != nil {
			return err
		}
		return tx.finishAll(entries, notes)
	})
}

func (tx *Tx) finishAll(entries []audit.Entry, notes []string) error {
	if tx.row.Audit == authz.AuditChange {
		for i, e := range entries {
			e.Detail = notes[i]
			tx.append(e)
		}
	}
	return tx.write()
}

// Also writes down that the operation was of another thing too, as About and
// Note do of the first.
func (tx *Tx) Also(project remit.ProjectID, thing, note string) {
	e := tx.entry
	e.Project, e.Thing, e.Detail = string(project), thing, note
	tx.append(e)
}
