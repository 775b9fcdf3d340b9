package jobs

import (
	"errors"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

func checkPriority(priority int) error {
	if priority < -remit.MaxPriority || priority > remit.MaxPriority {
		return invalid("priority", "The priority is %d; it goes from %d to %d", priority, -remit.MaxPriority, remit.MaxPriority)
	}
	return nil
}

func (d *draft) requirePriority(tx *gate.Tx) error {
	return requirePriority(&tx.Reader, d.who, d.at, d.Priority)
}

// requirePriority refuses who may not let a job go so high, and says how high
// they may.
func requirePriority(r *gate.Reader, who authz.Subject, on authz.Resource, priority int) error {
	tier, needed := remit.TierOf(priority)
	if !needed {
		return nil
	}
	err := r.RequireAs(who, tier.Operation, on)
	e, ok := errors.AsType[*remit.Error](err)
	if !ok || e.Kind != remit.Denied || e.Decision == nil {
		return err
	}
	e.Message += fmt.Sprintf("; the highest priority that you may ask for here is %d", highestPriority(r, who, on))
	if e.Decision.Rule == nothingSpoke && tier.Permission != e.Decision.Permission {
		e.Hint += fmt.Sprintf(" Up to %d, %s is enough.", tier.Highest, tier.Permission)
	}
	return err
}

// nothingSpoke is the rule that refuses what no right and no deny is about.
const nothingSpoke = 14

// boundPriority lowers the job's priority to the highest that the asker may ask
// for: who asks to run a job submits it (R26).
func boundPriority(tx *gate.Tx, j *row) error {
	if j.Priority <= 0 {
		return nil
	}
	most := highestPriority(&tx.Reader, tx.Who(), j.resource())
	if j.Priority <= most {
		return nil
	}
	if err := tx.Record("job.update", j.Project, string(j.ID), fmt.Sprintf("priority %d → %d, the highest that they may ask for", j.Priority, most)); err != nil {
		return err
	}
	return setPriority(tx, j, most)
}

// highestPriority is how high somebody may let a job go, 0 without any right.
func highestPriority(r *gate.Reader, who authz.Subject, on authz.Resource) int {
	for _, tier := range remit.PriorityTiers() {
		if r.CanAs(who, tier.Operation, on).Allowed {
			return tier.Highest
		}
	}
	return 0
}
