package remit_test

import (
	"slices"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
)

func TestEveryPriorityTierIsInTheCatalogueAndTheTableOfOperations(t *testing.T) {
	t.Parallel()
	above := []string{}
	for _, tier := range remit.PriorityTiers() {
		above = append(above, tier.Permission)
		if !slices.ContainsFunc(remit.Permissions(), func(p authz.Permission) bool { return p.Name == tier.Permission && p.Selectors }) {
			t.Errorf("%s is not in the catalogue", tier.Permission)
		}
		if !slices.ContainsFunc(remit.Operations(), func(op authz.Operation) bool {
			return op.Name == tier.Operation && len(op.Groups) == 1 && slices.Equal(op.Groups[0], above)
		}) {
			t.Errorf("%s does not ask for one of %v", tier.Operation, above)
		}
	}
}

func TestAPriorityTakesTheLowestTierThatReachesIt(t *testing.T) {
	t.Parallel()
	for priority, want := range map[int]string{-100: "", 0: "", 1: "job:priority.10", 10: "job:priority.10", 11: "job:priority.50", 50: "job:priority.50", 51: "job:priority", 100: "job:priority"} {
		tier, needed := remit.TierOf(priority)
		if tier.Permission != want || needed != (want != "") {
			t.Errorf("%d takes %q, %v; want %q", priority, tier.Permission, needed, want)
		}
	}
}
