package schedules_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/schedules"
)

func (w *world) create(who authz.Subject, change ...func(*schedules.Plan)) error {
	_, err := w.Create(w.t.Context(), who, "moths", hourly(change...))
	return err
}

func TestWhoMakesAScheduleMayHaveThemAndMakeAndRunItsJobsNow(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for _, permission := range []string{"schedule:create", "job:create", "job:run.tidy"} {
			id := w.entry("ada", permission, "deny")
			err := w.create(w.ada)
			w.want(err, remit.Denied, "denied")
			if e := err.(*remit.Error); e.Decision.Permission != permission {
				t.Errorf("without %s: %s is said to be missing", permission, e.Decision.Permission)
			}
			w.must(w.projects.RemoveEntry(t.Context(), setup, "moths", id))
		}
		w.must(w.create(w.ada))
		w.want(w.create(w.eve), remit.Denied, "denied")
		w.want(w.create(w.person("stranger")), remit.NotFound, "No such project")
		w.want(w.create(authz.Subject{}), remit.NotFound, "No such project")
		_, err := w.Create(t.Context(), w.ada, "no-such", hourly())
		w.want(err, remit.NotFound, "No such project")
	})
}

func TestAScheduleThatCanNeverMakeAJobIsRefusedWithThePlace(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		hidden := w.entry("ada", "file:read", "deny")
		for want, change := range map[string]func(*schedules.Plan){
			"cron":         func(p *schedules.Plan) { p.Cron = "30 2 30 2 *" },
			"zone":         func(p *schedules.Plan) { p.Zone = "Mars/Olympus" },
			"missed":       func(p *schedules.Plan) { p.Missed = "twice" },
			"overlap":      func(p *schedules.Plan) { p.Overlap = "wait" },
			"title":        func(p *schedules.Plan) { p.Title = "a\nb" },
			"job.type":     func(p *schedules.Plan) { p.Job.Type = "no-such" },
			"job.type ":    func(p *schedules.Plan) { p.Job.Type = "fetch" }, // it has secrets
			"job.on":       func(p *schedules.Plan) { p.Job.On.Collection = w.night },
			"job.args":     func(p *schedules.Plan) { p.Job.Args = []string{"x"} },
			"job.name":     func(p *schedules.Plan) { p.Job.Name = "tidy {day}" },
			"job.priority": func(p *schedules.Plan) { p.Job.Priority = 1000 },
			"job.params":   func(p *schedules.Plan) { p.Job.Params = json.RawMessage(`{"x":1}`) },
			"job.params.threshold": func(p *schedules.Plan) {
				p.Job = remit.JobSpec{Type: "ml", On: remit.On{Collection: w.night}, Params: json.RawMessage(`{"threshold":"high"}`)}
			},
		} {
			if want == "job.params.threshold" {
				w.must(w.projects.RemoveEntry(t.Context(), setup, "moths", hidden))
			}
			err := w.create(w.ada, change)
			w.want(err, remit.Invalid, want)
			if want == "job.params.threshold" {
				hidden = w.entry("ada", "file:read", "deny")
			}
		}
		onFile := func(p *schedules.Plan) { p.Job = remit.JobSpec{Type: "ml", On: remit.On{File: w.one}} }
		w.want(w.create(w.ada, onFile), remit.NotFound, "No such file")
		page, err := w.Schedules(t.Context(), w.max, "moths", 0, "")
		if w.must(err); len(page.Items) != 0 {
			t.Errorf("what was refused is there: %+v", page.Items)
		}
	})
}

func TestAKeyWithLimitsMakesNoScheduleThatWouldOutlastThem(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.projects.PutRole(t.Context(), setup, remit.Role{Name: "signed_in", Site: true, Allow: []string{"key:create@own", "key:read@own"}}))
		by := func(n identity.NewKey) authz.Subject {
			n.Title = "of a test"
			key, err := w.people.CreateKey(t.Context(), w.ada, n)
			w.must(err)
			who, err := w.people.AuthenticateKey(t.Context(), key.Secret)
			w.must(err)
			return who
		}
		s := w.plan(w.ada)
		cron, no := "@daily", false
		tomorrow := noon.Add(24 * time.Hour)
		for _, key := range []authz.Subject{by(identity.NewKey{Scopes: []string{"project:*", "schedule:*", "job:*"}}), by(identity.NewKey{ExpiresAt: &tomorrow})} {
			w.want(w.create(key), remit.Denied, "key_scope")
			for _, p := range []schedules.Patch{{Cron: &cron}, {Paused: &no}} {
				_, err := w.Update(t.Context(), key, s.ID, p)
				w.want(err, remit.Denied, "key_scope")
			}
			job, err := w.Run(t.Context(), key, s.ID)
			w.must(err)
			w.clock.advance(time.Second)
			w.cancel(job.ID)
		}
		w.must(w.create(by(identity.NewKey{})))
		reads := by(identity.NewKey{Scopes: []string{"project:view", "schedule:read"}})
		_, err := w.Schedule(t.Context(), reads, s.ID)
		w.must(err)
		_, err = w.Run(t.Context(), reads, s.ID)
		w.want(err, remit.Denied, "key_scope")
		w.want(w.Delete(t.Context(), reads, s.ID), remit.Denied, "key_scope")
	})
}

// Whoever could say what ada's schedule runs would run it with ada's rights.
func TestOnlyTheOwnerSaysWhatAScheduleDoes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada)
		cron, title, yes, no := "@daily", "mine", true, false
		policy, way := remit.MissedOnce, remit.OverlapReplace
		for _, who := range []authz.Subject{w.bob, w.max} {
			for _, p := range []schedules.Patch{{Cron: &cron}, {Title: &title}, {Job: &remit.JobSpec{Type: "tidy"}}, {Missed: &policy}, {Overlap: &way}, {Paused: &no}, {Paused: &yes, Cron: &cron}} {
				_, err := w.Update(t.Context(), who, s.ID, p)
				w.want(err, remit.Denied, "denied")
			}
		}
		if now := w.show(s.ID); now.Cron != s.Cron || now.Title != "" || now.Paused {
			t.Errorf("it was changed: %+v", now)
		}
		_, err := w.Update(t.Context(), w.bob, s.ID, schedules.Patch{Paused: &yes})
		w.want(err, remit.Denied, "You can only pause your own schedules")
		paused, err := w.Update(t.Context(), w.max, s.ID, schedules.Patch{Paused: &yes})
		w.must(err)
		if diff := cmp.Diff([]string{"read", "pause", "delete", "run"}, paused.Permissions); diff != "" || !paused.Paused {
			t.Errorf("who manages (-want +got):\n%s", diff)
		}
		w.want(w.Delete(t.Context(), w.bob, s.ID), remit.Denied, "You can only delete your own schedules")
		w.must(w.Delete(t.Context(), w.max, s.ID))
	})
}

func TestAnotherJobIsOneThatTheOwnerMaySubmitNow(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada)
		on := func(p remit.JobSpec) error {
			_, err := w.Update(t.Context(), w.ada, s.ID, schedules.Patch{Job: &p})
			return err
		}
		w.must(on(remit.JobSpec{Type: "ml", On: remit.On{File: w.one}}))
		denied := w.entry("ada", "job:run.ml", "deny")
		w.want(on(remit.JobSpec{Type: "ml", On: remit.On{Collection: w.night}}), remit.Denied, "denied")
		w.must(w.projects.RemoveEntry(t.Context(), setup, "moths", denied))
		w.entry("ada", "file:read", "deny")
		w.want(on(remit.JobSpec{Type: "ml", On: remit.On{Collection: w.night}}), remit.NotFound, "No such")
		w.want(on(remit.JobSpec{Type: "tidy", Args: []string{"x"}}), remit.Invalid, "job.args")
		if now := w.show(s.ID); now.Job.On.File != w.one {
			t.Errorf("it was changed: %+v", now.Job)
		}
	})
}

func TestWhatIsHiddenReadsLikeWhatIsNotThere(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada)
		none := remit.NewID[remit.ScheduleID](noon)
		yes := true
		stranger := w.person("stranger")
		w.entry("eve", "schedule:read", "deny")
		for _, who := range []authz.Subject{stranger, w.eve} {
			for name, ask := range map[string]func(remit.ScheduleID) error{
				"read":    func(id remit.ScheduleID) error { _, err := w.Schedule(t.Context(), who, id); return err },
				"firings": func(id remit.ScheduleID) error { _, err := w.Firings(t.Context(), who, id, 0, ""); return err },
				"run":     func(id remit.ScheduleID) error { _, err := w.Run(t.Context(), who, id); return err },
				"delete":  func(id remit.ScheduleID) error { return w.Delete(t.Context(), who, id) },
				"pause": func(id remit.ScheduleID) error {
					_, err := w.Update(t.Context(), who, id, schedules.Patch{Paused: &yes})
					return err
				},
				"update": func(id remit.ScheduleID) error {
					_, err := w.Update(t.Context(), who, id, schedules.Patch{})
					return err
				},
			} {
				hidden, absent := ask(s.ID), ask(none)
				if hidden == nil || absent == nil || hidden.Error() != absent.Error() || remit.KindOf(hidden) != remit.NotFound {
					t.Errorf("%s, as %s: %v; what is not there: %v", name, who.Name, hidden, absent)
				}
			}
		}
		page, err := w.Schedules(t.Context(), w.eve, "moths", 0, "")
		if w.must(err); len(page.Items) != 0 || len(page.Permissions) != 0 {
			t.Errorf("eve is shown %+v", page)
		}
		_, err = w.Schedules(t.Context(), stranger, "moths", 0, "")
		w.want(err, remit.NotFound, "No such project")
	})
}

func TestWhoMayNotSeeWhatItIsOnOrItsJobsIsNotToldOfThem(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada, func(p *schedules.Plan) { p.Job = remit.JobSpec{Type: "ml", On: remit.On{File: w.one}} })
		w.fireAt("13:00")
		w.entry("eve", "file:read", "deny")
		w.entry("eve", "job:read", "deny")
		seen, err := w.Schedule(t.Context(), w.eve, s.ID)
		w.must(err)
		told, err := w.Firings(t.Context(), w.eve, s.ID, 0, "")
		w.must(err)
		if seen.Job.On != (remit.On{}) || len(told.Items) != 1 || told.Items[0].Job != "" {
			t.Errorf("eve is told of %+v and %+v", seen.Job.On, told.Items)
		}
		id := w.entry("bob", "file:read", "deny")
		_, err = w.Run(t.Context(), w.bob, s.ID)
		w.want(err, remit.NotFound, "No such file")
		w.must(w.projects.RemoveEntry(t.Context(), setup, "moths", id))
	})
}

func TestRunningItNowIsAJobOfTheAskers(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		yes := true
		s := w.plan(w.ada)
		_, err := w.Update(t.Context(), w.ada, s.ID, schedules.Patch{Paused: &yes})
		w.must(err)
		job, err := w.Run(t.Context(), w.bob, s.ID)
		w.must(err)
		if job.Owner != "bob" || job.Runner != "bob" || job.State != remit.JobQueued {
			t.Errorf("the job is %+v", job)
		}
		page, err := w.Firings(t.Context(), w.ada, s.ID, 0, "")
		w.must(err)
		if len(page.Items) != 1 || page.Items[0].By != "bob" || page.Items[0].Job != job.ID {
			t.Errorf("it tells %+v", page.Items)
		}
		_, err = w.Run(t.Context(), w.eve, s.ID)
		w.want(err, remit.Denied, "denied")
	})
}

func TestTheListIsReadPageByPage(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		var want, got []remit.ScheduleID
		for range 5 {
			w.clock.advance(time.Second)
			want = append(want, w.plan(w.ada).ID)
		}
		for after := ""; ; {
			page, err := w.Schedules(t.Context(), w.eve, "moths", 2, after)
			w.must(err)
			for _, s := range page.Items {
				got = append(got, s.ID)
			}
			if after = page.Next; after == "" {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, err := w.Schedules(t.Context(), w.eve, "moths", 0, "zzz")
		w.want(err, remit.Invalid, "after")
		_, err = w.Firings(t.Context(), w.eve, want[0], 0, "zzz")
		w.want(err, remit.Invalid, "after")
	})
}

func TestWhereNobodySignsInSchedulesAreEverybodys(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		local := authz.Subject{Kind: authz.Local, Name: "local"}
		s, err := w.Create(t.Context(), local, "moths", hourly())
		w.must(err)
		w.fireAt("13:00")
		w.gate.OpenToAll()
		w.fireAt("14:00")
		w.wantTold(s.ID, "13:00 refused: it belongs to nobody", "14:00 started")
		if self := gate.SelfOf(local); self != "" {
			t.Errorf("local is %q", self)
		}
	})
}

func TestAScheduleGoesBeforeOthersOnlyWhereItsOwnerMay(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		hasty := remit.JobSpec{Type: "tidy", Priority: 1}
		s, plain := w.plan(w.ada, func(p *schedules.Plan) { p.Job = hasty; p.Overlap = remit.OverlapReplace }), w.plan(w.ada)
		denied := w.entry("ada", "job:priority", "deny")
		lacks := func(err error) {
			t.Helper()
			w.want(err, remit.Denied, "denied")
			if e, ok := err.(*remit.Error); ok && (e.Decision == nil || e.Decision.Permission != "job:priority") {
				t.Errorf("it is refused with %+v", e)
			}
		}
		lacks(w.create(w.ada, func(p *schedules.Plan) { p.Job = hasty }))
		_, err := w.Update(t.Context(), w.ada, plain.ID, schedules.Patch{Job: &hasty})
		lacks(err)
		if now := w.show(plain.ID); now.Job.Priority != 0 {
			t.Errorf("the refused change is there: %+v", now.Job)
		}
		_, err = w.Update(t.Context(), w.ada, plain.ID, schedules.Patch{Job: &remit.JobSpec{Type: "tidy", Priority: -1}})
		w.must(err)
		w.fireAt("13:00")
		w.wantTold(s.ID, "13:00 refused: its owner lacks job:priority")
		w.must(w.projects.RemoveEntry(t.Context(), setup, "moths", denied))
		w.fireAt("14:00")
		w.wantTold(s.ID, "13:00 refused: its owner lacks job:priority", "14:00 started")
		_, err = w.Update(t.Context(), w.ada, plain.ID, schedules.Patch{Job: &hasty})
		w.must(err)
	})
}

func TestAScheduleGoesAsHighAsItsOwnerMayAtEachTime(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.projects.PutRole(t.Context(), setup, remit.Role{Name: "hasty", Allow: strings.Fields(strings.Replace(plans, "job:priority", "job:priority.10", 1))}))
		hal := w.person("hal", "hasty")
		at := func(priority int) func(*schedules.Plan) {
			return func(p *schedules.Plan) { p.Job.Priority = priority }
		}
		s := w.plan(hal, at(10))
		w.want(w.create(hal, at(11)), remit.Denied, "the highest priority that you may ask for here is 10")
		_, err := w.Update(t.Context(), hal, s.ID, schedules.Patch{Job: &remit.JobSpec{Type: "tidy", Priority: 60}})
		w.want(err, remit.Denied, "the highest priority that you may ask for here is 10")
		w.fireAt("13:00")
		entry := w.entry("hal", "job:priority", "deny")
		w.fireAt("14:00")
		w.must(w.projects.RemoveEntry(t.Context(), setup, "moths", entry))
		w.fireAt("15:00")
		w.wantTold(s.ID, "13:00 started", "14:00 refused: its owner lacks job:priority", "15:00 started")
	})
}
