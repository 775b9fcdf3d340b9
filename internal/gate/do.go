package gate

import (
	"context"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/audit"
	"github.com/remit-server/remit/internal/db"
)

// Op is one change: what it needs, what it is about, and how it is made.
type Op[R any] struct {
	Name  string                            // row of the operation table: permissions, guards, audit level
	On    func(*Tx) (authz.Resource, error) // the thing, found inside the transaction
	To    func(*Tx) (authz.Resource, error) // where it goes, as it will be there; nil unless the row has To (R29)
	Apply func(*Tx) (R, error)              // runs only after the check said yes
}

// Tx is the right to write, for the length of one permitted operation.
type Tx struct {
	Reader
	listeners []Listener

	tx      *db.Tx
	allowed bool // the check said yes; before, nothing can be written
	row     authz.Operation
	request string
	entry   audit.Entry
	entries []audit.Entry // what is written down at the end
	changed []Part        // of the policy
	by      []Asker       // who ask together; nil = one alone

	unchanged bool // nothing was done, and nothing is written down
}

// Do makes the change op for who: the thing is found, the check made, the
// change applied, written down and committed in one transaction. It returns
// the refusal of R21 when the check says no, and whatever On and Apply return.
func Do[R any](ctx context.Context, g *Gate, who authz.Subject, op Op[R]) (R, error) {
	var result R
	var refused error
	if who.Preview != nil {
		return result, g.refusePreview(ctx, who, op.Name)
	}
	var begun *Tx
	lock := db.Shared
	if policyWriters[op.Name] {
		lock = db.Exclusive
		g.latest.begins()
		defer g.latest.ends()
	}
	err := g.db.Write(ctx, lock, func(dtx *db.Tx) error {
		tx, on, err := g.enter(dtx, who, op.Name, op.On, op.To != nil)
		if err != nil {
			return err
		}
		decision, about, err := tx.asked(on, op.To)
		if err != nil {
			return err
		}
		tx.describe(on, decision)
		if !decision.Allowed {
			refused = tx.refuse(who, tx.row, about, decision)
			g.explain(&tx.Reader, refused)
			return tx.writeRefusal()
		}
		tx.allowed, begun = true, tx
		if result, err = op.Apply(tx); err != nil {
			g.explain(&tx.Reader, err)
			return err
		}
		return tx.finish()
	})
	if err == nil {
		err = refused
	} else {
		err = begun.writeTakenBack(ctx, g, err)
	}
	if err != nil {
		var none R
		return none, err
	}
	return result, nil
}

// policyWriters are the operations that take the policy lock alone.
var policyWriters = func() map[string]bool {
	writers := map[string]bool{}
	for _, row := range remit.Operations() {
		writers[row.Name] = row.ChangesPolicy
	}
	return writers
}()

// enter opens the operation: policy, row, and the thing that it is about.
func (g *Gate) enter(dtx *db.Tx, who authz.Subject, name string, locate func(*Tx) (authz.Resource, error), moves bool) (*Tx, authz.Resource, error) {
	r, err := g.reader(dtx, who)
	if err != nil {
		return nil, authz.Resource{}, err
	}
	row, err := r.row(name)
	if err == nil && (len(row.To) > 0) != moves {
		err = unlikeItsRow(name, row)
	}
	if err != nil {
		return nil, authz.Resource{}, err
	}
	r.changes = row.ChangesPolicy
	tx := &Tx{Reader: r, tx: dtx, row: row, request: RequestID(dtx.Context())}
	on := authz.Resource{}
	tx.listeners = g.listeners
	if locate != nil {
		on, err = locate(tx)
		g.explain(&tx.Reader, err)
	}
	return tx, on, err
}

// asked is the decision on a thing and on where it goes (R29), and which of the
// two it is about. Where it goes is looked for only when it may go: nobody else
// learns whether there is such a place.
func (tx *Tx) asked(on authz.Resource, to func(*Tx) (authz.Resource, error)) (authz.Decision, authz.Resource, error) {
	now := tx.now.UnixMicro()
	here := tx.decide(tx.who, tx.row, on)
	if to == nil || !here.Allowed && (here.Guard == "" || here.Guard == guardArchived) {
		return here, on, nil
	}
	there, err := to(tx)
	if err != nil {
		return here, on, err
	}
	d := tx.snapshot.stated(tx.row, there, tx.snapshot.policy.CanMove(tx.who, tx.row.Name, on, there, now))
	if d.Allowed || d.Guard != "" {
		return d, on, nil
	}
	there.Thing = "" // it is not there yet
	return d, there, nil
}

func unlikeItsRow(name string, row authz.Operation) error {
	if len(row.To) > 0 {
		return remit.Errorf(remit.Internal, "operation %q takes a thing to another place, and does not say where", name)
	}
	return remit.Errorf(remit.Internal, "operation %q says where a thing goes, and its row does not", name)
}

// Exec runs one statement that writes, and returns how many rows it touched.
// On is refused it, and Record: what they wrote would outlast a refusal. That
// is all that is guarded: Query and QueryRow are for reading, but a statement
// like UPDATE … RETURNING in On would not be noticed, nor would OnCommit and
// Notify, which happen after a refusal that is written down as well.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	if !tx.allowed {
		return 0, errTooEarly
	}
	tx.unsayNothing()
	return tx.tx.Exec(query, args...)
}

// ExecMany is Exec for many rows.
func (tx *Tx) ExecMany(m *db.Many, args ...any) (int64, error) {
	if !tx.allowed {
		return 0, errTooEarly
	}
	tx.unsayNothing()
	return tx.tx.ExecMany(m, args...)
}

var errTooEarly = remit.Errorf(remit.Internal, "a write before the check, while the thing was looked for")

// OnCommit runs fn after the commit, and never when it fails.
func (tx *Tx) OnCommit(fn func()) { tx.tx.OnCommit(fn) }

// Notify tells subscribers of topic, in every process, after the commit.
func (tx *Tx) Notify(topic, payload string) { tx.tx.Notify(topic, payload) }

// About names the thing in the audit entry, for operations that make it.
func (tx *Tx) About(thing string) { tx.entry.Thing = thing }

// Unchanged says that what was asked for was so already: it is not written down.
func (tx *Tx) Unchanged() { tx.unchanged = true }

// Note says in words what changed, for the audit entry.
func (tx *Tx) Note(format string, args ...any) { tx.entry.Detail = fmt.Sprintf(format, args...) }

// Record adds an entry of its own to the audit log, for what happens to
// another thing along the way: a job held at a claim, a lease that ended. Entries
// are written with the last statements of the transaction.
func (tx *Tx) Record(operation string, project remit.ProjectID, thing, detail string) error {
	if !tx.allowed {
		return errTooEarly
	}
	e := tx.actor(operation)
	e.Project, e.Thing, e.Detail, e.Allowed = string(project), thing, detail, true
	tx.append(e)
	return nil
}

func (tx *Tx) describe(on authz.Resource, d authz.Decision) {
	tx.entry = tx.actor(tx.row.Name)
	tx.entry.Project, tx.entry.Thing = on.Project, on.Thing
	tx.entry.Allowed, tx.entry.Rule, tx.entry.Permission = d.Allowed, fmt.Sprintf("R%d", d.Rule), d.Permission
}

func (tx *Tx) actor(operation string) audit.Entry {
	e := audit.Entry{At: tx.now, ActorKind: kindName(tx.who.Kind), ActorID: tx.who.ID, Actor: tx.who.Name,
		Key: tx.who.Key, Operation: operation, Request: tx.request}
	if tx.who.Kind == authz.Local {
		e.Actor = "local" // nobody in particular (R32)
	}
	if tx.who.Preview != nil {
		e.Preview = tx.lookedAt()
	}
	return e
}

// finish writes the change down and, when it changed the policy, makes every
// process read it anew.
func (tx *Tx) finish() error {
	if err := tx.markPolicy(); err != nil {
		return err
	}
	if tx.row.Audit == authz.AuditChange && !tx.unchanged {
		tx.append(tx.entry)
	}
	return tx.write()
}

// markPolicy writes down what of the policy the change was of.
func (tx *Tx) markPolicy() error {
	if !tx.row.ChangesPolicy {
		if len(tx.changed) > 0 {
			return remit.Errorf(remit.Internal, "operation %q changed the policy, and its row does not say so", tx.row.Name)
		}
		return nil
	}
	parts := tx.written()
	if len(parts) == 0 {
		return nil
	}
	if err := bumpPolicyVersion(tx, parts); err != nil {
		return fmt.Errorf("marking the policy as changed: %w", err)
	}
	return nil
}

// writeRefusal writes down that somebody known was refused.
func (tx *Tx) writeRefusal() error {
	if tx.unwritten() {
		return nil
	}
	tx.append(tx.entry)
	return tx.write()
}

// unwritten says whether refusals are not written down one by one: those of
// strangers, and of whoever shows the token of a job, could fill the disk.
func (tx *Tx) unwritten() bool {
	return tx.row.Audit == authz.AuditNone || kindName(tx.who.Kind) == "anonymous"
}

// append takes an entry that is written with the others, by write.
func (tx *Tx) append(e audit.Entry) {
	e.Seq = len(tx.entries)
	tx.entries = append(tx.entries, e)
}

func (tx *Tx) write() error { return audit.Append(tx.tx, tx.entries...) }

// kindName is who acted as the audit log knows it. Whoever shows the token of
// a job is a stranger (R31), as is whatever this program does not know; where
// nobody signs in, everybody is one person (R32).
func kindName(k authz.Kind) string {
	switch k {
	case authz.Person, authz.Local:
		return "person"
	case authz.Node:
		return "node"
	case authz.System:
		return "system"
	}
	return "anonymous"
}
