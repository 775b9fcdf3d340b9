package jobs

import (
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/parameters"
)

// Bounds of free arguments.
const (
	maxArgs     = 200
	maxArgBytes = 16 << 10 // together
)

func checkArgs(t remit.JobType, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !t.Args {
		return invalid("args", "Job type %s takes no arguments", t.Key)
	}
	bytes := 0
	for _, arg := range args {
		bytes += len(arg)
		if !remit.IsText(arg) {
			return invalid("args", "An argument is UTF-8 without zero bytes")
		}
	}
	if len(args) > maxArgs || bytes > maxArgBytes {
		return invalid("args", "Too many arguments: at most %d of together %d bytes", maxArgs, maxArgBytes)
	}
	return nil
}

// checkPlaceholders holds that the command tells no secret: everybody on a
// machine sees the arguments of its programs. {files.x} is of a file parameter.
func checkPlaceholders(t remit.JobType, schema *parameters.Schema) error {
	secrets, files := parameters.Secrets(schema), parameters.Files(schema)
	for _, arg := range t.Command {
		for _, name := range braces.FindAllString(arg, -1) {
			name = strings.Trim(name, "{}")
			if param, ok := strings.CutPrefix(name, "params."); ok && slices.Contains(secrets, param) {
				return invalid("command", "Job type %s: the secret %s cannot be an argument, which everybody on the node's machine can see", t.Key, param).
					WithHint("The program finds it in the environment as %s, and in params.json.", remit.ParamVariable(param))
			}
			if param, ok := strings.CutPrefix(name, "files."); ok && !slices.Contains(files, param) {
				return invalid("command", "Job type %s: there is no file parameter %s", t.Key, param)
			}
		}
	}
	return nil
}
