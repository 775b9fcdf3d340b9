package authz_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/remit-server/remit/internal/naive/worlds"
)

// Chains of edits, for a policy that was made from a policy that was made from
// another may carry over too much.
func TestRecompileAnswersAsCompileDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := worlds.Source(worlds.Rapid(t))
		policy := compiled(t, src)
		for range 8 {
			edited := worlds.Edit(worlds.Rapid(t), src)
			next, err := policy.Recompile(edited)
			if err != nil {
				t.Fatalf("Recompile refuses a good edit: %v\nfrom %s\n  to %s", err, worlds.Brief(src), worlds.Brief(edited))
			}
			agree(t, edited, compiled(t, edited), next, 5)
			agree(t, src, compiled(t, src), policy, 2) // which it was made from
			src, policy = edited, next
		}
	})
}

func TestRecompileRefusesWhatCompileRefuses(t *testing.T) {
	t.Parallel()
	faults := worlds.Faults()
	rapid.Check(t, func(t *rapid.T) {
		src, dice := worlds.Source(worlds.Rapid(t)), worlds.Seeded(rapid.Uint64().Draw(t, "seed"))
		policy := compiled(t, src)
		for _, fault := range faults {
			broken := fault.Break(dice, src)
			if next, err := policy.Recompile(broken); err == nil || next != nil {
				t.Fatalf("Recompile accepts %s in %s", fault.Name, worlds.Brief(broken))
			}
		}
	})
}
