package jobs

import (
	"maps"
	"slices"
	"strings"

	"github.com/remit-server/remit"
)

// noState refuses a state that there is not, and says which there are.
func noState(field string, state remit.JobState) error {
	var all []string
	for _, s := range slices.Sorted(maps.Keys(situation)) {
		all = append(all, string(s))
	}
	return invalid(field, "There is no job state %.40q", state).WithHint("There are %s.", strings.Join(all, ", "))
}
