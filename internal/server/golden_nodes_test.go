package server_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
)

func nodeRecipes() []recipe {
	node := func(operation, method string, body any) recipe {
		return recipe{operation, method + " /api/v1/nodes/{id}", site, func(g *golden, _ *room, _ *asker) (all []trial) {
			none := "/api/v1/nodes/" + string(remit.NewID[remit.NodeID](time.Now()))
			for _, a := range append([]*asker{g.workhorse}, g.askers...) {
				if a.subject.Kind != authz.Node {
					continue
				}
				on := authz.Resource{Thing: a.id}
				if len(a.subject.Projects) > 0 {
					on.Project = a.subject.Projects[0]
				}
				all = append(all, trial{path: "/api/v1/nodes/" + a.id, absent: none, body: body, on: on})
			}
			return all
		}}
	}
	return []recipe{
		{"node.register", "POST /api/v1/nodes", inRoom, func(g *golden, in *room, _ *asker) []trial {
			g.count++
			return []trial{{path: "/api/v1/nodes", body: client.NewNode{Name: fmt.Sprintf("new-%d", g.count), Project: in.slug}, on: in.resource(), spent: true},
				{path: "/api/v1/nodes", body: client.NewNode{Name: fmt.Sprintf("new-%d-site", g.count)}, spent: true}}
		}},
		node("node.read", "GET", nil),
		node("node.update", "PATCH", client.NodePatch{State: remit.NodeActive}),
		{"job.claim", "POST /api/v1/node/claim", site, func(_ *golden, _ *room, a *asker) []trial {
			self, in := authz.Resource{}, authz.Resource{}
			if a.subject.Kind == authz.Node {
				self.Thing, self.Facts = a.id, authz.IsSelf
			}
			if len(a.subject.Projects) > 0 {
				self.Project, in.Project = a.subject.Projects[0], a.subject.Projects[0]
			}
			return []trial{{path: "/api/v1/node/claim", body: client.Want{Types: []string{"no-such-type"}}, first: []asking{{operation: "node.arrive", on: self}}, on: in}}
		}},
		{"node.read", "GET /api/v1/node/jobs", site, func(_ *golden, _ *room, a *asker) []trial {
			if a.subject.Kind != authz.Node {
				return []trial{{path: "/api/v1/node/jobs", status: func(*golden, *asker) int { return 404 }}} // no such node
			}
			on := authz.Resource{Thing: a.id}
			if len(a.subject.Projects) > 0 {
				on.Project = a.subject.Projects[0]
			}
			return at("/api/v1/node/jobs", nil, on)
		}},
	}
}

// lease is a job of the owner's, or of the keeper's when the owner is a node,
// that the node has claimed.
func (g *golden) lease(in *room, owner *asker) (remit.Assignment, authz.Resource, *asker) {
	g.t.Helper()
	node := g.workhorse
	if owner.subject.Kind == authz.Node {
		node, owner = owner, g.keeper
	}
	on := g.jobOn(in, owner, "work", remit.On{File: in.places["project"].file}, "run")
	got, err := g.as(node.name).Claim(g.t.Context(), client.Want{Types: []string{"work"}, Slots: 1})
	if err != nil || len(got) != 1 || string(got[0].Job) != on.Thing {
		g.t.Fatalf("%s claimed %+v, want %s: %v", node.name, got, on.Thing, err)
	}
	on.Facts = authz.IsClaimed
	return got[0], on, node
}

// wrests takes a job away from its node.
func wrests() recipe {
	return recipe{"job.wrest", "POST /api/v1/jobs/{id}/wrest", owned, func(g *golden, in *room, owner *asker) []trial {
		_, on, _ := g.lease(in, owner)
		return []trial{{path: "/api/v1/jobs/" + on.Thing + "/wrest", absent: absent(thing{kind: "jobs"}) + "/wrest", on: on, spent: true,
			undo: func(g *golden) { g.call("root", "POST", "/api/v1/jobs/"+on.Thing+"/cancel", nil) }}}
	}}
}

// leases says whether a recipe is about what a node holds.
func (rc recipe) leases() bool { return strings.Contains(rc.route, " /api/v1/node/jobs/") }

func leaseRecipes() []recipe {
	said := func(operation, rest string, spent bool, body func(client.LeaseOf) any) recipe {
		return recipe{operation, "POST /api/v1/node/jobs/{id}" + rest, owned, func(g *golden, in *room, owner *asker) []trial {
			l, on, node := g.lease(in, owner)
			if rest != "/start" {
				if err := g.as(node.name).Start(g.t.Context(), l.Lease); err != nil {
					g.t.Fatal(err)
				}
			}
			return []trial{{path: "/api/v1/node/jobs/" + on.Thing + rest, absent: absentLease() + rest,
				body: body(client.LeaseOf{Attempt: l.Attempt, Lease: l.Lease.Lease}), on: on, holder: node, spent: spent}}
		}}
	}
	return []recipe{
		said("job.start", "/start", false, func(l client.LeaseOf) any { return l }),
		said("job.heartbeat", "/heartbeat", false, func(l client.LeaseOf) any { return l }),
		said("job.progress", "/progress", false, func(l client.LeaseOf) any { return client.ProgressReport{LeaseOf: l} }),
		said("job.log", "/log", false, func(l client.LeaseOf) any { return client.LogChunk{LeaseOf: l, Stream: "stdout", Data: "a line\n"} }),
		said("job.finish", "/finish", true, func(l client.LeaseOf) any { return client.Finish{LeaseOf: l, State: remit.JobSucceeded} }),
		{"job.finish", "POST /api/v1/node/finish", site, func(*golden, *room, *asker) []trial {
			all := at("/api/v1/node/finish", client.Endings{Items: []client.Ending{}}, authz.Resource{})
			all[0].status = func(_ *golden, a *asker) int {
				return map[bool]int{true: 200}[a.subject.Kind == authz.Node] // which is told of each job by itself
			}
			return all
		}},
		freed(said("job.release", "/release", true, func(l client.LeaseOf) any { return l })),
		cleanups(), outputs(), lentInputs(), lentArtifacts(),
	}
}

// cleanups are of an attempt that was taken from its node.
func cleanups() recipe {
	return recipe{"job.cleanup", "POST /api/v1/node/jobs/{id}/cleanup", owned, func(g *golden, in *room, owner *asker) []trial {
		l, on, node := g.lease(in, owner)
		for _, step := range []string{"wrest", "cancel"} {
			into[item](g.t, g.call("root", "POST", "/api/v1/jobs/"+on.Thing+"/"+step, nil), 200)
		}
		return []trial{{path: "/api/v1/node/jobs/" + on.Thing + "/cleanup", absent: absentLease() + "/cleanup",
			body: client.Cleanup{LeaseOf: client.LeaseOf{Attempt: l.Attempt, Lease: l.Lease.Lease}}, on: on, holder: node}}
	}}
}

func outputs() recipe {
	return recipe{"job.output", "PUT /api/v1/node/jobs/{id}/artifacts/{name}", owned, func(g *golden, in *room, owner *asker) []trial {
		l, on, node := g.lease(in, owner)
		rest := fmt.Sprintf("/artifacts/result.txt?attempt=%d&lease=%s", l.Attempt, l.Lease.Lease)
		return []trial{{path: "/api/v1/node/jobs/" + on.Thing + rest, absent: absentLease() + rest, body: "42", on: on, holder: node}}
	}}
}

// lentInputs are there for who holds the lease, and for nobody else (R6, R28).
func lentInputs() recipe {
	return recipe{"file.download", "GET /api/v1/node/jobs/{id}/inputs/{file}", owned, func(g *golden, in *room, owner *asker) []trial {
		l, on, node := g.lease(in, owner)
		rest := fmt.Sprintf("/inputs/%s?attempt=%d&lease=%s", in.places["project"].file, l.Attempt, l.Lease.Lease)
		return []trial{{path: "/api/v1/node/jobs/" + on.Thing + rest, absent: absentLease() + rest, status: func(_ *golden, a *asker) int {
			if a == node {
				return 200
			}
			return 404
		}}}
	}}
}

// lentArtifacts are those of another step, likewise.
func lentArtifacts() recipe {
	return recipe{"job.read", "GET /api/v1/node/jobs/{id}/inputs/{step}/{name}", owned, func(g *golden, in *room, owner *asker) []trial {
		l, node := g.leaseOfStep(in, owner)
		rest := fmt.Sprintf("/inputs/first/made.txt?attempt=%d&lease=%s", l.Attempt, l.Lease.Lease)
		return []trial{{path: "/api/v1/node/jobs/" + string(l.Job) + rest, absent: absentLease() + rest, status: func(_ *golden, a *asker) int {
			if a == node {
				return 200
			}
			return 404
		}}}
	}}
}

// leaseOfStep is the lease of a step that takes a file of the one before.
func (g *golden) leaseOfStep(in *room, owner *asker) (remit.Assignment, *asker) {
	g.t.Helper()
	node := g.workhorse
	if owner.subject.Kind == authz.Node {
		node, owner = owner, g.keeper
	}
	g.jobOn(in, owner, "relay", remit.On{}, "run")
	claim := func(kind string) remit.Assignment {
		got, err := g.as(node.name).Claim(g.t.Context(), client.Want{Types: []string{kind}, Slots: 1, Wait: "30s"})
		if err != nil || len(got) != 1 {
			g.t.Fatalf("%s claimed %+v of %s: %v", node.name, got, kind, err)
		}
		return got[0]
	}
	as, first := g.as(node.name), claim("relay_first")
	_, err := as.PutArtifact(g.t.Context(), first.Lease, "made.txt", strings.NewReader("made"))
	if err == nil {
		err = as.Finish(g.t.Context(), first.Lease, client.Finish{State: remit.JobSucceeded})
	}
	if err != nil {
		g.t.Fatal(err)
	}
	return claim("relay_second"), node
}

func absentLease() string { return "/api/v1/node/jobs/" + string(remit.NewID[remit.JobID](time.Now())) }

// freed cancels what went back to the queue, so that nobody claims it.
func freed(rc recipe) recipe {
	plain := rc.make
	rc.make = func(g *golden, in *room, owner *asker) []trial {
		all := plain(g, in, owner)
		all[0].undo = func(g *golden) { g.call("root", "POST", "/api/v1/jobs/"+all[0].on.Thing+"/cancel", nil) }
		return all
	}
	return rc
}
