package server_test

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
)

// raises are changes of a job that let it go before others.
func raises() recipe {
	rc := act("job.prioritize", "PATCH", "", trial{body: client.JobPatch{Priority: new(1)}})
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
func prioritized() recipe {
	return recipe{"job.prioritize", "POST /api/v1/projects/{slug}/jobs", made, func(_ *golden, in *room, a *asker) (all []trial) {
		for name, p := range in.places {
			job := authz.Resource{Project: in.id, Owner: a.owner(), Run: "ml.single", Collection: string(p.collection)}
			all = append(all, trial{path: in.path("/jobs"), absent: nowhere("/jobs"), on: job,
				body:  remit.JobSpec{Type: "ml", On: remit.On{File: p.file}, Priority: 1},
				first: []asking{{operation: "job.create", on: job}, {operation: "file.read", on: in.file(p, in.visibility(name))}}})
		}
		return all
	}}
}
