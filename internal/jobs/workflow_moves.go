package jobs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// workflowSituation is situation for workflows, which no node ever has.
var workflowSituation = map[remit.JobState]string{
	remit.JobQueued:     "it is about to begin with its steps",
	remit.JobRunning:    "it goes on with its steps",
	remit.JobCancelling: "its steps have been told to stop",
}

// wrongMove is err, that the job's state does not take the event, for people: of a
// workflow with the held steps that somebody may have to free.
func wrongMove(r *gate.Reader, j *row, event Event, err error) error {
	why, is := workflowSituation[j.State]
	if !j.Workflow || !is {
		return naming(j.ID, err)
	}
	e := remit.Errorf(remit.Conflict, "Job %s is unchanged: a workflow that is %s does not take %q: %s", j.ID, j.State, event, why).WithCode("wrong_state")
	hint, fault := heldSteps(r, j)
	if fault != nil {
		return fault
	}
	if hint != "" {
		e = e.WithHint("%s", hint)
	}
	return e
}

// heldSteps says how steps go on that are held for a right, of those that the
// asker may see; "" when none is.
func heldSteps(r *gate.Reader, j *row) (hint string, err error) {
	steps, err := db.Rows(r, scanJob, selectSteps, j.ID)
	if err != nil {
		return "", fmt.Errorf("reading the steps of workflow %s: %w", j.ID, err)
	}
	steps = slices.DeleteFunc(steps, func(s row) bool {
		return s.State != remit.JobHeld || s.HeldFor != heldForRight || !r.Can("job.read", s.resource()).Allowed
	})
	slices.SortFunc(steps, func(a, b row) int { return strings.Compare(a.Step, b.Step) })
	var words []string
	for _, s := range steps[:min(len(steps), reasons)] {
		words = append(words, fmt.Sprintf("step %s is held, and `remit run %s` asks to run it", s.Step, s.ID))
	}
	if more := len(steps) - len(words); more > 0 {
		words = append(words, fmt.Sprintf("%d more are held", more))
	}
	if len(words) == 0 {
		return "", nil
	}
	return "Its " + strings.Join(words, "; ") + ".", nil
}
