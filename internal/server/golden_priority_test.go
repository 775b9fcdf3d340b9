package server_test

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
)

// priorityRecipes ask for the lowest priority that takes each of the rights.
func priorityRecipes() (all []recipe) {
	for operation, priority := range map[string]int{"job.prioritize_10": 1, "job.prioritize_50": 11, "job.prioritize": 51} {
		all = append(all, raises(operation, priority), prioritized(operation, priority), batched(prioritized(operation, priority)))
	}
	return all
}

// raises are changes of a job that let it go before others.
func raises(operation string, priority int) recipe {
	rc := act(operation, "PATCH", "", trial{body: client.JobPatch{Priority: &priority}})
	plain := rc.make
	rc.make = func(g *golden, in *room, owner *asker) []trial {
		all := plain(g, in, owner)
		for i, d := range all {
			all[i].first = []asking{{operation: "job.update", on: d.on}}
			all[i].undo = func(g *golden) { g.call("root", "PATCH", d.path, client.JobPatch{Priority: new(int)}) }
		}
		return all
	}
	return rc
}

// prioritized are new jobs that go before others.
func prioritized(operation string, priority int) recipe {
	return recipe{operation, "POST /api/v1/projects/{slug}/jobs", made, func(_ *golden, in *room, a *asker) (all []trial) {
		for name, p := range in.places {
			job := authz.Resource{Project: in.id, Owner: a.owner(), Run: "ml.single", Collection: string(p.collection)}
			all = append(all, trial{path: in.path("/jobs"), absent: nowhere("/jobs"), on: job,
				body:  remit.JobSpec{Type: "ml", On: remit.On{File: p.file}, Priority: priority},
				first: []asking{{operation: "job.create", on: job}, {operation: "file.read", on: in.file(p, in.visibility(name))}}})
		}
		return all
	}}
}
