package schedules

import (
	"strings"

	"github.com/remit-server/remit"
)

// reasonOf words what the owner was refused for all who may read the schedule,
// who need not see what its jobs are on: it names no thing and no value.
func reasonOf(e *remit.Error) string {
	state, isOfFile := strings.CutPrefix(e.Code, "file_")
	switch {
	case e.Kind == remit.Denied && e.Decision != nil:
		return "its owner lacks " + e.Decision.Permission
	case e.Kind == remit.NotFound && e.Field != "":
		return "to its owner there is no such file: " + e.Field
	case e.Kind == remit.NotFound:
		return "to its owner there is n" + strings.TrimPrefix(e.Message, "N") // "No such file"
	case isOfFile && e.Field != "":
		return "a file that " + e.Field + " names is " + state
	case isOfFile:
		return "the file that its job is on is " + state
	case e.Kind == remit.Invalid:
		return "the job's type does not take " + e.Field
	case e.Code == "type_off":
		return e.Message
	}
	return "its job cannot be made now (" + e.Code + ")"
}
