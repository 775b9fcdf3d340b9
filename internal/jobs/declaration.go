package jobs

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/parameters"
)

// The runners: those that nodes have, and that of workflows, which none has.
var runners = []string{"builtin", "process", runsSteps}

// Places that a job can be on, as a type's On names them.
const (
	onNothing    = "none"
	onFile       = "file"
	onCollection = "collection"
)

var (
	typeKey     = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	envName     = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)
	braces      = regexp.MustCompile(`\{\{|\}\}|\{[^{}]*\}`) // twice: one that is meant
	placeholder = regexp.MustCompile(`^\{(remit|input|inputs|(params|files)\.[A-Za-z0-9_-]+)\}$`)
)

// Bounds of a declaration.
const (
	maxAttempts    = 100
	maxBackoffS    = 24 * 60 * 60
	maxTimeLimit   = 365 * 24 * 60 * 60 // seconds
	maxDays        = 36_500
	maxTitle       = 200 // bytes
	maxDescription = 10_000
)

// declared is a declaration that was checked, with the schema of its parameters.
type declared struct {
	remit.JobType
	schema *parameters.Schema // nil = none
}

// completeType checks a declaration by itself and fills in defaults.
func completeType(t remit.JobType) (declared, error) {
	t = withDefaults(t)
	for _, check := range []func(remit.JobType) error{checkKey, checkPlaces, checkCommand, checkLimits, checkNotify, checkSteps} {
		if err := check(t); err != nil {
			return declared{}, err
		}
	}
	schema, err := parameters.Check(t.Params)
	if err != nil {
		return declared{}, err
	}
	return declared{t, schema}, checkPlaceholders(t, schema)
}

func withDefaults(t remit.JobType) remit.JobType {
	t.MaxAttempts = max(t.MaxAttempts, 1)
	t.Permissions, t.Off = nil, false
	t.Lends = slices.Clone(t.Lends)
	for i, l := range t.Lends {
		t.Lends[i].Of = cmp.Or(l.Of, "person")
	}
	return t
}

func checkKey(t remit.JobType) error {
	if !typeKey.MatchString(t.Key) {
		return invalid("key", "A job type's key is a lower-case letter and then up to 31 letters, digits and _; %.80q is not", t.Key)
	}
	switch {
	case strings.TrimSpace(t.Title) == "":
		return invalid("title", "Job type %s needs a title", t.Key)
	case len(t.Title) > maxTitle || !remit.IsText(t.Title):
		return invalid("title", "Job type %s: a title is UTF-8 without zero bytes, of at most %d bytes", t.Key, maxTitle)
	case len(t.Description) > maxDescription || !remit.IsText(t.Description):
		return invalid("description", "Job type %s: a description is UTF-8 without zero bytes, of at most %d bytes", t.Key, maxDescription)
	}
	return nil
}

func checkPlaces(t remit.JobType) error {
	places := slices.Sorted(slices.Values(t.On))
	if len(places) == 0 || len(slices.Compact(places)) != len(t.On) {
		return invalid("on", "Job type %s must say once each what it may be on: none, file, collection", t.Key)
	}
	for _, place := range t.On {
		if !slices.Contains([]string{onNothing, onFile, onCollection}, place) {
			return invalid("on", "Job type %s is on %.40q; it can be on none, file, collection", t.Key, place)
		}
	}
	return nil
}

func checkCommand(t remit.JobType) error {
	switch {
	case !slices.Contains(runners, t.Runner):
		return invalid("runner", "Job type %s has the unknown runner %.40q; there are %s", t.Key, t.Runner, strings.Join(runners, ", "))
	case t.Runner == "builtin" && (len(t.Command) > 0 || t.Args):
		return invalid("command", "Job type %s is built in: it has neither command nor args", t.Key)
	case t.Runner == "process" && (len(t.Command) == 0 || t.Command[0] == ""):
		return invalid("command", "Job type %s needs a command", t.Key)
	}
	for _, arg := range t.Command {
		if err := checkArgument(t.Key, arg); err != nil {
			return err
		}
	}
	for _, e := range t.Env {
		if !envName.MatchString(e) || !remit.IsText(e) {
			return invalid("env", "Job type %s: %.80q is not of the form NAME=value", t.Key, e)
		}
	}
	return nil
}

// checkArgument refuses misspelt placeholders, which would reach the program as they are.
func checkArgument(key, arg string) error {
	if !remit.IsText(arg) {
		return invalid("command", "Job type %s: an argument is UTF-8 without zero bytes", key)
	}
	for _, name := range braces.FindAllString(arg, -1) {
		if name == "{{" || name == "}}" {
			continue
		}
		if !placeholder.MatchString(name) {
			return invalid("command", "Job type %s: there is no placeholder %.40s; there are {remit}, {input}, {inputs}, {params.NAME} and {files.NAME}", key, name).
				WithHint("Braces that are meant are written twice: {{ and }}.")
		}
		if name == "{inputs}" && arg != name {
			return invalid("command", "Job type %s: {inputs} must be an argument of its own", key)
		}
	}
	return nil
}

func checkLimits(t remit.JobType) error {
	r := t.Resources
	switch {
	case t.TimeLimitS < 0 || t.TimeLimitS > maxTimeLimit:
		return invalid("time_limit_s", "Job type %s: a time limit goes from 0 (none) to %d seconds", t.Key, maxTimeLimit)
	case t.MaxAttempts > maxAttempts:
		return invalid("max_attempts", "Job type %s: max_attempts goes from 1 to %d", t.Key, maxAttempts)
	case t.BackoffS < 0 || t.BackoffS > maxBackoffS:
		return invalid("backoff_s", "Job type %s: backoff_s goes from 0 to %d", t.Key, maxBackoffS)
	case t.ArtifactDays < 0 || t.ArtifactDays > maxDays:
		return invalid("artifact_days", "Job type %s: artifact_days goes from 0 (for good) to %d", t.Key, maxDays)
	case r.CPUs < 0 || r.MemoryMB < 0 || r.GPUs < 0:
		return invalid("resources", "Job type %s: resources are not negative", t.Key)
	}
	return nil
}

// checkNotify refuses states that nobody is told of, and those named twice.
func checkNotify(t remit.JobType) error {
	for i, s := range t.Notify {
		field := fmt.Sprintf("notify.%d", i)
		if !s.Told() {
			return invalid(field, "Job type %s: nobody is told when a job is %.40q", t.Key, string(s)).
				WithHint("The states are succeeded, failed, cancelled and held.")
		}
		if slices.Contains(t.Notify[:i], s) {
			return invalid(field, "Job type %s names the state %s twice", t.Key, s)
		}
	}
	return nil
}

// checkLends refuses to lend what does not exist (R28).
func checkLends(p *authz.Policy, lends []remit.Lend) error {
	for _, l := range lends {
		permission, known := p.Permission(l.Permission)
		if !known {
			err := invalid("lends", "There is no permission %.80q to lend", l.Permission)
			if near := p.Suggest(l.Permission); near != "" {
				err = err.WithHint("Did you mean %s?", near)
			}
			return err
		}
		if permission.Level == authz.OnSite || permission.Never {
			return invalid("lends", "%s is about no input of a job, or nobody's ever", l.Permission)
		}
		if l.Of != "person" && l.Of != "type" {
			return invalid("lends", "%s is lent of %.40q; it can be of person or type", l.Permission, l.Of)
		}
	}
	return nil
}
