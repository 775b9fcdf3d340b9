// Package nodes knows the workers: who they are, what they offer, and how
// they wait for jobs.
//
// Its one invariant: a node's only way to a job is a claim, made with the
// node's own credential, in the projects that it serves. Its secret is stored
// as a hash and shown once.
//
//	workers := nodes.New(g, nodes.Options{Jobs: queue})
//	node, err := workers.Register(ctx, who, nodes.NewNode{Name: "gpu-1", Slots: 2})
//	subject, err := workers.Authenticate(ctx, node.Secret)
//	assignments, err := workers.Claim(ctx, subject, nodes.Want{Max: 1, Wait: 30 * time.Second})
//	leases, err := workers.Held(ctx, subject, session) // after a restart
package nodes

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
)

// Options is what nodes need besides the gate.
type Options struct {
	Jobs *jobs.Service // the queue that they claim from
}

// Service is all that can be asked of and about nodes. It is safe for
// concurrent use.
type Service struct {
	gate     *gate.Gate
	jobs     *jobs.Service
	arrivals sync.Map // node id → the latest arrival
	claims   *gate.Merged[claim, claimed]
	known    *gate.Kept[worker] // by the hashes of their secrets, and by their ids
}

// New makes the service, and has heartbeats tell it that nodes live.
func New(g *gate.Gate, opts Options) *Service {
	opts.Jobs.OnHeartbeat(seen)
	s := &Service{gate: g, jobs: opts.Jobs, known: gate.Keep[worker](gate.Nodes)}
	s.claims = gate.Merge(s.claimAll)
	return s
}

// authenticator is who looks at credentials before it is known who asks.
var authenticator = authz.Subject{Kind: authz.System, ID: "authenticator", Name: "authenticator"}

// row is a node as it is stored.
type row struct {
	remit.Node
	ProjectID remit.ProjectID // the one that it serves; "" = every project
	Own       bool            // it is part of a server, and runs the built-in jobs
	Hash      string          // of its secret
	Session   string          // of the program that claimed last and said one
}

// resource is the node as the permission engine sees it.
func (n *row) resource(who authz.Subject) authz.Resource { return resource(n.ID, n.ProjectID, who) }

func resource(id remit.NodeID, project remit.ProjectID, who authz.Subject) authz.Resource {
	on := authz.Resource{Project: string(project), Thing: string(id)}
	if who.Kind == authz.Node && who.ID == string(id) {
		on.Facts = authz.IsSelf
	}
	return on
}

// alive is how many heartbeats may be missing before a node counts as gone.
const alive = 3

func (n *row) online(now time.Time, heartbeat time.Duration) bool {
	return n.LastSeenAt != nil && now.Sub(*n.LastSeenAt) <= alive*heartbeat
}

// find reads a node; gate.NotFound when there is none. In a transaction that
// writes, the row stays locked until its end.
func find(r db.Reader, id remit.NodeID) (row, error) {
	if !remit.IsID[remit.NodeID](string(id)) {
		return row{}, gate.NotFound("nodes")
	}
	query := selectNode
	if _, writes := r.(*gate.Tx); writes {
		query += r.Dialect().ForUpdate
	}
	n, err := db.One(r, scanNode, query, id)
	if errors.Is(err, db.ErrNoRows) {
		return n, gate.NotFound("nodes")
	}
	if err != nil {
		return n, fmt.Errorf("reading node %s: %w", id, err)
	}
	return n, nil
}

// seen notes that a node lives. It is not part of the audit log.
func seen(tx *gate.Tx, id remit.NodeID) error {
	_, err := tx.Exec(touchNode, id, tx.Now().UnixMicro())
	return err
}

// invalidKey is the answer to a bad credential.
var invalidKey = gate.InvalidKey

// secretPrefix begins every node's credential.
const secretPrefix = identity.NodePrefix
