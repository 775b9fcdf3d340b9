package schedules

import (
	"strings"

	"github.com/remit-server/remit"
)

// reasonOf words what the owner was refused for all who may read the schedule,
// who need not see what its jobs are on: it names no thing and no value.
func reasonOf(e *remit.Error, on remit.On) string {
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
	case e.Kind == remit.Invalid && e.Field == "type":
		return e.Message
	case e.Kind == remit.Invalid && e.Field == "on":
		return notOn(on) + ": change what the schedule is on, or delete it"
	case e.Kind == remit.Invalid:
		return "the job's type does not take " + e.Field
	case e.Code == "type_off":
		return e.Message
	}
	return "its job cannot be made now (" + e.Code + ")"
}

// notOn says that the type of jobs is on other things than it was.
func notOn(on remit.On) string {
	switch {
	case on.File != "":
		return "jobs of this type are not on files any more"
	case on.Collection != "":
		return "jobs of this type are not on collections any more"
	}
	return "jobs of this type are on a file or a collection now"
}
