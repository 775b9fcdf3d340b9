package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/remit-server/remit"
)

// Nodes lists the nodes that the asker may see.
func (c *Client) Nodes(ctx context.Context, q Query) (remit.Page[remit.Node], error) {
	return list[remit.Node](ctx, c, "/api/v1/nodes", q)
}

// Node shows one node.
func (c *Client) Node(ctx context.Context, id remit.NodeID) (remit.Node, error) {
	return get[remit.Node](ctx, c, "/api/v1/nodes/"+seg(id))
}

// Register makes a node; the answer holds its credential, once.
func (c *Client) Register(ctx context.Context, n NewNode) (remit.Node, error) {
	return post[remit.Node](ctx, c, "/api/v1/nodes", n)
}

// UpdateNode changes a node's state: active, draining, paused, retired.
func (c *Client) UpdateNode(ctx context.Context, id remit.NodeID, p NodePatch) (remit.Node, error) {
	return patch[remit.Node](ctx, c, "/api/v1/nodes/"+seg(id), p)
}

// The calls below are a node's own; they need its credential.

// Claim waits up to w.Wait for jobs; none is an empty list.
func (c *Client) Claim(ctx context.Context, w Want) ([]remit.Assignment, error) {
	answer, err := post[Assignments](ctx, c, "/api/v1/node/claim", w)
	return answer.Items, err
}

// Held lists the leases that the asking node still holds, for one that was restarted.
// session is as of Want; "" = it does not say.
func (c *Client) Held(ctx context.Context, session string) ([]remit.Lease, error) {
	path := "/api/v1/node/jobs"
	if session != "" {
		path += "?session=" + url.QueryEscape(session)
	}
	page, err := get[remit.Page[remit.Lease]](ctx, c, path)
	return page.Items, err
}

// Start says that the node has begun to work.
func (c *Client) Start(ctx context.Context, l remit.Lease) error {
	return c.onJob(ctx, l, "start", leaseOf(l), nil)
}

// Heartbeat renews the lease.
func (c *Client) Heartbeat(ctx context.Context, l remit.Lease) (Renewal, error) {
	var r Renewal
	err := c.onJob(ctx, l, "heartbeat", leaseOf(l), &r)
	return r, err
}

// Progress says how far the attempt has come.
func (c *Client) Progress(ctx context.Context, l remit.Lease, p remit.Progress) error {
	return c.onJob(ctx, l, "progress", ProgressReport{LeaseOf: leaseOf(l), Progress: p}, nil)
}

// AppendLog sends a piece of the attempt's log; repeating it is harmless.
func (c *Client) AppendLog(ctx context.Context, l remit.Lease, stream string, offset int64, data string) error {
	return c.onJob(ctx, l, "log", LogChunk{LeaseOf: leaseOf(l), Stream: stream, Offset: offset, Data: data}, nil)
}

// Finish ends the attempt. The lease of f is filled in.
func (c *Client) Finish(ctx context.Context, l remit.Lease, f Finish) error {
	f.LeaseOf = leaseOf(l)
	return c.onJob(ctx, l, "finish", f, nil)
}

// Release gives the job back to the queue unfinished.
func (c *Client) Release(ctx context.Context, l remit.Lease) error {
	return c.onJob(ctx, l, "release", leaseOf(l), nil)
}

// Cleanup says the last words of an attempt whose lease was lost.
func (c *Client) Cleanup(ctx context.Context, l remit.Lease, log string) error {
	return c.onJob(ctx, l, "cleanup", Cleanup{LeaseOf: leaseOf(l), Log: log}, nil)
}

// PutArtifact uploads one output of the attempt.
func (c *Client) PutArtifact(ctx context.Context, l remit.Lease, name string, r io.Reader) (remit.Artifact, error) {
	var a remit.Artifact
	path := fmt.Sprintf("/api/v1/node/jobs/%s/artifacts/%s?attempt=%d&lease=%s", seg(l.Job), escapePath(name), l.Attempt, url.QueryEscape(l.Lease))
	body, err := c.request(ctx, http.MethodPut, path, r, "application/octet-stream")
	if err != nil {
		return a, err
	}
	defer body.Close()
	return a, decode(body, &a)
}

func (c *Client) onJob(ctx context.Context, l remit.Lease, verb string, in, out any) error {
	return c.call(ctx, http.MethodPost, "/api/v1/node/jobs/"+seg(l.Job)+"/"+verb, in, out)
}

func leaseOf(l remit.Lease) LeaseOf { return LeaseOf{Attempt: l.Attempt, Lease: l.Lease} }
