package jobs_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
)

func times(n int, spec remit.JobSpec) []remit.JobSpec { return slices.Repeat([]remit.JobSpec{spec}, n) }

// claims gives a node up to so many jobs.
func (w *world) claims(node authz.Subject, most int) []remit.Assignment {
	w.t.Helper()
	want := everything
	want.Max = most
	given, err := w.nodes.Claim(w.t.Context(), node, want)
	w.must(err)
	return given
}

func (w *world) finishAll(node authz.Subject, all ...jobs.Ending) (codes []string) {
	w.t.Helper()
	errs, err := w.FinishAll(w.t.Context(), node, all)
	w.must(err)
	for _, err := range errs {
		codes = append(codes, remit.CodeOf(err))
	}
	return codes
}

func endings(given []remit.Assignment, state remit.JobState) (all []jobs.Ending) {
	for _, a := range given {
		all = append(all, jobs.Ending{Lease: a.Lease, Outcome: jobs.Outcome{State: state}})
	}
	return all
}

// told are the operations of a job's history, in order.
func (w *world) told(id remit.JobID) string {
	w.t.Helper()
	history, err := w.History(w.t.Context(), w.max, id)
	w.must(err)
	var names []string
	for _, e := range history {
		names = append(names, e.What)
	}
	return strings.Join(names, " ")
}

func TestManyJobsAreSubmittedClaimedAndFinishedAsSingleOnesAre(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		made, err := w.SubmitAll(t.Context(), w.max, "moths", times(30, remit.JobSpec{Type: "once", Start: true}))
		w.must(err)
		node := w.node("n1")
		given := w.claims(node, 20)
		for i, a := range given {
			if a.Job != made[i].ID {
				t.Fatalf("claim %d is of job %s, want %s, which was submitted as that", i, a.Job, made[i].ID)
			}
		}
		if codes := w.finishAll(node, endings(given, remit.JobSucceeded)...); strings.Join(codes, "") != "" {
			t.Fatalf("finishing failed: %q", codes)
		}
		for _, job := range made[:20] {
			w.wantState(job.ID, remit.JobSucceeded)
			if got := w.told(job.ID); got != "created and asked to run claimed finished" {
				t.Errorf("the history of job %s is %s", job.ID, got)
			}
		}
		if rest := w.claims(node, 20); len(rest) != 10 {
			t.Errorf("%d jobs were left, want 10", len(rest))
		}
	})
}

func TestOneThatIsNotToBeFinishedKeepsNoOthers(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		_, err := w.SubmitAll(t.Context(), w.max, "moths", times(4, remit.JobSpec{Type: "once", Start: true}))
		w.must(err)
		node := w.node("n1")
		given := w.claims(node, 4)
		_, err = w.Wrest(t.Context(), w.max, given[1].Job)
		w.must(err)
		_, err = w.Cancel(t.Context(), w.max, given[2].Job)
		w.must(err)
		all := append(endings(given, remit.JobSucceeded), jobs.Ending{Lease: given[3].Lease, Outcome: jobs.Outcome{State: "won"}})
		if got := w.finishAll(node, all...); !slices.Equal(got, []string{"", "lease_lost", "", "", "invalid"}) {
			t.Errorf("finishing said %q", got)
		}
		for i, state := range []remit.JobState{remit.JobSucceeded, remit.JobQueued, remit.JobCancelled, remit.JobSucceeded} {
			w.wantState(given[i].Job, state)
		}
		if got := w.finishAll(node, all[0], all[3]); !slices.Equal(got, []string{"", ""}) {
			t.Errorf("said again, finishing said %q", got)
		}
	})
}

func TestNobodyFinishesForAnotherNode(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		_, err := w.SubmitAll(t.Context(), w.max, "moths", times(2, remit.JobSpec{Type: "once", Start: true}))
		w.must(err)
		mine := endings(w.claims(w.node("n1"), 2), remit.JobSucceeded)
		for _, code := range w.finishAll(w.node("n2"), mine...) {
			if code == "" {
				t.Error("n2 finished a job of n1")
			}
		}
		if errs, err := w.FinishAll(t.Context(), w.max, mine); err == nil {
			t.Errorf("max, who is no node, finished jobs: %v", errs)
		}
		w.wantState(mine[0].Job, remit.JobClaimed)
	})
}

func TestOfManySubmittedAllAreMadeOrNone(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		good := w.onFile()
		batch := remit.JobSpec{Type: "ml", On: remit.On{Collection: w.night}, Start: true} // for which ada has no right
		for _, bad := range []struct {
			who   authz.Subject
			specs []remit.JobSpec
			code  string
			field string
		}{
			{w.ada, []remit.JobSpec{good, batch}, "denied", "jobs.1"},
			{w.ada, []remit.JobSpec{good, {Type: "nothing", Start: true}}, "invalid", "jobs.1.type"},
			{w.max, []remit.JobSpec{good, {Type: "once"}}, "invalid", "jobs.1.start"},
			{w.max, []remit.JobSpec{{Type: "once", Name: "a"}, {Type: "once", Name: "a"}}, "name_taken", "jobs.1.name"},
			{w.max, times(jobs.MaxSubmit+1, good), "invalid", "jobs"},
		} {
			_, err := w.SubmitAll(t.Context(), bad.who, "moths", bad.specs)
			w.want(err, bad.code)
			if e, ok := errors.AsType[*remit.Error](err); !ok || e.Field != bad.field {
				t.Errorf("%v names the field %q, want %q", err, e.Field, bad.field)
			}
		}
		if left := w.all(); len(left) != 0 {
			t.Errorf("there are %d jobs, want none", len(left))
		}
	})
}

func TestOfManyNamesTheOneThatIsTakenIsSaid(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		named := func(names ...string) (specs []remit.JobSpec) {
			for _, name := range names {
				specs = append(specs, remit.JobSpec{Type: "once", Name: name})
			}
			return specs
		}
		_, err := w.SubmitAll(t.Context(), w.max, "moths", named("beta", "gamma"))
		w.must(err)
		for _, c := range []struct {
			specs       []remit.JobSpec
			name, field string
		}{
			{named("alpha", "", "gamma", "", "beta"), "gamma", "jobs.2.name"},
			{named("alpha", "beta", "alpha"), "alpha", "jobs.2.name"},
			{named("beta"), "beta", "name"},
		} {
			_, err := w.SubmitAll(t.Context(), w.max, "moths", c.specs)
			w.want(err, "name_taken")
			e, ok := errors.AsType[*remit.Error](err)
			if !ok || !strings.Contains(e.Error(), "named "+c.name) || e.Field != c.field {
				t.Errorf("the refusal is %q in the field %q, want one that names %s in %q", err, e.Field, c.name, c.field)
			}
		}
		_, err = w.SubmitAll(t.Context(), w.another("ann"), "moths", named("beta", "gamma")) // another's names
		w.must(err)
	})
}

// upAndDown submits jobs in their order and, at the same moment, in the opposite one.
func (w *world) upAndDown(specs []remit.JobSpec) (errs [2]error) {
	down := slices.Clone(specs)
	slices.Reverse(down)
	var together sync.WaitGroup
	for i, some := range [][]remit.JobSpec{specs, down} {
		together.Go(func() { _, errs[i] = w.SubmitAll(w.t.Context(), w.max, "moths", some) })
	}
	together.Wait()
	return errs
}

func TestManyThatNeedTheSameJobsNeverWaitForEachOther(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		needed, err := w.SubmitAll(t.Context(), w.max, "moths", times(100, remit.JobSpec{Type: "once"}))
		w.must(err)
		var specs []remit.JobSpec
		for _, j := range needed {
			specs = append(specs, remit.JobSpec{Type: "once", Start: true, Needs: []remit.JobID{j.ID}})
		}
		for range 5 {
			for _, err := range w.upAndDown(specs) {
				w.must(err)
			}
		}
	})
}

// One gets the names, and the other one is told that they are taken.
func TestManyOfTheSameNamesNeverWaitForEachOther(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for round := range 5 {
			var specs []remit.JobSpec
			for i := range 300 {
				specs = append(specs, remit.JobSpec{Type: "once", Name: fmt.Sprint("n", round, ".", i)})
			}
			errs := w.upAndDown(specs)
			if errs[0] != nil {
				errs[0], errs[1] = errs[1], errs[0]
			}
			w.must(errs[0])
			w.want(errs[1], "name_taken")
		}
	})
}

func TestManyJobsOfOneAreOneAfterTheOtherForOthersToo(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		_, err := w.SubmitAll(t.Context(), w.max, "moths", times(200, remit.JobSpec{Type: "once", Start: true}))
		w.must(err)
		_, err = w.SubmitAll(t.Context(), w.another("ann"), "moths", times(200, remit.JobSpec{Type: "once", Start: true}))
		w.must(err)
		if got := count(w.owners("n1", 20), "ann"); got < 6 || got > 14 {
			t.Errorf("ann had %d of the first 20 claims", got)
		}
	})
}

// Several nodes at once: no job twice, none left.
func TestManyNodesClaimManyJobsAtOnce(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		const all = 120
		_, err := w.SubmitAll(t.Context(), w.max, "moths", times(all, remit.JobSpec{Type: "once", Start: true}))
		w.must(err)
		given := make(chan remit.JobID, all)
		var workers sync.WaitGroup
		for _, node := range []authz.Subject{w.node("n1"), w.node("n2"), w.node("n3"), w.node("n4")} {
			workers.Go(func() {
				for {
					want := nodes.Want{Want: everything.Want, Max: 7}
					some, err := w.nodes.Claim(t.Context(), node, want)
					if err != nil || len(some) == 0 {
						if err != nil {
							t.Error(err)
						}
						return
					}
					errs, err := w.FinishAll(t.Context(), node, endings(some, remit.JobSucceeded))
					for _, err := range append(errs, err) {
						if err != nil {
							t.Error(err)
						}
					}
					for _, a := range some {
						given <- a.Job
					}
				}
			})
		}
		workers.Wait()
		close(given)
		wantEachOnce(t, given, all)
	})
}

// wantEachOnce compares the jobs that were given: so many, and none twice.
func wantEachOnce(t *testing.T, given <-chan remit.JobID, all int) {
	t.Helper()
	seen := map[remit.JobID]int{}
	for id := range given {
		seen[id]++
	}
	if len(seen) != all {
		t.Errorf("%d jobs were given, want %d", len(seen), all)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("job %s was given %d times", id, n)
		}
	}
}

// More than one statement takes: many nodes that want many, at the same moment.
func TestManyNodesThatWantManyShareWhatThereIs(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for range 2 {
			_, err := w.SubmitAll(t.Context(), w.max, "moths", times(jobs.MaxSubmit, remit.JobSpec{Type: "once", Start: true}))
			w.must(err)
		}
		var all []authz.Subject
		for _, name := range strings.Fields("a b c d e f g h i j k l m n o p q r s t") {
			all = append(all, w.node(name))
		}
		given := make(chan remit.JobID, 4*jobs.MaxSubmit)
		var together sync.WaitGroup
		for _, node := range all {
			together.Go(func() {
				for {
					some, err := w.nodes.Claim(t.Context(), node, nodes.Want{Want: everything.Want, Max: 100})
					if err != nil {
						t.Error(err)
					}
					if len(some) == 0 {
						return
					}
					for _, a := range some {
						given <- a.Job
					}
				}
			})
		}
		together.Wait()
		close(given)
		wantEachOnce(t, given, 2*jobs.MaxSubmit)
	})
}
