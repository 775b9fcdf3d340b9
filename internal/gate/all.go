package gate

import (
	"cmp"
	"context"
	"fmt"

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
	Apply func(*Tx) ([]Written, error)        // what is written down of each
}

// Written is what the audit log says of one thing.
type Written struct {
	Thing string // its id, for operations that make it; "" = as On said
	Note  string // what changed, in words
}

// NotAll says that not all of it is permitted. Nothing was done and nothing
// written down: Do asks for the thing alone, and has the answer.
type NotAll struct{ First int } // the place of the first one that is refused

func (e *NotAll) Error() string { return fmt.Sprintf("number %d of the things is refused", e.First) }

// DoAll makes the change for who when all of it is permitted, and none of it
// otherwise. An operation that changes the policy, or takes a thing elsewhere,
// is no such.
func DoAll(ctx context.Context, g *Gate, who authz.Subject, op All) error {
	if who.Preview != nil {
		return g.refusePreview(ctx, who, op.Name)
	}
	if policyWriters[op.Name] {
		return remit.Errorf(remit.Internal, "operation %q changes the policy, and so not many things at once", op.Name)
	}
	var begun *Tx
	err := g.db.Write(ctx, db.Shared, func(dtx *db.Tx) error {
		tx, _, err := g.enter(dtx, who, op.Name, nil, false)
		if err != nil {
			return err
		}
		things, err := op.On(tx)
		if err != nil {
			g.explain(&tx.Reader, err)
			return err
		}
		entries := make([]audit.Entry, len(things))
		for i, on := range things {
			decision := tx.decide(who, tx.row, on)
			if !decision.Allowed {
				return &NotAll{i}
			}
			tx.describe(on, decision)
			entries[i] = tx.entry
		}
		tx.allowed, begun = true, tx
		written, err := op.Apply(tx)
		if err != nil {
			g.explain(&tx.Reader, err)
			return err
		}
		return tx.finishAll(entries, written)
	})
	return begun.writeTakenBack(ctx, g, err)
}

func (tx *Tx) finishAll(entries []audit.Entry, written []Written) error {
	if tx.row.Audit == authz.AuditChange {
		for i, e := range entries {
			e.Thing, e.Detail = cmp.Or(written[i].Thing, e.Thing), written[i].Note
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
