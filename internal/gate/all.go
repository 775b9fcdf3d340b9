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
	By    []Asker                             // who asks for each; nil = the same one for all
	On    func(*Tx) ([]authz.Resource, error) // the things, found inside the transaction
	Apply func(*Tx) ([]Written, error)        // what is written down of each
}

// Asker is who asks for one of the things, in a request of their own.
type Asker struct {
	Who     authz.Subject
	Request string // see WithRequestID
}

// AskerOf is who with the request of ctx.
func AskerOf(ctx context.Context, who authz.Subject) Asker { return Asker{who, RequestID(ctx)} }

// Written is one line of the audit log.
type Written struct {
	Of      int             // the place of the thing that it is about
	Project remit.ProjectID // "" = as On said
	Thing   string          // its id, for operations that make it or find it later; "" = as On said
	Note    string          // what changed, in words
}

// NotAll says that not all of it is permitted. Nothing was done and nothing
// written down: Do asks for the thing alone, and has the answer.
type NotAll struct{ Which []int } // the places of those that are refused, ascending

func (e *NotAll) Error() string { return fmt.Sprintf("numbers %v of the things are refused", e.Which) }

// DoAll makes the change for who when all of it is permitted, and none of it
// otherwise. While it is applied, the transaction is that of the first one who
// asks, unless it is told otherwise (Tx.AskedBy). An operation that changes the
// policy, or takes a thing elsewhere, is no such.
func DoAll(ctx context.Context, g *Gate, who authz.Subject, op All) error {
	if op.By == nil && who.Preview != nil {
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
		entries, err := tx.decideAll(op.By, things)
		if err != nil {
			return err
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

// decideAll are the entries of things that are all permitted, or NotAll.
func (tx *Tx) decideAll(by []Asker, things []authz.Resource) ([]audit.Entry, error) {
	entries := make([]audit.Entry, len(things))
	var refused []int
	tx.by = by
	for i, on := range things {
		tx.AskedBy(i)
		decision := tx.decide(tx.who, tx.row, on)
		if !decision.Allowed || tx.who.Preview != nil {
			refused = append(refused, i)
		}
		tx.describe(on, decision)
		entries[i] = tx.entry
	}
	tx.AskedBy(0)
	if len(refused) > 0 {
		return nil, &NotAll{refused}
	}
	return entries, nil
}

func (tx *Tx) finishAll(entries []audit.Entry, written []Written) error {
	if tx.row.Audit == authz.AuditChange {
		for _, w := range written {
			e := entries[w.Of]
			e.Project, e.Thing, e.Detail = cmp.Or(string(w.Project), e.Project), cmp.Or(w.Thing, e.Thing), w.Note
			tx.append(e)
		}
	}
	return tx.write()
}

// AskedBy makes the i-th of those who ask together the one that the transaction
// is for: what is recorded from then on is by them.
func (tx *Tx) AskedBy(i int) {
	if i < len(tx.by) {
		tx.who, tx.request = tx.by[i].Who, tx.by[i].Request
	}
}
