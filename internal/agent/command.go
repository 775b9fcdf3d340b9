package agent

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/remit-server/remit"
)

// placeholder is a name in braces inside an argument of a command, or a brace
// written twice, which is one that is meant.
var placeholder = regexp.MustCompile(`\{\{|\}\}|\{(remit|input|inputs|(?:params|files)\.[A-Za-z0-9_-]+)\}`)

// commandLine makes the arguments of a process: each argument of the job
// type's command with its placeholders replaced, then the caller's own
// arguments. A value stays one argument; no shell ever sees it.
//
//	{remit}     the path of this program
//	{input}     the path of the one file that the job is on, or that it takes of another step if it is on none
//	{inputs}    the paths of all of both, one argument each; stands alone
//	{params.x}  the parameter x as text
//	{{ }}       { and }
//	{files.x}   the path of the file that the parameter x names; alone, all paths of a list
func commandLine(w Work) ([]string, error) {
	if len(w.Command) == 0 {
		return nil, fmt.Errorf("job type %s has no command", w.Type)
	}
	params, err := paramTexts(w.Params)
	if err != nil {
		return nil, err
	}
	var argv []string
	for _, arg := range w.Command {
		if arg == "{inputs}" {
			argv = append(argv, inputPaths(w)...)
			continue
		}
		if param, ok := standsAlone(arg, "files."); ok {
			argv = append(argv, paramPaths(w, param)...)
			continue
		}
		arg, err := fill(arg, w, params)
		if err != nil {
			return nil, err
		}
		argv = append(argv, arg)
	}
	return append(argv, w.Args...), nil
}

// fill replaces the placeholders of one argument in one pass, so that a value
// that looks like a placeholder stays as it is.
func fill(arg string, w Work, params map[string]string) (string, error) {
	var bad error
	filled := placeholder.ReplaceAllStringFunc(arg, func(name string) string {
		if name == "{{" || name == "}}" {
			return name[:1]
		}
		value, err := placeholderValue(strings.Trim(name, "{}"), w, params)
		if err != nil && bad == nil {
			bad = fmt.Errorf("argument %q of job type %s: %w", arg, w.Type, err)
		}
		return value
	})
	return filled, bad
}

func placeholderValue(name string, w Work, params map[string]string) (string, error) {
	if param, ok := strings.CutPrefix(name, "files."); ok {
		paths := paramPaths(w, param)
		if len(paths) != 1 {
			return "", fmt.Errorf("parameter %s names %d files, not one", param, len(paths))
		}
		return paths[0], nil
	}
	switch name {
	case "remit":
		return os.Executable()
	case "inputs":
		return "", fmt.Errorf("{inputs} must be an argument of its own")
	case "input":
		return onePath(w)
	}
	value, ok := params[strings.TrimPrefix(name, "params.")]
	if !ok {
		return "", fmt.Errorf("parameter %s is not given", strings.TrimPrefix(name, "params."))
	}
	return value, nil
}

// inputPaths are of what the job is on, then of what it takes of other steps,
// relative to the attempt's directory, where the process starts.
func inputPaths(w Work) []string { return paramPaths(w, "") }

// onePath is of the one file that the job is on or, if it is on none, of the one
// that it takes of another step.
func onePath(w Work) (string, error) {
	own := w
	own.Inputs = slices.DeleteFunc(slices.Clone(w.Inputs), func(in remit.Input) bool { return in.Step != "" })
	paths := inputPaths(own)
	if len(paths) == 0 {
		paths = inputPaths(w)
	}
	if len(paths) != 1 {
		return "", fmt.Errorf("{input} needs exactly one input; there are %d", len(paths))
	}
	return paths[0], nil
}

// paramPaths are those of the files that a parameter names.
func paramPaths(w Work, param string) (paths []string) {
	for _, in := range w.Inputs {
		if in.Param == param {
			paths = append(paths, filepath.Join(inputsDir, filepath.FromSlash(in.Name)))
		}
	}
	return paths
}

// standsAlone is what follows the prefix when arg is one such placeholder.
func standsAlone(arg, prefix string) (name string, ok bool) {
	if name, ok = strings.CutPrefix(arg, "{"+prefix); ok {
		name, ok = strings.CutSuffix(name, "}")
	}
	return name, ok && !strings.ContainsAny(name, "{}")
}

// paramTexts are the parameters as a program reads them: text bare, anything else as JSON.
func paramTexts(raw json.RawMessage) (map[string]string, error) {
	texts := map[string]string{}
	if len(raw) == 0 {
		return texts, nil
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil {
		return nil, fmt.Errorf("reading the parameters: %w", err)
	}
	for name, value := range values {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		texts[name] = text
	}
	return texts, nil
}

// environment is all that a process sees of ours: a few names that programs
// expect, where the result goes (REMIT_RESULT), the parameters as REMIT_PARAM_NAME, the paths of file parameters as
// REMIT_FILES_NAME, and what the job type declares.
func environment(w Work) []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "HOME=" + w.Dir, "TMPDIR=" + w.Dir,
		"REMIT_JOB=" + string(w.Job), fmt.Sprintf("REMIT_ATTEMPT=%d", w.Attempt), "REMIT_PROJECT=" + w.Project,
		resultVariable(w.Dir),
	}
	params, err := paramTexts(w.Params)
	if err != nil {
		return append(env, w.Env...) // commandLine has refused it already
	}
	for name, text := range params {
		env = append(env, remit.ParamVariable(name)+"="+text)
		if paths := paramPaths(w, name); name != "" && len(paths) > 0 {
			env = append(env, remit.FilesVariable(name)+"="+strings.Join(paths, "\n"))
		}
	}
	return append(env, w.Env...)
}
