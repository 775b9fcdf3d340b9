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
type NotAll struct{ First int } // the place of the first one that is refused

func (e *NotAll) Error() string { return fmt.Sprintf("number %d of the things is refused", e.First) }

// DoAll makes the change for who when all of it is permitted, and none of it
// otherwise. While it is applied, the transaction is that of the first one who
// asks. An operation that changes the policy, or takes a thing elsewhere,
// is no such.
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
		entries := make([]audit.Entry, len(things))
		for i, on := range things {
			tx.askedBy(op.By, i)
			decision := tx.decide(tx.who, tx.row, on)
			if !decision.Allowed || tx.who.Preview != nil {
				return &NotAll{i}
			}
			tx.describe(on, decision)
			entries[i] = tx.entry
		}
		tx.askedBy(op.By, 0)
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
		for _, w := range written {
			e := entries[w.Of]
			e.Project, e.Thing, e.Detail = cmp.Or(string(w.Project), e.Project), cmp.Or(w.Thing, e.Thing), w.Note
			tx.append(e)
		}
	}
	return tx.write()
}

// askedBy makes one of those who ask the one that tx is for.
func (tx *Tx) askedBy(by []Asker, i int) {
	if i < len(by) {
		tx.who, tx.request = by[i].Who, by[i].Request
	}
}
