package jobs_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
)

func TestNoTwoNodesAreEverGivenTheSameJob(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		const workers, count = 4, 24
		for range count {
			w.submit(w.max, remit.JobSpec{Type: "once", Start: true})
		}
		var mu sync.Mutex
		given := map[remit.JobID]int{}
		var group sync.WaitGroup
		for i := range workers {
			node := w.node(fmt.Sprintf("n%d", i))
			group.Go(func() {
				for {
					got, err := w.nodes.Claim(t.Context(), node, everything)
					if err != nil {
						t.Errorf("claiming: %v", err)
						return
					}
					if len(got) == 0 {
						return
					}
					mu.Lock()
					given[got[0].Job]++
					mu.Unlock()
				}
			})
		}
		group.Wait()
		for id, times := range given {
			if times != 1 {
				t.Errorf("job %s was given %d times", id, times)
			}
		}
		if len(given) != count {
			t.Errorf("%d of %d jobs were given", len(given), count)
		}
	})
}

// call is one thing that is done to the only job of a history.
type call struct {
	verb  string // claim, renew, release, fail, wrest, expire
	lease remit.Lease
}

// answer is what came of it. attempt is that of a claim, 0 for nothing.
type answer struct {
	ok      bool
	attempt int
}

// lock is the job as a history may see it: who holds it, which attempt was
// the latest, and which leases said that they failed.
type lock struct {
	holder  string
	attempt int
	failed  string
}

// model says what each call may answer. It knows nothing of how it is done.
var model = porcupine.Model{
	Init: func() any { return lock{} },
	Step: func(state, input, output any) (bool, any) {
		return step(state.(lock), input.(call), output.(answer))
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v → %+v", input, output) },
}

func step(s lock, c call, a answer) (bool, any) {
	holds := s.holder != "" && s.holder == c.lease.Lease
	free := lock{attempt: s.attempt, failed: s.failed}
	switch c.verb {
	case "claim":
		if a.attempt == 0 {
			return s.holder != "", s
		}
		return s.holder == "" && a.attempt == s.attempt+1, lock{c.lease.Lease, a.attempt, s.failed}
	case "renew":
		return a.ok == holds, s
	case "release":
		if !a.ok {
			return !holds, s
		}
		return holds, free
	case "fail":
		said := strings.Contains(s.failed, c.lease.Lease) // again is fine
		if !a.ok || said {
			return a.ok == said && !holds, s
		}
		free.failed += c.lease.Lease + " "
		return holds, free
	case "wrest":
		if !a.ok {
			return s.holder == "", s
		}
		return s.holder != "", free
	case "expire": // a lease that was renewed meanwhile goes on
		if !a.ok {
			return true, s
		}
		return s.holder != "", free
	}
	return false, s
}

// TestHistoriesOfTheLockAreLinearizable lets nodes and people pull at one job
// at the same time, and looks for an order of what they did that explains all
// the answers that they got.
func TestHistoriesOfTheLockAreLinearizable(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.DeclareType(t.Context(), setup, remit.JobType{Key: "tough", Title: "Many tries", On: []string{"none"},
			Runner: "process", Command: []string{"true"}, MaxAttempts: 100}))
		h := &history{world: w, job: w.submit(w.max, remit.JobSpec{Type: "tough", Start: true}).ID, leases: map[remit.Lease]authz.Subject{}}
		var group sync.WaitGroup
		for i := range 4 {
			node, random := w.node(fmt.Sprintf("n%d", i)), rand.New(rand.NewPCG(7, uint64(i)))
			group.Go(func() {
				for range 20 {
					h.record(i, node, random)
				}
			})
		}
		group.Wait()
		if porcupine.CheckOperationsTimeout(model, h.operations, time.Minute) != porcupine.Ok {
			for _, op := range h.operations {
				t.Logf("[%d, %d] %s", op.Call, op.Return, model.DescribeOperation(op.Input, op.Output))
			}
			t.Error("no order explains these answers")
		}
	})
}

// history records operations with the order of their calls and returns.
type history struct {
	*world
	job        remit.JobID
	tick       atomic.Int64
	mu         sync.Mutex
	leases     map[remit.Lease]authz.Subject
	operations []porcupine.Operation
}

func (h *history) record(client int, node authz.Subject, random *rand.Rand) {
	verbs := strings.Fields("claim claim claim renew renew release fail fail wrest expire")
	c := call{verb: verbs[random.IntN(len(verbs))]}
	who := node
	if slices.Contains([]string{"renew", "release", "fail"}, c.verb) {
		var ok bool
		if c.lease, who, ok = h.anyLease(random); !ok {
			c.verb = "claim"
			who = node
		}
	}
	began := h.tick.Add(1)
	a := h.do(&c, who)
	ended := h.tick.Add(1)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.operations = append(h.operations, porcupine.Operation{ClientId: client, Input: c, Call: began, Output: a, Return: ended})
}

// anyLease is one that some node got at some time, the latest ones rather.
func (h *history) anyLease(random *rand.Rand) (remit.Lease, authz.Subject, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.leases) == 0 {
		return remit.Lease{}, authz.Subject{}, false
	}
	all := slices.SortedFunc(maps.Keys(h.leases), func(a, b remit.Lease) int { return b.Attempt - a.Attempt })
	l := all[random.IntN(min(2, len(all)))]
	return l, h.leases[l], true
}

func (h *history) do(c *call, who authz.Subject) answer {
	ctx := h.t.Context()
	switch c.verb {
	case "claim":
		got, err := h.nodes.Claim(ctx, who, everything)
		if !h.fine(err) || len(got) == 0 {
			return answer{}
		}
		c.lease = got[0].Lease
		h.mu.Lock()
		defer h.mu.Unlock()
		h.leases[c.lease] = who
		return answer{attempt: got[0].Attempt}
	case "renew":
		_, err := h.Heartbeat(ctx, who, c.lease)
		return answer{ok: h.fine(err, "lease_lost")}
	case "release":
		return answer{ok: h.fine(h.Release(ctx, who, c.lease), "lease_lost")}
	case "fail":
		return answer{ok: h.fine(h.Finish(ctx, who, c.lease, jobs.Outcome{State: remit.JobFailed}), "lease_lost")}
	case "wrest":
		_, err := h.Wrest(ctx, h.max, h.job)
		return answer{ok: h.fine(err, "not_claimed")}
	}
	h.clock.advance(leaseTTL)
	moved, err := h.Sweep(ctx)
	return answer{ok: h.fine(err) && moved > 0}
}

// fine says whether there was no error; one with another code fails the test.
func (h *history) fine(err error, codes ...string) bool {
	if err != nil && !slices.Contains(codes, remit.CodeOf(err)) {
		h.t.Errorf("unexpected: %v (%s)", err, remit.CodeOf(err))
	}
	return err == nil
}
