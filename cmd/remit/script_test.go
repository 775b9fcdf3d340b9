package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts may use, besides what testscript has:
//
//	start VAR PATTERN PROGRAM ARG…   run it until the script ends (it must then end well on an
//	                                 interrupt); what PATTERN's group matches becomes $VAR
//	exits CODE [<FILE] PROGRAM ARG…  run it, expect that exit code; FILE is its standard input
//	interrupted PATTERN remit ARG…   run it until it says what matches PATTERN, then Ctrl-C: it must
//	                                 end with 130 and leave on stdout all that it said
//	until PATTERN PROGRAM ARG…       run it again and again until its output matches
//	json [FILE], jsonl [FILE]        FILE (default stdout) is one JSON document, or one a line
//	example FILE PAGE LINE           FILE becomes the example on a page of the docs that begins with LINE
//	field VAR FILE PATH              $VAR becomes what is at PATH (items.0.id) of a document
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", bin+string(filepath.ListSeparator)+e.Getenv("PATH"))
			e.Values[theTest] = e.T()
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			return os.Mkdir(filepath.Join(e.WorkDir, "home"), 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": startCommand, "exits": exitsCommand, "interrupted": interruptedCommand, "until": untilCommand, "json": jsonCommand, "jsonl": jsonlCommand, "field": fieldCommand, "example": exampleCommand,
		},
	})
}

// theTest is where a script keeps its testing.TB.
const theTest = "the test"

func needs(ts *testscript.TestScript, neg bool, args []string, least int, usage string) {
	if neg || len(args) < least {
		ts.Fatalf("usage: %s", usage)
	}
}

func startCommand(ts *testscript.TestScript, neg bool, args []string) {
	needs(ts, neg, args, 3, "start VAR PATTERN remit ARG…")
	if args[2] != "remit" {
		ts.Fatalf("start is for remit")
	}
	p, err := launch(ts.Getenv("HOME"), nil, args[3:]...)
	ts.Check(err)
	t := ts.Value(theTest).(testing.TB)
	ts.Defer(func() {
		if err := p.interrupt(); err != nil {
			t.Errorf("%s ended badly: %v\n%s", strings.Join(args[2:], " "), err, &p.said)
		}
	})
	found, err := p.hears(t.Context(), args[1])
	ts.Check(err)
	ts.Setenv(args[0], found)
}

func interruptedCommand(ts *testscript.TestScript, neg bool, args []string) {
	needs(ts, neg, args, 3, "interrupted PATTERN remit ARG…")
	p, err := launch(ts.Getenv("HOME"), nil, args[2:]...)
	ts.Check(err)
	_, heard := p.hears(ts.Value(theTest).(testing.TB).Context(), args[0])
	ended := p.interrupt()
	ts.Check(heard)
	fmt.Fprint(ts.Stdout(), &p.said)
	if exit, ok := errors.AsType[*exec.ExitError](ended); !ok || exit.ExitCode() != 130 {
		ts.Fatalf("it ended with %v, not 130, and said:\n%s", ended, &p.said)
	}
}

// command runs a program in the script's place and environment.
func command(ts *testscript.TestScript, args []string) (code int, stdout, stderr string) {
	var stdin []byte
	if file, ok := strings.CutPrefix(args[0], "<"); ok {
		stdin, args = []byte(ts.ReadFile(file)), args[1:]
	}
	program := args[0]
	if program == "remit" {
		program = remit
	}
	cmd := exec.Command(program, args[1:]...)
	var out, err bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), bytes.NewReader(stdin), &out, &err
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "REMIT_URL", "REMIT_KEY", "REMIT_PROJECT", "REMIT_NODE_KEY"} {
		if value := ts.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	if failed := cmd.Run(); failed != nil && !errors.As(failed, new(*exec.ExitError)) {
		ts.Fatalf("%v", failed)
	}
	return cmd.ProcessState.ExitCode(), out.String(), err.String()
}

func exitsCommand(ts *testscript.TestScript, neg bool, args []string) {
	needs(ts, neg, args, 2, "exits CODE [<FILE] PROGRAM ARG…")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code, stdout, stderr := command(ts, args[1:])
	fmt.Fprint(ts.Stdout(), stdout)
	fmt.Fprint(ts.Stderr(), stderr)
	if code != want {
		ts.Fatalf("the exit code is %d, not %d\n%s%s", code, want, stdout, stderr)
	}
}

func untilCommand(ts *testscript.TestScript, neg bool, args []string) {
	needs(ts, neg, args, 2, "until PATTERN PROGRAM ARG…")
	wanted := regexp.MustCompile(args[0])
	stdout, stderr := "", ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(poll) {
		if _, stdout, stderr = command(ts, args[1:]); wanted.MatchString(stdout) {
			fmt.Fprint(ts.Stdout(), stdout)
			return
		}
	}
	ts.Fatalf("it did not come to %q but to:\n%s%s", args[0], stdout, stderr)
}

func jsonCommand(ts *testscript.TestScript, neg bool, args []string) {
	for _, file := range orStdout(args) {
		if text := ts.ReadFile(file); !json.Valid([]byte(text)) {
			ts.Fatalf("%s is not one JSON document:\n%s", file, text)
		}
	}
}

func jsonlCommand(ts *testscript.TestScript, neg bool, args []string) {
	for _, file := range orStdout(args) {
		lines := strings.Split(strings.TrimSuffix(ts.ReadFile(file), "\n"), "\n")
		for _, line := range lines {
			if !json.Valid([]byte(line)) {
				ts.Fatalf("this line of %s is no JSON document:\n%s", file, line)
			}
		}
	}
}

func orStdout(files []string) []string {
	if len(files) == 0 {
		return []string{"stdout"}
	}
	return files
}

func fieldCommand(ts *testscript.TestScript, neg bool, args []string) {
	needs(ts, neg, args, 3, "field VAR FILE PATH")
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &v))
	for step := range strings.SplitSeq(args[2], ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(at) {
				ts.Fatalf("%s: there is no %s", args[2], step)
			}
			v = at[i]
		}
	}
	if v == nil {
		ts.Fatalf("%s is nowhere in %s", args[2], args[1])
	}
	ts.Setenv(args[0], fmt.Sprint(v))
}
