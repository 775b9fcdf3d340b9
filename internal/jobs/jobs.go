// Package jobs keeps the queue: job types, jobs and their states, the leases
// of the nodes that work on them, logs and artifacts.
//
// Its one invariant: a job has at most one lease, and every change of its
// state is one conditional UPDATE on its id, state, attempt and lease. What an
// old attempt still sends changes nothing.
//
//	queue := jobs.New(g, jobs.Options{Blobs: blobs})
//	job, err := queue.Submit(ctx, who, "moths", remit.JobSpec{Type: "ml", On: remit.On{File: file}, Start: true})
//	as, err := nodes.Claim(ctx, node, nodes.Want{Runners: []string{"process"}})
//	_, err = queue.Start(ctx, node, as[0].Lease)
//	err = queue.Finish(ctx, node, as[0].Lease, jobs.Outcome{State: remit.JobSucceeded})
package jobs

import (
	"cmp"
	"sync"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/blob"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/parameters"
	"github.com/remit-server/remit/internal/seal"
)

// Options are what an installation may choose. Zero values mean the default.
type Options struct {
	Blobs *blob.Store // keeps artifacts
	Seal  *seal.Ring  // seals secret parameters; nil = none are taken

	LeaseTTL  time.Duration // how long a lease lives without a heartbeat; 45 s
	Heartbeat time.Duration // how often nodes are to renew; 10 s
	// CancelTimeout is how long a cancelled job waits for its node to say that
	// it has stopped; 60 s.
	CancelTimeout time.Duration
	// Grace is how long after the first sweep no lease counts as ended: nodes
	// could not renew while the server was away.
	Grace time.Duration

	// Brought are the job types that the program brings: their runner, places and
	// lends stay, and no other type is built in. nil = any may be.
	Brought []remit.JobType

	MaxLog      int64 // bytes of log kept of one attempt; 16 MiB
	MaxArtifact int64 // bytes of one artifact; 4 GiB
}

func (o Options) withDefaults() Options {
	o.LeaseTTL = cmp.Or(o.LeaseTTL, 45*time.Second)
	o.Heartbeat = cmp.Or(o.Heartbeat, 10*time.Second)
	o.CancelTimeout = cmp.Or(o.CancelTimeout, time.Minute)
	o.MaxLog = cmp.Or(o.MaxLog, 16<<20)
	o.MaxArtifact = cmp.Or(o.MaxArtifact, 4<<30)
	return o
}

// Service is all that can be asked of the queue. It is safe for concurrent use.
type Service struct {
	gate    *gate.Gate
	opts    Options
	schemas parameters.Schemas
	known   known

	finishing *gate.Merged[endingBy, error]
	seen      func(tx *gate.Tx, node remit.NodeID) error

	sweeping   sync.Mutex // guards what follows
	firstSweep time.Time
	heldAfter  remit.JobID // the last held job that was looked at; "" = begin with the oldest
}

// New makes the service that works through g.
func New(g *gate.Gate, opts Options) *Service {
	s := &Service{gate: g, opts: opts.withDefaults(), known: newKnown(), seen: func(*gate.Tx, remit.NodeID) error { return nil }}
	s.finishing = gate.Merge(s.finishSome)
	return s
}

// OnHeartbeat sets who is told, in the transaction of each heartbeat, that a
// node lives. It is part of wiring the program: call it before the service is used.
func (s *Service) OnHeartbeat(seen func(tx *gate.Tx, node remit.NodeID) error) { s.seen = seen }

// HeartbeatEvery is how often nodes are to renew their leases.
func (s *Service) HeartbeatEvery() time.Duration { return s.opts.Heartbeat }

// sweeper is who ends leases and frees held jobs.
var sweeper = authz.Subject{Kind: authz.System, ID: "sweeper", Name: "sweeper"}
