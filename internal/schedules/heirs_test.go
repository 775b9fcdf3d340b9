package schedules_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/schedules"
)

func TestAnHeirOwnsSchedulesThatRest(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada)
		_, err := w.people.Delete(t.Context(), setup, "ada", "bob")
		w.must(err)
		if n := w.fireAt("13:00"); n != 0 {
			t.Errorf("it made %d jobs", n)
		}
		now := w.show(s.ID)
		if now.Owner != "bob" || !now.Paused {
			t.Errorf("the schedule is %+v", now)
		}
		no := false
		_, err = w.Update(t.Context(), w.bob, s.ID, schedules.Patch{Paused: &no})
		w.must(err)
		w.fireAt("14:00")
		w.wantTold(s.ID, "14:00 started")
		if owner := w.all()[0].Owner; owner != "bob" {
			t.Errorf("its job is %s's", owner)
		}
	})
}

// R24: who names an heir holds what schedules open to their owner.
func TestNoFriendInheritsASchedule(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.projects.PutRole(t.Context(), setup, remit.Role{Name: "office", Site: true, Allow: []string{"user:*"}}))
		clerk := w.person("clerk")
		for _, name := range []string{"clerk", "max"} {
			_, err := w.projects.AddSiteMember(t.Context(), setup, projects.NewSiteMember{User: name, Role: "office"})
			w.must(err)
		}
		s := w.plan(w.ada)
		_, err := w.people.Delete(t.Context(), clerk, "ada", "bob")
		w.want(err, remit.Denied, "denied")
		if owner := w.show(s.ID).Owner; owner != "ada" {
			t.Errorf("a refusal handed it over to %s", owner)
		}
		_, err = w.people.Delete(t.Context(), w.max, "ada", "bob")
		w.must(err)
	})
}
