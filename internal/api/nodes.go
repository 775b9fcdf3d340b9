package api

import (
	"context"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
)

// ByNode is the node in a path.
type ByNode struct {
	ID remit.NodeID `path:"id"`
}

func (a *api) nodeRoutes() {
	const job = "/api/v1/node/jobs/{id}"
	handle(a, on(get, "/api/v1/nodes", "List nodes", "node.list"), a.nodes)
	handle(a, on(post, "/api/v1/nodes", "Register a node", "node.register").answers(201), a.registerNode)
	handle(a, on(get, "/api/v1/nodes/{id}", "Show a node", "node.read"), a.node)
	handle(a, on(patch, "/api/v1/nodes/{id}", "Drain, pause, retire or activate a node", "node.update"), a.updateNode)
	handle(a, on(post, "/api/v1/node/claim", "Node: wait for jobs and claim them", "job.claim"), a.claim)
	handle(a, on(get, "/api/v1/node/jobs", "Node: the leases that I still hold", "node.read").named("node.jobs"), a.held)
	handle(a, on(post, job+"/start", "Node: I have begun", "job.start"), leased(a.Jobs.Start))
	handle(a, on(post, job+"/release", "Node: I give the job back", "job.release"), leased(a.Jobs.Release))
	handle(a, on(post, job+"/heartbeat", "Node: renew the lease", "job.heartbeat"), a.heartbeat)
	handle(a, on(post, job+"/progress", "Node: how far the attempt has come", "job.progress"), a.progress)
	handle(a, on(post, job+"/log", "Node: a piece of the log", "job.log"), a.appendLog)
	handle(a, on(post, job+"/finish", "Node: the attempt has ended", "job.finish"), a.finish)
	handle(a, on(post, job+"/cleanup", "Node: last words of a lost attempt", "job.cleanup"), a.cleanup)
}

func (a *api) nodes(ctx context.Context, who authz.Subject, in *Paging) (*answer[remit.Page[remit.Node]], error) {
	page, err := a.Nodes.Nodes(ctx, who, in.Limit, in.After)
	return &answer[remit.Page[remit.Node]]{page}, err
}

func (a *api) registerNode(ctx context.Context, who authz.Subject, in *Input[client.NewNode]) (*made[remit.Node], error) {
	node, err := a.Nodes.Register(ctx, who, nodes.NewNode(in.Body))
	return &made[remit.Node]{"/api/v1/nodes/" + string(node.ID), node}, err
}

func (a *api) node(ctx context.Context, who authz.Subject, in *ByNode) (*answer[remit.Node], error) {
	node, err := a.Nodes.Node(ctx, who, in.ID)
	return &answer[remit.Node]{node}, err
}

func (a *api) updateNode(ctx context.Context, who authz.Subject, in *struct {
	ByNode
	Input[client.NodePatch]
}) (*answer[remit.Node], error) {
	node, err := a.Nodes.SetState(ctx, who, in.ID, in.Body.State)
	return &answer[remit.Node]{node}, err
}

// longestWait bounds a long poll.
const longestWait = 60 * time.Second

func (a *api) claim(ctx context.Context, who authz.Subject, in *Input[client.Want]) (*answer[client.Assignments], error) {
	want, err := wantOf(in.Body)
	if err != nil {
		return nil, err
	}
	ctx, end := streaming(ctx)
	defer end()
	claimed, err := a.Nodes.Claim(ctx, who, want)
	if claimed == nil {
		claimed = []remit.Assignment{}
	}
	return &answer[client.Assignments]{client.Assignments{Items: claimed}}, err
}

func wantOf(w client.Want) (nodes.Want, error) {
	var wait time.Duration
	if w.Wait != "" {
		var err error
		if wait, err = time.ParseDuration(w.Wait); err != nil || wait < 0 || wait > longestWait {
			return nodes.Want{}, remit.Errorf(remit.Invalid, "wait is %q; it is a duration from 0s to %s", w.Wait, longestWait).WithField("body.wait")
		}
	}
	return nodes.Want{
		Want:  jobs.Want{Types: w.Types, Runners: w.Runners, Labels: w.Labels, CPUs: w.CPUs, MemoryMB: w.MemoryMB, GPUs: w.GPUs},
		Slots: w.Slots, Max: w.Max, Wait: wait, Version: w.Version, Session: w.Session,
	}, nil
}

func (a *api) held(ctx context.Context, who authz.Subject, in *struct {
	Session string `query:"session" doc:"As of the claim"`
}) (*answer[remit.Page[remit.Lease]], error) {
	leases, err := a.Nodes.Held(ctx, who, in.Session)
	return &answer[remit.Page[remit.Lease]]{whole(leases)}, err
}

// onLease is a node's call about a job that it holds.
type onLease[T any] struct {
	ByJob
	Input[T]
}

func leaseOf(id remit.JobID, l client.LeaseOf) remit.Lease {
	return remit.Lease{Job: id, Attempt: l.Attempt, Lease: l.Lease}
}

// leased is a call that says nothing but the lease.
func leased(do func(context.Context, authz.Subject, remit.Lease) error) func(context.Context, authz.Subject, *onLease[client.LeaseOf]) (*none, error) {
	return func(ctx context.Context, who authz.Subject, in *onLease[client.LeaseOf]) (*none, error) {
		return &none{}, do(ctx, who, leaseOf(in.ID, in.Body))
	}
}

func (a *api) heartbeat(ctx context.Context, who authz.Subject, in *onLease[client.LeaseOf]) (*answer[client.Renewal], error) {
	renewal, err := a.Jobs.Heartbeat(ctx, who, leaseOf(in.ID, in.Body))
	return &answer[client.Renewal]{client.Renewal{LeaseTTLS: renewal.TTL.Seconds(), Cancel: renewal.Cancel}}, err
}

func (a *api) progress(ctx context.Context, who authz.Subject, in *onLease[client.ProgressReport]) (*none, error) {
	return &none{}, a.Jobs.Progress(ctx, who, leaseOf(in.ID, in.Body.LeaseOf), in.Body.Progress)
}

func (a *api) appendLog(ctx context.Context, who authz.Subject, in *onLease[client.LogChunk]) (*none, error) {
	chunk := jobs.LogChunk{Stream: in.Body.Stream, Offset: in.Body.Offset, Data: []byte(in.Body.Data)}
	return &none{}, a.Jobs.AppendLog(ctx, who, leaseOf(in.ID, in.Body.LeaseOf), chunk)
}

func (a *api) finish(ctx context.Context, who authz.Subject, in *onLease[client.Finish]) (*none, error) {
	return &none{}, a.Jobs.Finish(ctx, who, leaseOf(in.ID, in.Body.LeaseOf), outcomeOf(in.Body))
}

func (a *api) cleanup(ctx context.Context, who authz.Subject, in *onLease[client.Cleanup]) (*none, error) {
	return &none{}, a.Jobs.Cleanup(ctx, who, leaseOf(in.ID, in.Body.LeaseOf), in.Body.Log)
}
