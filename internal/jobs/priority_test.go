package jobs_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
)

func TestAPriorityAboveZeroTakesARight(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.role("hasty", basic+" job:priority@own job:update")
		hasty := w.person("hasty", "hasty")
		spec := func(priority int) remit.JobSpec {
			s := w.onFile()
			s.Priority = priority
			return s
		}
		before := len(w.all())
		_, err := w.Submit(t.Context(), w.ada, "moths", spec(1))
		w.want(err, "denied")
		if e, ok := err.(*remit.Error); !ok || e.Decision == nil || e.Decision.Permission != "job:priority" || len(w.all()) != before {
			t.Errorf("it is refused with %+v, and made something", err)
		}
		theirs := w.submit(w.ada, spec(-3))
		mine := w.submit(hasty, spec(50))
		_, err = w.Update(t.Context(), hasty, theirs.ID, jobs.Patch{Priority: new(1)})
		w.want(err, "denied")
		for _, priority := range []int{0, -100} {
			_, err = w.Update(t.Context(), hasty, theirs.ID, jobs.Patch{Priority: &priority})
			w.must(err)
		}
		again, err := w.Requeue(t.Context(), w.ada, mine.ID, jobs.Requeue{})
		w.must(err)
		if again.Priority != 0 {
			t.Errorf("a requeued job of ada's goes with priority %d", again.Priority)
		}
		if again, err = w.Requeue(t.Context(), hasty, mine.ID, jobs.Requeue{}); err != nil || again.Priority != 50 {
			t.Errorf("a requeued job of hasty's goes with priority %d, %v", again.Priority, err)
		}
	})
}

func TestWhoMayNotPrioritizeMayLowerAndRename(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.role("clerk", basic+" job:update")
		clerk := w.person("clerk", "clerk")
		job := w.submit(w.max, remit.JobSpec{Type: "once", Priority: 50})
		for _, p := range []jobs.Patch{{Name: new("other")}, {Priority: new(50), Name: new("more")}, {Priority: new(20)}} {
			_, err := w.Update(t.Context(), clerk, job.ID, p)
			w.must(err)
		}
		_, err := w.Update(t.Context(), clerk, job.ID, jobs.Patch{Priority: new(21)})
		w.want(err, "denied")
	})
}

// The bounds are typed: whoever holds one of the rights goes up to its number.
func TestAPriorityIsBoundedByTheRoleThatAsks(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			rights string
			most   int
		}{
			{"", 0}, {"job:priority.10", 10}, {"job:priority.50", 50}, {"job:priority", 100}, {"job:priority.10@own job:priority.50@own", 50},
			{"job:priority.*", 50}, {"job:*", 100}, {"job:priority.10@others", 0},
		} {
			w.role("asks", basic+" job:update job:run.once "+c.rights)
			name := fmt.Sprintf("p%d-%d", c.most, len(c.rights))
			who := w.person(name, "asks")
			for priority, bound := range map[int]int{1: 10, 10: 10, 11: 50, 50: 50, 51: 100, 100: 100} {
				spec := remit.JobSpec{Type: "once", Priority: priority, Start: true}
				_, err := w.Submit(t.Context(), who, "moths", spec)
				w.bounded(err, bound <= c.most, c.most)
				_, err = w.SubmitAll(t.Context(), who, "moths", []remit.JobSpec{{Type: "once", Start: true}, spec})
				w.bounded(err, bound <= c.most, c.most)
				plain := w.submit(who, remit.JobSpec{Type: "once"})
				_, err = w.Update(t.Context(), who, plain.ID, jobs.Patch{Priority: &priority})
				w.bounded(err, bound <= c.most, c.most)
				_, err = w.Requeue(t.Context(), who, plain.ID, jobs.Requeue{Priority: &priority})
				w.bounded(err, bound <= c.most, c.most)
			}
			again, err := w.Requeue(t.Context(), who, w.submit(w.max, remit.JobSpec{Type: "once", Priority: 60}).ID, jobs.Requeue{})
			if err != nil || again.Priority != min(c.most, 60) {
				t.Errorf("who holds %q requeues a job of priority 60 with %d, %v", c.rights, again.Priority, err)
			}
			w.leave(name)
		}
	})
}

// asks are the ways to become the runner of a job that max has made.
var asks = map[string]func(w *world, who, node authz.Subject, spec remit.JobSpec) remit.JobID{
	"run": func(w *world, who, _ authz.Subject, spec remit.JobSpec) remit.JobID {
		job := w.submit(w.max, spec)
		_, err := w.Run(w.t.Context(), who, job.ID)
		w.must(err)
		return job.ID
	},
	"retry": func(w *world, who, _ authz.Subject, spec remit.JobSpec) remit.JobID {
		job := w.cancelled(spec)
		_, err := w.Retry(w.t.Context(), who, job)
		w.must(err)
		return job
	},
	"retry all": func(w *world, who, _ authz.Subject, spec remit.JobSpec) remit.JobID {
		job := w.cancelled(spec)
		w.bulk(who, jobs.Bulk{Action: "retry", Filter: remit.JobFilter{State: remit.JobCancelled}})
		return job
	},
	"run held": func(w *world, who, node authz.Subject, spec remit.JobSpec) remit.JobID {
		w.join("pam", "manager")
		job := w.submit(w.max, spec)
		_, err := w.Run(w.t.Context(), w.others["pam"], job.ID)
		w.must(err)
		w.leave("pam")
		w.claimNothing(node)
		w.wantState(job.ID, remit.JobHeld)
		_, err = w.Run(w.t.Context(), who, job.ID)
		w.must(err)
		return job.ID
	},
	"run and wait": func(w *world, who, node authz.Subject, spec remit.JobSpec) remit.JobID {
		spec.Needs = []remit.JobID{w.submit(w.max, w.onFile()).ID}
		job := w.submit(w.max, spec)
		_, err := w.Run(w.t.Context(), who, job.ID)
		w.must(err)
		w.wantState(job.ID, remit.JobHeld)
		w.end(node, remit.JobSucceeded)
		w.advance()
		return job.ID
	},
}

func TestThePriorityOfAJobIsBoundedByWhoAsksToRunIt(t *testing.T) {
	for name, ask := range asks {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, w *world) {
				w.role("hasty", basic+" job:priority.10")
				w.role("own", basic+" job:priority@own")
				people, node := map[string]authz.Subject{"ada": w.ada, "max": w.max}, w.node("n1")
				people["hasty"], people["own"], w.others["pam"] = w.person("hasty", "hasty"), w.person("own", "own"), w.person("pam")
				for _, c := range []struct {
					who            string
					priority, want int
				}{{"ada", 100, 0}, {"ada", -3, -3}, {"hasty", 100, 10}, {"hasty", 5, 5}, {"own", 100, 0}, {"max", 100, 100}} {
					spec := w.onFile()
					spec.Priority, spec.Start = c.priority, false
					id := ask(w, people[c.who], node, spec)
					if job := w.wantState(id, remit.JobQueued); job.Priority != c.want || job.Runner != c.who {
						t.Errorf("of priority %d, asked by %s, it is %s's to run at %d, want %d", c.priority, c.who, job.Runner, job.Priority, c.want)
					}
					w.finish(node, w.started(node).Lease, remit.JobSucceeded)
				}
			})
		})
	}
}

// cancelled is a job of max's that was cancelled.
func (w *world) cancelled(spec remit.JobSpec) remit.JobID {
	w.t.Helper()
	job := w.submit(w.max, spec)
	_, err := w.Cancel(w.t.Context(), w.max, job.ID)
	w.must(err)
	return job.ID
}

// bounded wants what is permitted, or the refusal that says how high one may go.
func (w *world) bounded(err error, permitted bool, most int) {
	w.t.Helper()
	if permitted {
		w.must(err)
		return
	}
	w.want(err, "denied")
	if want := fmt.Sprintf("the highest priority that you may ask for here is %d", most); !strings.Contains(err.Error(), want) {
		w.t.Errorf("the refusal is %q, without %q", err, want)
	}
}

func TestADenyOfTheHighestPriorityRefusesThemAll(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.role("hasty", basic+" job:run.once job:priority.10")
		hasty := w.person("hasty", "hasty")
		ask := func(priority int) error {
			_, err := w.Submit(t.Context(), hasty, "moths", remit.JobSpec{Type: "once", Priority: priority})
			return err
		}
		w.must(ask(10))
		_, err := w.projects.AddEntry(t.Context(), setup, "moths", remit.Entry{User: "hasty", Permission: "job:priority", Effect: "deny"})
		w.must(err)
		w.bounded(ask(10), false, 0)
		w.must(ask(0))
	})
}

func TestWhatIsReservedOfPrioritiesIsForSuperusers(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ask := func(who authz.Subject, priority int) error {
			_, err := w.Submit(t.Context(), who, "moths", remit.JobSpec{Type: "once", Priority: priority})
			return err
		}
		_, err := w.projects.Reserve(t.Context(), setup, "job:priority", "reserved")
		w.must(err)
		w.bounded(ask(w.max, 1), false, 0)
	})
}

func TestTheCapsOfAKeyBoundItsPriorities(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		capped := w.max
		capped.Caps = &authz.Caps{Scopes: []string{"job:create", "job:read", "job:run.*", "job:priority.10"}}
		ask := func(priority int) error {
			_, err := w.Submit(t.Context(), capped, "moths", remit.JobSpec{Type: "once", Priority: priority})
			return err
		}
		w.must(ask(10))
		err := ask(11)
		w.want(err, "key_scope")
		if !strings.Contains(err.Error(), "here is 10") {
			t.Errorf("the refusal is %q", err)
		}
	})
}

// Whoever gives a tier holds it; a name never gives another (R24).
func TestATierIsGivenByThoseWhoHoldIt(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.role("giver", basic+" access:grant access:view job:priority.10")
		giver := w.person("giver", "giver")
		give := func(permission string) error {
			_, err := w.projects.AddEntry(t.Context(), giver, "moths", remit.Entry{User: "ada", Permission: permission, Effect: "allow"})
			return err
		}
		w.must(give("job:priority.10"))
		for _, more := range []string{"job:priority.50", "job:priority", "job:priority.*"} {
			w.want(give(more), "gives_more")
		}
	})
}

func TestWhatIsNotTheirsIsNotPrioritizedByThoseWhoMayOnlyOwn(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.role("hasty", basic+" job:update job:priority@own job:priority.10")
		hasty := w.person("hasty", "hasty")
		theirs := w.submit(w.max, remit.JobSpec{Type: "once"})
		set := func(priority int) error {
			_, err := w.Update(t.Context(), hasty, theirs.ID, jobs.Patch{Priority: &priority})
			return err
		}
		w.must(set(10))
		w.bounded(set(11), false, 10)
		if err := set(11); !strings.HasPrefix(err.Error(), "You can only prioritize your own jobs") {
			t.Errorf("the refusal is %q", err)
		}
	})
}

func TestTheStepsOfAWorkflowGoAsHighAsItself(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		w.role("surveyor", basic+" job:run.survey.single job:run.detect.single job:run.tally job:priority.10")
		sue := w.person("sue", "surveyor")
		spec := remit.JobSpec{Type: "survey", On: remit.On{File: w.first}, Params: json.RawMessage(`{"threshold":3}`), Start: true, Priority: 11}
		_, err := w.Submit(t.Context(), sue, "moths", spec)
		w.bounded(err, false, 10)
		spec.Priority = 10
		job := w.submit(sue, spec)
		w.advance()
		step := w.step(job.ID, "find")
		if step.Priority != 10 {
			t.Errorf("the step goes with priority %d", step.Priority)
		}
		eleven := 11
		_, err = w.Requeue(t.Context(), sue, step.ID, jobs.Requeue{Priority: &eleven})
		w.bounded(err, false, 10)
	})
}

func TestTheStepsOfAWorkflowThatIsRetriedGoAsHighAsItself(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		w.role("surveyor", basic+" job:run.survey.single job:run.detect.single job:run.tally job:run.once job:priority.10")
		node := w.node("n1")
		job := w.submit(w.max, remit.JobSpec{Type: "survey", On: remit.On{File: w.first}, Params: json.RawMessage(`{"threshold":3}`), Start: true, Priority: 60})
		w.advance()
		w.does(node, job.ID, "find", bad)
		w.wantState(job.ID, remit.JobFailed)
		retried, err := w.Retry(t.Context(), w.person("sue", "surveyor"), job.ID)
		w.must(err)
		w.advance()
		if find := w.step(job.ID, "find"); retried.Priority != 10 || find.Priority != 10 || find.Runner != "sue" {
			t.Errorf("the workflow goes with priority %d, the step of %s with %d", retried.Priority, find.Runner, find.Priority)
		}
		w.does(node, job.ID, "find", ok(`{"found":7}`))
	})
}
