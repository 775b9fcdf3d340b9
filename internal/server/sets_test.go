package server_test

import (
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

// What uses a set may be hidden from who deletes it: they are told no more than
// that something does.
func TestASetThatIsInUseIsNotDeleted(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		now := &clock{}
		now.set(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		w := serve(t, db, func(o *server.Options, _ map[string][]string) { o.Now = now.now })
		w.account("bob")
		const moths = "/api/v1/projects/moths"
		set := into[remit.Collection](t, w.call("root", "POST", moths+"/collections", client.NewSet{Name: "best", Set: remit.SetDefinition{ByHand: true}}), 201)
		at := "/api/v1/collections/" + string(set.ID)
		spec := remit.JobSpec{Type: "populate", On: remit.On{Collection: set.ID}}
		soon := now.now().Add(time.Hour)
		for what, begin := range map[string]func() (end func()){
			"a job": func() func() {
				job := into[remit.Job](t, w.call("root", "POST", moths+"/jobs", spec), 201)
				return func() { into[remit.Job](t, w.call("root", "POST", "/api/v1/jobs/"+string(job.ID)+"/cancel", nil), 200) }
			},
			"a schedule": func() func() {
				s := into[remit.Schedule](t, w.call("root", "POST", moths+"/schedules", client.NewSchedule{Cron: "@yearly", Job: spec}), 201)
				return func() { w.gone("/api/v1/schedules/" + string(s.ID)) }
			},
			"a member": func() func() {
				m := into[remit.Member](t, w.call("root", "POST", moths+"/members", client.NewMember{User: "bob", Roles: []string{"reader"}, Collection: set.ID}), 201)
				return func() { w.gone(moths + "/members/" + string(m.ID)) }
			},
			"an entry": func() func() {
				e := into[remit.Entry](t, w.call("root", "POST", moths+"/entries", client.NewEntry{User: "bob", Permission: "collection:read", Effect: "allow", Collection: set.ID}), 201)
				return func() { w.gone(moths + "/entries/" + string(e.ID)) }
			},
			"an entry until soon": func() func() {
				into[remit.Entry](t, w.call("root", "POST", moths+"/entries", client.NewEntry{User: "bob", Permission: "file:read", Effect: "allow", Collection: set.ID, Until: &soon}), 201)
				return func() { now.set(soon) }
			},
		} {
			end := begin()
			if p := problemOf(t, w.call("root", "DELETE", at, nil)); p.Status != 409 || p.Code != "in_use" || p.Detail != "best is in use" {
				t.Errorf("%s on it: %+v", what, p)
			}
			end()
		}
		w.gone(at)
		if r := w.call("root", "GET", at, nil); r.status != 404 {
			t.Errorf("it is still there: %d", r.status)
		}
		// Nobody reads what a job made of it any more, and nobody runs it again.
		jobs := into[remit.Page[remit.Job]](t, w.call("root", "GET", moths+"/jobs?type=populate", nil), 200)
		if len(jobs.Items) != 1 || jobs.Items[0].On != (remit.On{}) {
			t.Fatalf("the jobs are %+v", jobs.Items)
		}
		job := "/api/v1/jobs/" + string(jobs.Items[0].ID)
		for method, path := range map[string]string{"GET": job + "/log", "POST": job + "/retry"} {
			if r := w.call("root", method, path, nil); r.status != 404 {
				t.Errorf("%s answers %d", r.asked, r.status)
			}
		}
	})
}

// gone deletes what an address is of.
func (w *world) gone(path string) {
	w.t.Helper()
	if r := w.call("root", "DELETE", path, nil); r.status != 204 {
		w.t.Fatalf("%s answers %d: %s", r.asked, r.status, r.body)
	}
}
