package jobs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// need is one job that another one needs, as the asker may see it.
type need struct {
	of, id remit.JobID
	name   string
	state  remit.JobState
}

// showNeeds adds which jobs jobs need, and for which of them they wait: those
// that the asker may read.
func showNeeds(r *gate.Reader, rows []row, shown []remit.Job) error {
	needs, err := needsOf(r, rows)
	if err != nil {
		return err
	}
	for i, j := range rows {
		for _, n := range needs[j.ID] {
			shown[i].Needs = append(shown[i].Needs, n.id)
		}
		if j.State == remit.JobHeld && j.HeldFor == heldForDependency {
			shown[i].Held = waitsFor(needs[j.ID])
		}
	}
	return nil
}

// needsOf looks them up all at once.
func needsOf(r *gate.Reader, rows []row) (map[remit.JobID][]need, error) {
	var of []remit.JobID
	for _, j := range rows {
		if j.Needs > 0 {
			of = append(of, j.ID)
		}
	}
	if len(of) == 0 {
		return nil, nil
	}
	query, args := selectSeenNeeds(r, of)
	all, err := db.Rows(r, scanNeed, query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading which jobs others need: %w", err)
	}
	needs := map[remit.JobID][]need{}
	for _, n := range all {
		needs[n.of] = append(needs[n.of], n)
	}
	return needs, nil
}

// reasonToWait is what the asker is told of why a job waits for others.
func reasonToWait(r *gate.Reader, j row) (string, error) {
	needs, err := needsOf(r, []row{j})
	return waitsFor(needs[j.ID]), err
}

// reasons bounds how many jobs a reason names.
const reasons = 3

// waitsFor words for which jobs one waits, first those that will not succeed by
// themselves.
func waitsFor(needs []need) string {
	open := slices.DeleteFunc(slices.Clone(needs), func(n need) bool { return n.state == remit.JobSucceeded })
	if len(open) == 0 {
		return "it needs a job that is not there any more, or that you may not see"
	}
	slices.SortStableFunc(open, func(a, b need) int { return a.hope() - b.hope() })
	var words []string
	for _, n := range open[:min(len(open), reasons)] {
		words = append(words, n.words())
	}
	if more := len(open) - len(words); more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	return "it needs " + strings.Join(words, "; ")
}

// hope is 0 for a job that somebody must do something about.
func (n need) hope() int {
	if n.state.Finished() {
		return 0
	}
	return 1
}

func (n need) words() string {
	words := "job " + string(n.id)
	if n.name != "" {
		words += " (" + n.name + ")"
	}
	switch n.state {
	case remit.JobFailed:
		return words + ", which has failed: retry that one, or cancel this one"
	case remit.JobCancelled:
		return words + ", which was cancelled: retry that one, or cancel this one"
	case remit.JobCreated:
		return words + ", which nobody has asked to run yet"
	}
	return words + ", which is " + string(n.state)
}
