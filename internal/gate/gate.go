// Package gate is the one door between people and the data.
//
// Its one invariant: nothing is written except by a *Tx, and the only maker of
// one is Do, which has asked the permission engine first, in the same
// transaction. Reads go through View, which asks as well.
//
//	job, err := gate.Do(ctx, g, who, gate.Op[remit.Job]{
//		Name:  "job.cancel",
//		On:    func(tx *gate.Tx) (authz.Resource, error) { return locate(tx, id) },
//		Apply: func(tx *gate.Tx) (remit.Job, error) { return cancel(tx, id) },
//	})
package gate

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
)

// PolicySource reads the policy as the transaction sees it.
type PolicySource interface {
	// LoadPolicy reads all of it.
	LoadPolicy(r db.Reader) (authz.Source, error)
	// RefreshPolicy reads the parts, and takes the rest from the source that was
	// read before: the very same slices, so that nothing of it is compiled
	// again. policy is what old compiled to.
	RefreshPolicy(r db.Reader, old authz.Source, policy *authz.Policy, parts []Part) (authz.Source, error)
	// LoadStates reads which projects are not Open. It is read after each
	// change of any part.
	LoadStates(r db.Reader) (map[remit.ProjectID]State, error)
}

// Gate checks, writes down and commits. Make one with New; it is safe for
// concurrent use.
type Gate struct {
	db      *db.DB
	source  PolicySource
	now     func() time.Time
	log     *slog.Logger
	recent  atomic.Pointer[recent]
	loading sync.Mutex
	latest  latest
	glances glances
	open    bool // see OpenToAll

	listeners []Listener
}

// New makes the gate of a database. now is the clock that every decision is made by.
func New(d *db.DB, source PolicySource, now func() time.Time, log *slog.Logger) *Gate {
	return &Gate{db: d, source: source, now: now, log: log}
}

// Now is the time by the clock that decisions are made by.
func (g *Gate) Now() time.Time { return g.now() }

// Event says that something was committed under a topic; an empty topic says
// that events were missed and everything should be looked at anew.
type Event = db.Event

// Subscribe tells what was committed under the topics, like db.Subscribe.
// Events carry ids only: what may be shown of them is asked with View.
func (g *Gate) Subscribe(topics ...string) (<-chan Event, func()) {
	return g.db.Subscribe(topics...)
}

// Drain takes what has come already, so that events that came together are one
// look. It is false when no more will come, for the database is closing: whoever
// goes on waiting must not wait for events, which a closed channel has at once.
func Drain(events <-chan Event) bool {
	for {
		select {
		case _, open := <-events:
			if !open {
				return false
			}
		default:
			return true
		}
	}
}

// TryLeader takes the site-wide lock of a periodic loop, like db.TryLeader.
func (g *Gate) TryLeader(ctx context.Context, name string) (release func(), ok bool, err error) {
	return g.db.TryLeader(ctx, name)
}

// reader makes what an operation of who sees of the transaction r.
func (g *Gate) reader(r db.Reader, who authz.Subject) (Reader, error) {
	s, err := g.snapshotOf(r)
	if err != nil {
		return Reader{}, err
	}
	return Reader{Reader: r, who: who, now: g.now(), snapshot: s, open: g.open}, nil
}

// row finds the row of an operation; a name without one is a fault of the
// program (R2).
func (r *Reader) row(name string) (authz.Operation, error) {
	row, ok := r.snapshot.policy.Operation(name)
	if !ok {
		return row, remit.Errorf(remit.Internal, "operation %q has no row in the operation table", name)
	}
	return row, nil
}

// operation is row for questions about one place. One that asks of two (R29)
// is a fault of the program: Can knows of one, and would let a thing go anywhere.
func (r *Reader) operation(name string) (authz.Operation, error) {
	row, err := r.row(name)
	if err == nil && len(row.To) > 0 {
		err = unlikeItsRow(name, row)
	}
	return row, err
}
