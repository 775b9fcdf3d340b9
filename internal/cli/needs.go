package cli

import (
	"strings"

	"github.com/remit-server/remit"
)

// neededJobs are the jobs that were named, nil for a flag that was not typed; a
// dash alone names none. What is empty, such as a variable that nobody has set,
// is no dash.
func neededJobs(refs []string) ([]remit.JobID, error) {
	if refs == nil {
		return nil, nil
	}
	needed := []remit.JobID{}
	for _, ref := range refs {
		switch ref = strings.TrimSpace(ref); ref {
		case "-":
		case "":
			return nil, namesNone()
		default:
			needed = append(needed, remit.JobID(ref))
		}
	}
	if len(refs) == 0 {
		return nil, namesNone()
	}
	return needed, nil
}

func namesNone() error {
	return remit.Errorf(remit.Invalid, "--needs names no job").WithField("needs").WithHint("Name jobs by their ids or names; a dash says that it needs none.")
}

func jobIDs(ids []remit.JobID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = string(id)
	}
	return strings.Join(words, " ")
}
