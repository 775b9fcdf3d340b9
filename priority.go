package remit

import "fmt"

// MaxPriority bounds a job's priority on both sides of 0.
const MaxPriority = 100

// PriorityTier is a right to let jobs go before those of others, as high as
// Highest. A tier is asked for by an operation of its own, which every higher tier
// permits too; a deny of the highest refuses them all.
type PriorityTier struct {
	Highest    int
	Permission string
	Operation  string
}

// PriorityTiers are all there are, the highest first. At 0 and below everybody
// is free.
func PriorityTiers() []PriorityTier {
	return []PriorityTier{
		{MaxPriority, "job:priority", "job.prioritize"},
		{50, "job:priority.50", "job.prioritize_50"},
		{10, "job:priority.10", "job.prioritize_10"},
	}
}

// TierOf is the lowest tier that reaches a priority; false where none is needed.
func TierOf(priority int) (of PriorityTier, needed bool) {
	for _, tier := range PriorityTiers() {
		if priority > 0 && priority <= tier.Highest {
			of, needed = tier, true
		}
	}
	return of, needed
}

func priorityTitle(highest int) string {
	return fmt.Sprintf("Let jobs go before those of others, up to priority %d", highest)
}
