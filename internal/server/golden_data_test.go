package server_test

import (
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
)

// visibility is that of a collection by the name that it has; only in gamma is one public.
func (in *room) visibility(name string) authz.Visibility {
	switch {
	case name == remit.VisibilityPrivate:
		return authz.Private
	case name == remit.VisibilityPublic && in.slug == "gamma":
		return authz.Public
	}
	return authz.ProjectWide
}

// each makes a trial on each place of the room. Scanned data belongs to nobody.
func (in *room) each(make func(p place, v authz.Visibility) trial) (all []trial) {
	for name, p := range in.places {
		all = append(all, make(p, in.visibility(name)))
	}
	return all
}

func (in *room) collection(p place, v authz.Visibility) authz.Resource {
	return authz.Resource{Project: in.id, Collection: string(p.collection), Visibility: v, Thing: string(p.collection)}
}

func (in *room) file(p place, v authz.Visibility) authz.Resource {
	return authz.Resource{Project: in.id, Collection: string(p.collection), Visibility: v, Thing: string(p.file)}
}

// shown are the words of visibilities.
var shown = map[authz.Visibility]string{authz.Private: remit.VisibilityPrivate, authz.ProjectWide: remit.VisibilityProject, authz.Public: remit.VisibilityPublic}

func dataRecipes() []recipe {
	collection := func(verb, route string, try func(d *trial, in *room, on authz.Resource)) recipe {
		return recipe{verb, route, inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return in.each(func(p place, v authz.Visibility) trial {
				d := trial{path: "/api/v1/collections/" + string(p.collection), absent: absent(thing{kind: "collections"}), on: in.collection(p, v)}
				try(&d, in, d.on)
				return d
			})
		}}
	}
	file := func(operation, rest string, fine ...int) recipe {
		return recipe{operation, "GET /api/v1/files/{id}" + rest, inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return in.each(func(p place, v authz.Visibility) trial {
				return trial{path: "/api/v1/files/" + string(p.file) + rest, absent: absent(thing{kind: "files"}) + rest, on: in.file(p, v), fine: fine}
			})
		}}
	}
	return []recipe{
		collection("collection.read", "GET /api/v1/collections/{id}", func(*trial, *room, authz.Resource) {}),
		collection("collection.update", "PATCH /api/v1/collections/{id}", func(d *trial, _ *room, on authz.Resource) {
			d.body = client.CollectionPatch{Visibility: shown[on.Visibility]}
			if on.Visibility == authz.Public { // closing it takes both
				d.body = client.CollectionPatch{Visibility: remit.VisibilityProject}
				d.also, d.undo = []asking{{operation: "collection.publish", on: on}}, reopen(on.Thing, remit.VisibilityPublic)
			}
		}),
		collection("collection.publish", "PATCH /api/v1/collections/{id}", func(d *trial, _ *room, on authz.Resource) {
			d.body = client.CollectionPatch{Visibility: remit.VisibilityPublic}
			d.also, d.undo = []asking{{operation: "collection.update", on: on}}, reopen(on.Thing, shown[on.Visibility])
		}),
		filled(collection("collection.update", "PATCH /api/v1/collections/{id}", func(d *trial, _ *room, _ authz.Resource) {
			d.body = client.CollectionPatch{Name: "another name"}
		}), ""),
		filled(collection("collection.delete", "DELETE /api/v1/collections/{id}", func(*trial, *room, authz.Resource) {}), ""),
		{"collection.create", "POST /api/v1/projects/{slug}/collections", made, func(_ *golden, in *room, a *asker) []trial {
			return []trial{{path: in.path("/collections"), absent: nowhere("/collections"), on: authz.Resource{Project: in.id, Owner: a.id},
				body: client.NewSet{Name: string(remit.NewID[remit.CollectionID](time.Now())), Set: remit.SetDefinition{ByHand: true}}}}
		}},
		filled(collection("collection.fill", "PUT /api/v1/collections/{id}/set", func(d *trial, _ *room, _ authz.Resource) {
			d.body = remit.SetDefinition{ByHand: true}
		}), "/set"),
		filled(collection("collection.fill", "POST /api/v1/collections/{id}/files", func(d *trial, _ *room, _ authz.Resource) {
			d.body = client.SetFiles{}
		}), "/files"),
		file("file.read", ""), file("file.read", "/header"), file("file.read", "/preview"), file("file.download", "/content"),
	}
}

// filled is about what a folder refuses to everybody who may do it.
func filled(rc recipe, rest string) recipe {
	inner := rc.make
	rc.make = func(g *golden, in *room, a *asker) []trial {
		all := inner(g, in, a)
		for i := range all {
			all[i].path, all[i].absent, all[i].fine = all[i].path+rest, all[i].absent+rest, []int{409}
		}
		return all
	}
	return rc
}

// reopen gives a collection the visibility that it had.
func reopen(id, v string) func(*golden) {
	return func(g *golden) {
		g.t.Helper()
		into[item](g.t, g.call("root", "PATCH", "/api/v1/collections/"+id, client.CollectionPatch{Visibility: v}), 200)
	}
}

func jobRecipes() []recipe {
	return append(priorityRecipes(), []recipe{
		{"job.create", "POST /api/v1/projects/{slug}/jobs", made, submits(false)},
		{"job.submit", "POST /api/v1/projects/{slug}/jobs", made, submits(true)},
		batched(recipe{"job.create", "", made, submits(false)}), batched(recipe{"job.submit", "", made, submits(true)}),
		act("job.read", "GET", "", trial{}),
		act("job.read", "GET", "/attempts", trial{}), act("job.read", "GET", "/history", trial{}),
		inputs(act("job.read", "GET", "/artifacts", trial{})), inputs(act("job.read", "GET", "/log", trial{})),
		inputs(act("job.read", "GET", "/artifacts/{name}", trial{fine: []int{404}})),
		inputs(act("job.read", "GET", "/artifacts.zip", trial{})),
		act("job.update", "PATCH", "", trial{body: client.JobPatch{Priority: new(int)}}),
		{"jobtype.switch", "PUT /api/v1/projects/{slug}/job-types/{key}", inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: in.path("/job-types/ml"), absent: nowhere("/job-types/ml"), body: client.TypeSwitch{On: true}, on: in.resource()}}
		}},
		inputs(act("job.run", "POST", "/run", trial{spent: true})),
		act("job.cancel", "POST", "/cancel", trial{spent: true}, "run"),
		inputs(act("job.retry", "POST", "/retry", trial{spent: true}, "run", "cancel")),
		requeues(act("job.requeue", "POST", "/requeue", trial{body: client.Requeue{}}, "cancel")),
		wrests(),
		act("job.expire", "POST", "/expire", trial{}, "cancel"), act("job.expire", "POST", "/expire", trial{}),
		act("job.extend", "POST", "/extend", trial{body: client.Extend{Until: time.Now().AddDate(1, 0, 0)}}, "cancel"),
		act("job.extend", "POST", "/extend", trial{body: client.Extend{Until: time.Now().AddDate(1, 0, 0)}}),
		act("job.delete", "DELETE", "", trial{spent: true}, "cancel"),
		{"job.bulk", "POST /api/v1/jobs/bulk", site, func(*golden, *room, *asker) []trial {
			return at("/api/v1/jobs/bulk", client.Bulk{Action: "cancel", Filter: remit.JobFilter{Name: "none"}}, authz.Resource{})
		}},
		{"job.list", "GET /api/v1/statistics", site, func(*golden, *room, *asker) []trial { return at("/api/v1/statistics", nil, authz.Resource{}) }},
		{"job.list", "GET /api/v1/projects/{slug}/statistics", inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: in.path("/statistics"), absent: nowhere("/statistics"), also: []asking{{operation: "project.read", on: in.resource()}}}}
		}},
		act("job.delete", "DELETE", "", trial{}),    // not finished (R16)
		act("job.wrest", "POST", "/wrest", trial{}), // not claimed
	}...)
}

// jobOn makes an ml job of the owner's and says what it is to the rules.
func (g *golden) jobOn(in *room, owner *asker, kind string, on remit.On, steps ...string) authz.Resource {
	g.t.Helper()
	job := into[remit.Job](g.t, g.send("POST", in.path("/jobs"), remit.JobSpec{Type: kind, On: on}, bearer(owner.maker)...), 201)
	resource := authz.Resource{Project: in.id, Owner: owner.id, Thing: string(job.ID), Run: kind}
	for _, p := range in.places {
		if on.File == p.file {
			resource.Run, resource.Collection = kind+".single", string(p.collection)
		} else if on.Collection == p.collection {
			resource.Collection = string(p.collection)
		}
	}
	for _, step := range steps {
		if job = into[remit.Job](g.t, g.send("POST", "/api/v1/jobs/"+string(job.ID)+"/"+step, nil, bearer(owner.maker)...), 200); job.State.Finished() {
			resource.Facts = authz.IsFinished
		}
	}
	return resource
}

// act is a trial on a job on the file that the project sees, and on the private
// collection, after some steps of its owner.
func act(operation, method, rest string, as trial, steps ...string) recipe {
	return recipe{operation, method + " /api/v1/jobs/{id}" + rest, owned, func(g *golden, in *room, owner *asker) (all []trial) {
		for _, on := range []remit.On{{File: in.places["project"].file}, {Collection: in.places["private"].collection}} {
			d := as
			d.on = g.jobOn(in, owner, "ml", on, steps...)
			d.path, d.absent = "/api/v1/jobs/"+d.on.Thing+rest, "/api/v1/jobs/"+string(remit.NewID[remit.JobID](time.Now()))+rest
			all = append(all, d)
		}
		return all
	}}
}

// reads are what it takes to read the thing of act's trials: the first is on a
// file, the second on a collection, which is read with its files.
func (in *room) reads(i int) []asking {
	if i == 0 {
		return []asking{{operation: "file.read", on: in.file(in.places["project"], authz.ProjectWide)}}
	}
	on := in.collection(in.places["private"], authz.Private)
	return []asking{{operation: "collection.read", on: on}, {operation: "file.read", on: on}}
}

// inputs adds to a recipe that it takes what the job is on to be readable (R26, R31).
func inputs(rc recipe) recipe {
	plain := rc.make
	rc.make = func(g *golden, in *room, owner *asker) []trial {
		all := plain(g, in, owner)
		for i := range all {
			all[i].also = append(all[i].also, in.reads(i)...)
		}
		return all
	}
	return rc
}

// requeues adds that the new job is the asker's, who submits it.
func requeues(rc recipe) recipe {
	plain := rc.make
	rc.make = func(g *golden, in *room, owner *asker) []trial {
		all := plain(g, in, owner)
		for i := range all {
			fresh := authz.Resource{Project: in.id, Owner: theAsker, Run: all[i].on.Run}
			all[i].also = append([]asking{{operation: "job.submit", on: fresh}}, in.reads(i)...)
		}
		return all
	}
	return rc
}

// theAsker stands for whoever asks, as the owner of what is made.
const theAsker = "whoever asks"

// submits makes a job on each thing of the room, and on things that are not there.
func submits(start bool) func(*golden, *room, *asker) []trial {
	return func(g *golden, in *room, a *asker) (all []trial) {
		for name, p := range in.places {
			v := in.visibility(name)
			file, collection := in.file(p, v), in.collection(p, v)
			spec := remit.JobSpec{Type: "ml", On: remit.On{File: p.file}, Start: start}
			job := authz.Resource{Project: in.id, Owner: a.owner(), Run: "ml.single", Collection: string(p.collection)}
			all = append(all, trial{path: in.path("/jobs"), absent: nowhere("/jobs"), body: spec, on: job, also: []asking{{operation: "file.read", on: file}}})
			spec.On, job.Run = remit.On{Collection: p.collection}, "ml"
			all = append(all, trial{path: in.path("/jobs"), absent: nowhere("/jobs"), body: spec, on: job,
				also: []asking{{operation: "collection.read", on: collection}, {operation: "file.read", on: collection}}})
		}
		return all
	}
}

// batched are the same new jobs, each as the only one of a batch.
func batched(rc recipe) recipe {
	plain := rc.make
	return recipe{rc.operation, "POST /api/v1/projects/{slug}/jobs/batch", rc.things, func(g *golden, in *room, a *asker) []trial {
		all := plain(g, in, a)
		for i, d := range all {
			all[i].path, all[i].absent = in.path("/jobs/batch"), nowhere("/jobs/batch")
			all[i].body = client.Batch{Jobs: []remit.JobSpec{d.body.(remit.JobSpec)}}
		}
		return all
	}}
}
