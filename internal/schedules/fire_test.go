package schedules_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/schedules"
)

func missed(p remit.MissedPolicy) func(*schedules.Plan) {
	return func(s *schedules.Plan) { s.Missed = p }
}

func overlap(p remit.OverlapPolicy) func(*schedules.Plan) {
	return func(s *schedules.Plan) { s.Overlap = p }
}

func (w *world) wantTold(id remit.ScheduleID, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.told(id)); diff != "" {
		w.t.Errorf("what came of it (-want +got):\n%s", diff)
	}
}

func (w *world) wantStates(want ...remit.JobState) {
	w.t.Helper()
	var got []remit.JobState
	for _, j := range w.all() {
		got = append(got, j.State)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("jobs (-want +got):\n%s", diff)
	}
}

func TestAScheduleMakesAndStartsOneJobForItsOwnerAtEachOfItsTimes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada, func(p *schedules.Plan) {
			p.Job = remit.JobSpec{Type: "ml", On: remit.On{File: w.one}, Name: "night {date} {time}", Args: []string{"--fast"}, Priority: 3}
			p.Zone = "Europe/Berlin"
		})
		for _, minute := range []string{"12:00", "12:59"} {
			if n := w.fireAt(minute); n != 0 {
				t.Errorf("at %s it made %d jobs", minute, n)
			}
		}
		if n := w.fireAt("13:00") + w.fire() + w.fireAt("13:59"); n != 1 {
			t.Errorf("at its time it made %d jobs", n)
		}
		w.wantTold(s.ID, "13:00 started")
		j := w.all()[0]
		if j.Owner != "ada" || j.Runner != "ada" || j.State != remit.JobQueued || j.Name != "night 2026-03-01 14-00" ||
			j.On.File != w.one || j.Priority != 3 || len(j.Args) != 1 || j.Type != "ml" {
			t.Errorf("the job is %+v", j)
		}
		happened, err := w.jobs.History(t.Context(), w.max, j.ID)
		w.must(err)
		if len(happened) != 1 || happened[0].By != "system scheduler" || happened[0].Detail != "by schedule "+string(s.ID) {
			t.Errorf("its history is %+v", happened)
		}
	})
}

func TestWhatIsDueAgainHasTheNextFiveInTheAnswer(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada)
		want := []time.Time{}
		for h := range 5 {
			want = append(want, noon.Add(time.Duration(h+1)*time.Hour))
		}
		if diff := cmp.Diff(want, s.Next); diff != "" {
			t.Errorf("next (-want +got):\n%s", diff)
		}
	})
}

func TestWhatWasMissedIsLetGoOrMadeUpForOnce(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		skip, once := w.plan(w.ada, missed("skip")), w.plan(w.ada, missed("once"))
		if n := w.fireAt("15:20"); n != 1 {
			t.Errorf("%d jobs were made", n)
		}
		w.wantTold(skip.ID, "15:00 missed: no server was there; all since 2026-03-01T13:00:00Z were missed")
		w.wantTold(once.ID, "15:00 started: it makes up for what was missed; all since 2026-03-01T13:00:00Z were missed")
		if n := w.fireAt("16:00"); n != 2 {
			t.Errorf("afterwards %d jobs were made", n)
		}
		w.wantTold(skip.ID, "15:00 missed: no server was there; all since 2026-03-01T13:00:00Z were missed", "16:00 started")
	})
}

func TestAFiringThatIsALittleLateIsNotMissed(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada)
		w.clock.set(noon.Add(time.Hour + 50*time.Second))
		if n := w.fire(); n != 1 {
			t.Errorf("%d jobs were made", n)
		}
		w.clock.set(noon.Add(4*time.Hour + 50*time.Second)) // the server was away at 14:00 and 15:00
		w.fire()
		w.wantTold(s.ID, "13:00 started", "16:00 started: all since 2026-03-01T14:00:00Z were missed")
	})
}

func TestWhatIsDueWhileAScheduleRestsIsNotMissed(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada, missed("once"))
		yes, no := true, false
		paused, err := w.Update(t.Context(), w.ada, s.ID, schedules.Patch{Paused: &yes})
		w.must(err)
		if !paused.Paused || len(paused.Next) != 0 {
			t.Errorf("it rests: %+v", paused)
		}
		if n := w.fireAt("15:00"); n != 0 {
			t.Errorf("while it rests it made %d jobs", n)
		}
		_, err = w.Update(t.Context(), w.ada, s.ID, schedules.Patch{Paused: &no})
		w.must(err)
		if n := w.fireAt("15:30") + w.fireAt("16:00"); n != 1 {
			t.Errorf("afterwards it made %d jobs", n)
		}
		w.wantTold(s.ID, "16:00 started")
	})
}

func TestJobsThatHaveNotEndedAreJoinedOrKeepOthersOrAreReplaced(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		named := func(p *schedules.Plan) { p.Job.Name = "tidy" }
		allow := w.plan(w.ada, overlap("allow"), named)
		w.fireAt("13:00")
		w.fireAt("14:00")
		w.wantTold(allow.ID, "13:00 started", "14:00 started")
		w.wantStates(remit.JobQueued, remit.JobQueued)
		if name := w.all()[1].Name; name != "" {
			t.Errorf("the second has the name %q of the first", name)
		}
		w.must(w.Delete(t.Context(), w.ada, allow.ID))

		skip := w.plan(w.ada, overlap("skip"))
		w.fireAt("15:00")
		w.fireAt("16:00")
		w.cancel(w.all()[2].ID)
		w.fireAt("17:00")
		w.wantTold(skip.ID, "15:00 started", "16:00 skipped: the job before has not ended", "17:00 started")
		w.must(w.Delete(t.Context(), w.ada, skip.ID))

		replace := w.plan(w.bob, overlap("replace"), named)
		w.fireAt("18:00")
		w.fireAt("19:00")
		w.wantTold(replace.ID, "18:00 started", "19:00 started")
		q, c := remit.JobQueued, remit.JobCancelled
		w.wantStates(q, q, c, q, c, q)
		if old, fresh := w.all()[4], w.all()[5]; old.CancelledBy != "bob" || fresh.Name != "tidy" {
			t.Errorf("%s cancelled the one before; the new one is called %q", old.CancelledBy, fresh.Name)
		}
	})
}

func TestNothingIsReplacedByAJobThatMayNotBe(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada, overlap("replace"))
		w.fireAt("13:00")
		w.entry("ada", "job:create", "deny")
		w.fireAt("14:00")
		w.wantStates(remit.JobQueued)
		w.wantTold(s.ID, "13:00 started", "14:00 refused: its owner lacks job:create")
	})
}

func TestAnOwnerWhoMayNotCancelReplacesNothing(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada, overlap("replace"))
		w.fireAt("13:00")
		w.entry("ada", "job:cancel", "deny")
		w.fireAt("14:00")
		w.wantStates(remit.JobQueued)
		w.wantTold(s.ID, "13:00 started", "14:00 refused: its owner lacks job:cancel")
	})
}

func TestTheRightsOfTheOwnerAreAskedAtEachFiring(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada)
		denied := w.entry("ada", "job:run.tidy", "deny")
		w.fireAt("13:00")
		w.leave("ada")
		w.fireAt("14:00")
		w.disable("ada", true)
		w.fireAt("15:00")
		if held := w.show(s.ID).Held; held != "its owner cannot act: The account ada is disabled" {
			t.Errorf("the schedule says %q", held)
		}
		if len(w.all()) != 0 {
			t.Errorf("jobs were made: %v", w.all())
		}
		w.disable("ada", false)
		w.must(w.projects.RemoveEntry(t.Context(), setup, "moths", denied))
		w.fireAt("16:00")
		w.entry("ada", "*", "allow")
		w.fireAt("17:00")
		w.wantTold(s.ID, "13:00 refused: its owner lacks job:run.tidy", "14:00 refused: to its owner there is no such project", "15:00 refused: its owner cannot act: The account ada is disabled",
			"16:00 refused: to its owner there is no such project", "17:00 started")
	})
}

func TestWhatAJobIsOnMustBeThereAndReadableAtTheFiring(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada, func(p *schedules.Plan) { p.Job = remit.JobSpec{Type: "ml", On: remit.On{File: w.one}} })
		denied := w.entry("ada", "file:read", "deny")
		w.fireAt("13:00")
		w.must(w.projects.RemoveEntry(t.Context(), setup, "moths", denied))
		w.must(os.Remove(filepath.Join(w.root, "night/one.txt")))
		w.scan()
		w.fireAt("14:00")
		w.wantStates()
		w.wantTold(s.ID, "13:00 refused: to its owner there is no such file", "14:00 refused: the file that its job is on is missing")
	})
}

func TestProjectsThatAreArchivedOrDeletedRest(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada, missed("once"))
		_, err := w.projects.Archive(t.Context(), setup, "moths", true)
		w.must(err)
		w.fireAt("13:00")
		_, err = w.projects.Archive(t.Context(), setup, "moths", false)
		w.must(err)
		gone, err := w.projects.Delete(t.Context(), setup, "moths")
		w.must(err)
		if n := w.fireAt("14:00"); n != 0 {
			t.Errorf("a deleted project made %d jobs", n)
		}
		_, err = w.projects.Restore(t.Context(), setup, gone.ID, "")
		w.must(err)
		if n := w.fireAt("14:30"); n != 1 {
			t.Errorf("once it was there again %d jobs made up for it", n)
		}
		w.wantTold(s.ID, "14:00 started: it makes up for what was missed; all since 2026-03-01T13:00:00Z were missed")
	})
}

func TestAClockThatIsPutBackFiresNothingTwice(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada)
		w.fireAt("13:00")
		w.clock.set(noon)
		cron := "0 */1 * * *"
		_, err := w.Update(t.Context(), w.ada, s.ID, schedules.Patch{Cron: &cron})
		w.must(err)
		if n := w.fireAt("13:00"); n != 0 {
			t.Errorf("13:00 made %d jobs more", n)
		}
		w.fireAt("14:00")
		w.wantTold(s.ID, "13:00 started", "14:00 started")
	})
}
