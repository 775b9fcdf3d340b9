package schedules_test

import (
	"encoding/json"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/schedules"
	"github.com/remit-server/remit/internal/testkit"
)

// skipped stores so many times at which nothing was done, after 13:00 and a second apart.
const skipped = `WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < $2)
	INSERT INTO firings (schedule_id, due_at, by_id, at, outcome, reason, job_id)
	SELECT schedule_id, due_at + i * 1000000, '', at, 'skipped', '', '' FROM firings, c WHERE schedule_id = $1`

func TestAJobThatHasNotEndedKeepsOthersHoweverLongAgoItWasMade(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.plan(w.ada, overlap("skip"))
		w.fireAt("13:00")
		w.must(d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
			_, err := tx.Exec(skipped, s.ID, 1100)
			return err
		}))
		for _, at := range []string{"14:00", "15:00"} {
			if n := w.fireAt(at); n != 0 {
				t.Errorf("at %s it made %d jobs more", at, n)
			}
		}
		w.cancel(w.all()[0].ID)
		if n := w.fireAt("16:00") + w.fireAt("17:00"); n != 1 {
			t.Errorf("once it had ended, %d jobs were made", n)
		}
		kept := 0
		for page, err := w.Firings(t.Context(), w.max, s.ID, remit.MaxLimit, ""); ; page, err = w.Firings(t.Context(), w.max, s.ID, remit.MaxLimit, page.Next) {
			w.must(err)
			if kept += len(page.Items); page.Next == "" {
				break
			}
		}
		if kept != 1000 { // the job of 13:00 has ended
			t.Errorf("%d times are remembered", kept)
		}
	})
}

func TestAJobThatIsReplacedWhileItRunsGivesItsNameToTheNext(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada, overlap("replace"), func(p *schedules.Plan) { p.Job.Name = "nightly" })
		node := w.node("n1")
		for i, at := range []string{"13:00", "14:00", "15:00", "16:00"} {
			w.fireAt(at)
			fresh, err := w.jobs.Find(t.Context(), w.ada, "nightly")
			w.must(err)
			if all := w.all(); fresh.ID != all[i].ID || i > 0 && all[i-1].Name != "" {
				t.Errorf("at %s nightly is %+v; the jobs are %+v", at, fresh, all)
			}
			w.start(node)
			if i == 2 { // somebody stops it before it is replaced
				w.cancel(fresh.ID)
			}
		}
		w.wantTold(s.ID, "13:00 started", "14:00 started", "15:00 started", "16:00 started")
		c := remit.JobCancelling
		w.wantStates(c, c, c, remit.JobRunning)
	})
}

// compare is a type with a file among its parameters.
var compare = remit.JobType{Key: "compare", Title: "Compare", On: []string{"none", "file"}, Runner: "process", Command: []string{"true"},
	Params: json.RawMessage(`{"type":"object","properties":{"flat":{"type":"string","format":"remit-file"},"n":{"type":"integer"}}}`)}

// withFlat is a job that takes the file as a parameter.
func withFlat(id remit.FileID) func(*schedules.Plan) {
	return func(p *schedules.Plan) {
		p.Job = remit.JobSpec{Type: "compare", Params: json.RawMessage(`{"flat":"` + string(id) + `","n":3}`)}
	}
}

func TestNothingIsReplacedByAJobOfATypeThatIsOff(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		s := w.plan(w.ada, overlap("replace"))
		w.fireAt("13:00")
		_, err := w.jobs.Switch(t.Context(), w.max, "moths", "tidy", false)
		w.must(err)
		w.fireAt("14:00")
		w.wantStates(remit.JobQueued)
		w.wantTold(s.ID, "13:00 started", "14:00 refused: Job type tidy is switched off in this project")
	})
}

func TestNothingIsReplacedByAJobWhoseFileIsHiddenOrGone(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.jobs.DeclareType(t.Context(), setup, compare))
		s := w.plan(w.ada, overlap("replace"), withFlat(w.one))
		w.fireAt("13:00")
		denied := w.entry("ada", "file:read", "deny")
		w.fireAt("14:00")
		w.must(w.projects.RemoveEntry(t.Context(), setup, "moths", denied))
		w.remove("night/one.txt")
		w.fireAt("15:00")
		w.wantStates(remit.JobQueued)
		w.wantTold(s.ID, "13:00 started", "14:00 refused: to its owner there is no such file: params.flat",
			"15:00 refused: a file that params.flat names is missing")
	})
}

func TestAScheduleIsOfWhatItsOwnerCouldSubmitNow(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.jobs.DeclareType(t.Context(), setup, compare))
		ghost := remit.NewID[remit.FileID](w.clock.now())
		create := func(change func(*schedules.Plan)) error {
			_, err := w.Create(t.Context(), w.ada, "moths", hourly(change))
			return err
		}
		w.want(create(withFlat(ghost)), remit.NotFound, "job.params.flat")
		s := w.plan(w.ada, withFlat(w.one))
		w.entry("ada", "file:read", "deny")
		w.want(create(withFlat(w.one)), remit.NotFound, "job.params.flat")
		hidden := hourly(withFlat(w.one)).Job
		_, err := w.Update(t.Context(), w.ada, s.ID, schedules.Patch{Job: &hidden})
		w.want(err, remit.NotFound, "job.params.flat")
		_, err = w.jobs.Switch(t.Context(), w.max, "moths", "tidy", false)
		w.must(err)
		w.want(create(func(*schedules.Plan) {}), remit.Conflict, "type_off")
	})
}

func TestNobodyMakesMoreThanFiftySchedules(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		var last remit.Schedule
		for range 50 {
			last = w.plan(w.ada)
		}
		_, err := w.Create(t.Context(), w.ada, "moths", hourly())
		w.want(err, remit.Conflict, "too_many You have 50 schedules already")
		w.plan(w.bob)
		w.must(w.Delete(t.Context(), w.ada, last.ID))
		w.plan(w.ada)
	})
}
