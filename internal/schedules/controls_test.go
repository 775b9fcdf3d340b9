package schedules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/schedules"
)

// controls are those of a schedule in words: "pause run delete!", with a mark
// behind those that do not work.
func (w *world) controls(who authz.Subject, id remit.ScheduleID) string {
	w.t.Helper()
	all, err := w.Controls(w.t.Context(), who, id)
	w.must(err)
	shown, err := w.Schedule(w.t.Context(), who, id)
	w.must(err)
	var words []string
	for _, c := range all {
		mark := ""
		if !c.Allowed {
			mark = "!"
		}
		if c.Allowed == (c.Reason != "") || c.Allowed != slices.Contains(shown.Permissions, c.Verb) {
			w.t.Errorf("%s: %+v beside the permissions %v", who.Name, c, shown.Permissions)
		}
		words = append(words, c.Verb+mark)
	}
	return strings.Join(words, " ")
}

func TestControlsOfASchedule(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada, func(p *schedules.Plan) { p.Job = remit.JobSpec{Type: "ml", On: remit.On{File: w.one}} })
		want := func(words string, who ...authz.Subject) {
			t.Helper()
			for _, one := range who {
				if got := w.controls(one, s.ID); got != words {
					t.Errorf("%s has %s, want %s", one.Name, got, words)
				}
			}
		}
		want("pause run delete", w.ada, w.max)
		want("pause! run delete!", w.bob)
		want("pause! run! delete!", w.eve)
		_, err := w.Update(t.Context(), w.ada, s.ID, schedules.Patch{Paused: new(true)})
		w.must(err)
		want("update run delete", w.ada)
		want("update! run delete", w.max) // it acts for its owner
		w.entry("max", "file:read", "deny")
		want("update! run! delete", w.max)
		_, err = w.Controls(t.Context(), w.person("stranger"), s.ID)
		_, none := w.Controls(t.Context(), w.max, remit.DerivedID[remit.ScheduleID]("nowhere"))
		if fmt.Sprint(err) != fmt.Sprint(none) {
			t.Errorf("a stranger is told %v, of nothing one is told %v", err, none)
		}
	})
}

func TestTheControlThatMakesASchedule(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		tidy := remit.JobSpec{Type: "tidy"}
		for who, want := range map[*authz.Subject]bool{&w.ada: true, &w.max: true, &w.eve: false} {
			c, err := w.CreateControl(t.Context(), *who, "moths", tidy)
			if w.must(err); c.Allowed != want || !want && c.Missing == "" {
				t.Errorf("%s: %+v", who.Name, c)
			}
		}
		c, err := w.CreateControl(t.Context(), w.ada, "moths", remit.JobSpec{Type: "fetch"})
		if w.must(err); c.Allowed || !strings.Contains(c.Reason, "secrets") {
			t.Errorf("of a type with secrets: %+v", c)
		}
		_, err = w.CreateControl(t.Context(), w.person("stranger"), "moths", tidy)
		w.want(err, remit.NotFound, "No such project")
		w.entry("ada", "job:run.tidy", "deny")
		if c, err = w.CreateControl(t.Context(), w.ada, "moths", tidy); c.Allowed || c.Missing != "job:run.tidy" {
			t.Errorf("without the run right: %+v, %v", c, err)
		}
	})
}
