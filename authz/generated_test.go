package authz_test

import (
	"flag"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/naive/judge"
	"github.com/remit-server/remit/internal/naive/worlds"
)

// The long mode: go test ./authz -run Naive -authz.questions=10000000 -timeout 0
var questions = flag.Int("authz.questions", 20_000, "how many generated questions to compare with the naive evaluator")

// perPolicy is how many questions each generated policy is asked.
const perPolicy = 40

func compiled(t *rapid.T, src authz.Source) *authz.Policy {
	policy, err := authz.Compile(src)
	if err != nil {
		t.Fatalf("Compile refuses a good source: %v", err)
	}
	return policy
}

func TestEngineAgreesWithTheNaiveEvaluator(t *testing.T) {
	t.Parallel()
	var seen variety
	t.Run("askers", func(t *testing.T) {
		for i := range runtime.GOMAXPROCS(0) {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				seen.compare(t, *questions/runtime.GOMAXPROCS(0))
			})
		}
	})
	if !t.Failed() {
		seen.require(t)
	}
}

// compare asks both so many questions, of policy after policy.
func (v *variety) compare(t *testing.T, questions int) {
	for asked := 0; asked < questions && !t.Failed(); {
		rapid.Check(t, func(t *rapid.T) {
			src := worlds.Source(worlds.Rapid(t))
			policy, dice, seen := compiled(t, src), dice(t, questions), variety{}
			for range perPolicy {
				seen.ask(t, policy, src, worlds.Ask(dice, src))
				asked++
			}
			v.merge(&seen)
		})
	}
}

// dice that shrink what fails are too dear for millions of questions.
func dice(t *rapid.T, questions int) worlds.Dice {
	if questions < 1_000_000 {
		return worlds.Rapid(t)
	}
	return worlds.Seeded(rapid.Uint64().Draw(t, "seed"))
}

// ask compares everything that one question can be put as.
func (v *variety) ask(t *rapid.T, policy *authz.Policy, src authz.Source, q worlds.Question) {
	w := judge.World{Source: src, Now: q.Now}
	check := w.Check(q.Subject, q.Permission, q.Resource)
	same(t, "Check", src, q, policy.Check(q.Subject, q.Permission, q.Resource, q.Now), check)
	can := w.Can(q.Subject, q.Operation, q.Resource)
	same(t, "Can", src, q, policy.Can(q.Subject, q.Operation, q.Resource, q.Now), can)
	move := w.Can(q.Subject, q.Operation, q.Resource, q.To)
	same(t, "CanMove", src, q, policy.CanMove(q.Subject, q.Operation, q.Resource, q.To, q.Now), move)
	v.note(w, q, check, can, move)
}

func same(t *rapid.T, asked string, src authz.Source, q worlds.Question, got, want authz.Decision) {
	if got != want {
		t.Fatalf("%s %v\n got %+v\nwant %+v\nin %s", asked, q, got, want, worlds.Brief(src))
	}
}

// variety counts what was asked, so that dull questions prove nothing.
type variety struct {
	sync.Mutex
	checks, cans, moves verdicts
	// Others' private things that only a role or entry of their collection
	// opens, aliases, previews that were cut, what was refused only at the
	// place to move to, and kinds of subject allowed something.
	throughCollection, aliases, cutPreviews, arrivals int
	kinds                                             [authz.Local + 1]int
}

// verdicts count which rule allowed and refused how often.
type verdicts struct{ allowed, refused [33]int }

func (v *verdicts) add(d authz.Decision) {
	if d.Allowed {
		v.allowed[d.Rule]++
	} else {
		v.refused[d.Rule]++
	}
}
