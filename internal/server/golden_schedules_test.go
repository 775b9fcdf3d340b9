package server_test

import (
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
)

// rarely is a time that the golden table does not see.
const rarely = "0 0 29 2 *"

func scheduleRecipes() []recipe {
	yes := true
	return []recipe{
		{"schedule.create", "POST /api/v1/projects/{slug}/schedules", made, plansJobs},
		onSchedule("schedule.read", "GET", "", trial{}),
		onSchedule("schedule.read", "GET", "/firings", trial{}),
		onSchedule("schedule.pause", "PATCH", "", trial{body: client.SchedulePatch{Paused: &yes}}),
		updates(onSchedule("schedule.update", "PATCH", "", trial{body: client.SchedulePatch{Title: new(string)}})),
		requeues(onSchedule("schedule.run", "POST", "/run", trial{})),
		onSchedule("schedule.delete", "DELETE", "", trial{spent: true}),
	}
}

// plansJobs makes a schedule on each thing of the room. It is made as its jobs
// will be, and by nothing that has limits (R24).
func plansJobs(g *golden, in *room, a *asker) (all []trial) {
	for _, d := range submits(true)(g, in, a) {
		d.path, d.absent = in.path("/schedules"), nowhere("/schedules")
		d.body = client.NewSchedule{Cron: rarely, Job: d.body.(remit.JobSpec)}
		d.beyond = outlasts
		d.undo = func(g *golden) { g.forgetSchedules(in) }
		all = append(all, d)
	}
	return all
}

// forgetSchedules deletes what was made by trials, for nobody has many.
func (g *golden) forgetSchedules(in *room) {
	g.t.Helper()
	page := into[remit.Page[remit.Schedule]](g.t, g.call("root", "GET", in.path("/schedules")+"?limit=500", nil), 200)
	for _, s := range page.Items {
		if !g.schedules[s.ID] {
			g.call("root", "DELETE", "/api/v1/schedules/"+string(s.ID), nil)
		}
	}
}

// outlasts says whether a key ends or is limited, so that a schedule would outlast it.
func outlasts(a *asker, _ authz.Resource) bool { return a.subject.Caps != nil }

// onSchedule is a trial on schedules of jobs on the file that the project sees,
// and on the private collection.
func onSchedule(operation, method, rest string, as trial) recipe {
	return recipe{operation, method + " /api/v1/schedules/{id}" + rest, owned, func(g *golden, in *room, owner *asker) (all []trial) {
		for _, on := range []remit.On{{File: in.places["project"].file}, {Collection: in.places["private"].collection}} {
			d := as
			d.on = g.scheduleOn(in, owner, on, d.spent)
			d.path, d.absent = "/api/v1/schedules/"+d.on.Thing+rest, "/api/v1/schedules/"+string(remit.NewID[remit.ScheduleID](time.Now()))+rest
			all = append(all, d)
		}
		return all
	}}
}

// scheduleOn makes a schedule of the owner's and says what it is to the rules. One
// serves for all that does not use it up.
func (g *golden) scheduleOn(in *room, owner *asker, on remit.On, spent bool) authz.Resource {
	g.t.Helper()
	at := fmt.Sprint(in.slug, " ", owner.id, " ", on)
	if kept, ok := g.kept[at]; ok && !spent {
		return kept
	}
	n := client.NewSchedule{Cron: rarely, Job: remit.JobSpec{Type: "ml", On: on}}
	s := into[remit.Schedule](g.t, g.send("POST", in.path("/schedules"), n, bearer(owner.maker)...), 201)
	g.schedules[s.ID] = true
	resource := authz.Resource{Project: in.id, Owner: owner.id, Thing: string(s.ID), Run: "ml"}
	for _, p := range in.places {
		if on.File == p.file {
			resource.Run, resource.Collection = "ml.single", string(p.collection)
		} else if on.Collection == p.collection {
			resource.Collection = string(p.collection)
		}
	}
	if !spent {
		g.kept[at] = resource
	}
	return resource
}

// updates adds that only its owner says what a schedule does, and nothing with limits.
func updates(rc recipe) recipe {
	plain := rc.make
	rc.make = func(g *golden, in *room, owner *asker) []trial {
		all := plain(g, in, owner)
		for i := range all {
			all[i].beyond = func(a *asker, on authz.Resource) bool { return a.owner() != on.Owner || outlasts(a, on) }
		}
		return all
	}
	return rc
}
