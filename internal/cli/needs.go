package cli

import (
	"strings"

	"github.com/remit-server/remit"
)

// neededJobs are the jobs that were named; a dash alone names none.
func neededJobs(refs []string) []remit.JobID {
	needed := []remit.JobID{}
	for _, ref := range refs {
		if ref = strings.TrimSpace(ref); ref != "-" {
			needed = append(needed, remit.JobID(ref))
		}
	}
	return needed
}

func jobIDs(ids []remit.JobID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = string(id)
	}
	return strings.Join(words, " ")
}
