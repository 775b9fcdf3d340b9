package jobs_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
)

func (w *world) owners(node string, n int) (owners []string) {
	w.t.Helper()
	who := w.node(node)
	for range n {
		owners = append(owners, w.wantState(w.claim(who).Job, remit.JobClaimed).Owner)
	}
	return owners
}

// another is one more manager.
func (w *world) another(name string) authz.Subject {
	w.t.Helper()
	if _, known := w.others[name]; !known {
		w.others[name] = w.person(name, "manager")
	}
	return w.others[name]
}

func count(all []string, one string) (n int) {
	for _, s := range all {
		if s == one {
			n++
		}
	}
	return n
}

// declare declares a type that runs on nothing.
func (w *world) declare(key string) {
	w.t.Helper()
	w.must(w.DeclareType(w.t.Context(), setup, remit.JobType{Key: key, Title: "Any", On: []string{"none"}, Runner: "process", Command: []string{"true"}}))
}

func TestAThousandJobsOfOneDoNotKeepAnothersFromTheNextClaims(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		spec := remit.JobSpec{Type: "once", Start: true}
		for range 1000 {
			w.submit(w.max, spec)
		}
		w.owners("n1", 5)
		w.submit(w.another("ann"), spec)
		if got := w.owners("n2", 3); count(got, "ann") != 1 {
			t.Errorf("the next claims went to %v, want ann among them", got)
		}
	})
}

func TestOwnersTakeTurnsWhoeverCameFirst(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		spec := remit.JobSpec{Type: "once", Start: true}
		for range 40 {
			w.submit(w.max, spec)
		}
		for range 40 {
			w.submit(w.another("ann"), spec)
		}
		if got := count(w.owners("n1", 20), "ann"); got < 6 || got > 14 {
			t.Errorf("ann had %d of the first 20 claims", got)
		}
		// Whoever was served much has no better place for what they ask next.
		w.submit(w.another("ben"), spec)
		if got := w.owners("n2", 3); count(got, "ben") != 1 {
			t.Errorf("the next claims went to %v, want ben among them", got)
		}
	})
}

// Neither what was tried again nor what was cancelled counts as served.
func TestWhatWasNeverServedPushesNobodyBack(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		node := w.node("n0")
		for i := range 30 {
			w.submit(w.max, remit.JobSpec{Type: "once", Start: true})
			as := w.started(node)
			w.finish(node, as.Lease, remit.JobFailed)
			_, err := w.Retry(t.Context(), w.max, as.Job)
			w.must(err)
			if i%2 == 0 {
				_, err := w.Cancel(t.Context(), w.max, as.Job)
				w.must(err)
			}
		}
		w.submit(w.another("ann"), remit.JobSpec{Type: "once", Start: true})
		if got := w.owners("n1", 3); count(got, "ann") != 1 {
			t.Errorf("the next claims went to %v, want ann among them", got)
		}
	})
}

func TestAJobThatIsGivenAnotherPriorityQueuesThereAnew(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		spec := remit.JobSpec{Type: "once", Start: true, Priority: 5}
		for range 20 {
			w.submit(w.max, spec)
		}
		low := w.submit(w.another("ann"), remit.JobSpec{Type: "once", Start: true})
		five := 5
		_, err := w.Update(t.Context(), w.max, low.ID, jobs.Patch{Priority: &five})
		w.must(err)
		if got := w.owners("n1", 3); count(got, "ann") != 1 {
			t.Errorf("the next claims went to %v, want ann among them", got)
		}
	})
}

// again is a type whose jobs are tried three times.
var again = remit.JobType{Key: "again", Title: "Is tried again", On: []string{"none"}, Runner: "process", Command: []string{"true"}, MaxAttempts: 3}

// served has a queue serve so many jobs of max's.
func (w *world) served(n, priority int) {
	w.t.Helper()
	node := w.node("served")
	for range n {
		w.submit(w.max, remit.JobSpec{Type: "again", Priority: priority, Start: true})
		w.finish(node, w.started(node).Lease, remit.JobSucceeded)
	}
}

func (w *world) prioritize(job remit.JobID, priority int) {
	w.t.Helper()
	_, err := w.Update(w.t.Context(), w.max, job, jobs.Patch{Priority: &priority})
	w.must(err)
}

// waiting makes two jobs of each, in this order, and returns what starts them.
func (w *world) waiting(names ...string) (start func()) {
	var ids []remit.JobID
	for range 2 {
		for _, name := range names {
			ids = append(ids, w.submit(w.another(name), remit.JobSpec{Type: "again"}).ID)
			w.clock.advance(time.Millisecond)
		}
	}
	return func() {
		for i, id := range ids {
			_, err := w.Run(w.t.Context(), w.another(names[i%len(names)]), id)
			w.must(err)
		}
	}
}

func (w *world) wantOwners(want ...string) {
	w.t.Helper()
	if got := w.owners("next", len(want)); !slices.Equal(got, want) {
		w.t.Errorf("the next claims went to %v, want %v", got, want)
	}
}

// A turn counts in the queue that it was given in, whatever state the job is in
// when it changes its priority.
func TestAJobThatANodeHasTakesNoTurnAlongToAnotherQueue(t *testing.T) {
	for name, back := range map[string]func(*world, authz.Subject, remit.Lease){
		"failed":   func(w *world, n authz.Subject, l remit.Lease) { w.finish(n, l, remit.JobFailed) },
		"released": func(w *world, n authz.Subject, l remit.Lease) { w.must(w.Release(w.t.Context(), n, l)) },
		"lost":     func(w *world, _ authz.Subject, _ remit.Lease) { w.clock.advance(leaseTTL); w.sweep() },
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, w *world) {
				w.must(w.DeclareType(t.Context(), setup, again))
				w.served(20, 0)
				others := w.waiting("ben", "cleo")
				w.clock.advance(time.Millisecond)
				low := w.submit(w.another("ann"), remit.JobSpec{Type: "again", Priority: -1, Start: true})
				node := w.node("n1")
				as := w.started(node)
				others()
				w.prioritize(low.ID, 0)
				back(w, node, as.Lease)
				w.clock.advance(time.Second)
				w.wantOwners("ben", "cleo", "ann", "ben", "cleo")
			})
		})
	}
}

func TestAJobThatIsHeldTakesNoTurnAlongToAnotherQueue(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.DeclareType(t.Context(), setup, again))
		w.served(20, 0)
		others := w.waiting("ben", "cleo")
		w.clock.advance(time.Millisecond)
		low := w.submit(w.another("ann"), remit.JobSpec{Type: "again", Priority: -1, Start: true})
		w.leave("ann")
		w.claimNothing(w.node("n1"))
		w.wantState(low.ID, remit.JobHeld)
		others()
		w.prioritize(low.ID, 0)
		w.join("ann", "manager")
		w.sweep()
		w.wantOwners("ben", "cleo", "ann", "ben", "cleo")
	})
}

func TestAJobThatIsLoweredWhenItIsRunAgainQueuesThereAnew(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.DeclareType(t.Context(), setup, again))
		w.role("runs", basic+" job:run.again")
		w.served(20, 0)
		w.waiting("ben", "cleo")()
		high := w.submit(w.another("ann"), remit.JobSpec{Type: "again", Priority: 50, Start: true})
		_, err := w.Cancel(t.Context(), w.max, high.ID)
		w.must(err)
		w.clock.advance(time.Second)
		_, err = w.Retry(t.Context(), w.person("low", "runs"), high.ID)
		w.must(err)
		w.wantOwners("ben", "cleo", "ann", "ben", "cleo")
	})
}

// Else one could have all that others ask for afterwards wait behind a queue.
func TestWhatWasServedInOneQueueWasNotInAnother(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.DeclareType(t.Context(), setup, again))
		w.served(20, 0)
		for range 10 {
			w.submit(w.max, remit.JobSpec{Type: "again", Priority: 5, Start: true})
		}
		w.prioritize(w.all()[10].ID, 5) // the last one of 0, which has ended
		w.submit(w.another("ann"), remit.JobSpec{Type: "again", Priority: 5, Start: true})
		if got := w.owners("n1", 3); count(got, "ann") != 1 {
			t.Errorf("the next claims went to %v, want ann among them", got)
		}
	})
}

func TestJobsOfOneTypeDoNotKeepThoseOfAnotherFromTheNextClaims(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.declare("twice")
		for range 200 {
			w.submit(w.max, remit.JobSpec{Type: "once", Start: true})
		}
		w.owners("n1", 5)
		w.submit(w.another("ann"), remit.JobSpec{Type: "twice", Start: true})
		if got := w.owners("n2", 3); count(got, "ann") != 1 {
			t.Errorf("the next claims went to %v, want ann among them", got)
		}
	})
}

func TestOwnersOfDifferentTypesShareAlike(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.declare("twice")
		for range 100 {
			w.submit(w.max, remit.JobSpec{Type: "once", Start: true})
		}
		for range 100 {
			w.submit(w.another("ann"), remit.JobSpec{Type: "twice", Start: true})
		}
		if got := count(w.owners("n1", 60), "ann"); got < 10 || got > 50 { // one in ten million is outside by chance
			t.Errorf("ann had %d of the first 60 claims", got)
		}
	})
}

func TestAClaimLooksAtMoreTypesThanAStatementTakes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for i := range 510 {
			w.declare(fmt.Sprintf("kind%d", i))
		}
		job := w.submit(setup, remit.JobSpec{Type: "kind509", Start: true})
		if as := w.claim(w.node("n1")); as.Job != job.ID {
			t.Errorf("the claim got %s, want %s", as.Job, job.ID)
		}
	})
}

func TestWhoCancelsAThousandIsNotBehindEverybodyWithTheNextOne(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		spec := remit.JobSpec{Type: "once", Start: true}
		var mine []remit.JobID
		for range 300 {
			mine = append(mine, w.submit(w.max, spec).ID)
		}
		for range 20 {
			w.submit(w.another("ann"), spec)
		}
		for _, id := range mine {
			_, err := w.Cancel(t.Context(), w.max, id)
			w.must(err)
		}
		w.owners("n1", 2)
		w.submit(w.max, spec)
		if got := w.owners("n2", 3); count(got, "max") != 1 {
			t.Errorf("the next claims went to %v, want max among them", got)
		}
	})
}
