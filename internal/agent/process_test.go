package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/remit-server/remit"
)

// output takes both streams of a process, each copied by a goroutine of its own.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func workWith(t *testing.T, command ...string) (Work, *output) {
	t.Helper()
	var out output
	dir := t.TempDir()
	for _, d := range []string{inputsDir, outputsDir} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return Work{Assignment: remit.Assignment{Type: "test", Command: command}, Dir: dir,
		Stdout: &out, Stderr: &out, Progress: func(remit.Progress) {}}, &out
}

func TestAProcessRunsInItsDirectoryWithACleanEnvironment(t *testing.T) {
	t.Setenv("REMIT_KEY", "remit_secret")
	w, out := workWith(t, "sh", "-c", "pwd; env")
	w.Params = json.RawMessage(`{"threshold": 7.5, "name": "M 67"}`)
	w.Env = []string{"EXTRA=1"}
	if got := (&Process{}).Execute(t.Context(), w); got.State != remit.JobSucceeded {
		t.Fatalf("outcome %+v, output %s", got, out)
	}
	text := out.String()
	for _, want := range []string{w.Dir + "\n", "REMIT_PARAM_THRESHOLD=7.5\n", "REMIT_PARAM_NAME=M 67\n", "EXTRA=1\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("output lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "remit_secret") {
		t.Error("the node's own environment reached the process")
	}
}

func TestAProcessThatFailsTellsItsExitCode(t *testing.T) {
	t.Parallel()
	w, _ := workWith(t, "sh", "-c", "echo oh no >&2; exit 3")
	got := (&Process{}).Execute(t.Context(), w)
	if got.State != remit.JobFailed || got.ExitCode == nil || *got.ExitCode != 3 {
		t.Errorf("outcome %+v", got)
	}
}

func TestAProgramThatDoesNotExistFailsWithItsName(t *testing.T) {
	t.Parallel()
	w, _ := workWith(t, "no-such-program-here")
	if got := (&Process{}).Execute(t.Context(), w); got.State != remit.JobFailed || !strings.Contains(got.Error, "no-such-program-here") {
		t.Errorf("outcome %+v", got)
	}
}

func TestAStoppedProcessTakesItsChildrenWithIt(t *testing.T) {
	t.Parallel()
	w, _ := workWith(t, "sh", "-c", "sleep 300 & echo $! > child; wait")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for {
			if _, err := os.Stat(filepath.Join(w.Dir, "child")); err == nil {
				cancel()
				return
			}
			sleep(t.Context(), 10*time.Millisecond)
		}
	}()
	(&Process{Grace: time.Second}).Execute(ctx, w)
	child, err := os.ReadFile(filepath.Join(w.Dir, "child"))
	if err != nil {
		t.Fatal(err)
	}
	for runs(t, strings.TrimSpace(string(child))) { // killed, but it dies when it is its turn
		sleep(t.Context(), 10*time.Millisecond)
	}
}

// straying starts a process that leaves the program's process group, and then does what comes after.
func straying(after string) []string {
	return []string{"sh", "-c", "setsid sh -c 'echo $$ > child; exec sleep 300' >/dev/null 2>&1 & while ! test -s child; do sleep 0.01; done; " + after}
}

// wantEnded waits for the end of the process that straying started.
func wantEnded(t *testing.T, w Work) {
	t.Helper()
	child, err := os.ReadFile(filepath.Join(w.Dir, "child"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := strconv.Atoi(strings.TrimSpace(string(child))); err != nil {
		t.Fatal(err)
	}
	for runs(t, strings.TrimSpace(string(child))) {
		sleep(t.Context(), 10*time.Millisecond)
	}
}

func TestAProcessThatLeavesTheGroupEndsWithTheProgram(t *testing.T) {
	t.Parallel()
	for after, want := range map[string]remit.JobState{"exit 0": remit.JobSucceeded, "exit 3": remit.JobFailed} {
		w, out := workWith(t, straying(after)...)
		if got := (&Process{Grace: time.Second}).Execute(t.Context(), w); got.State != want {
			t.Errorf("%s: outcome %+v, output %s", after, got, out)
		}
		wantEnded(t, w)
	}
}

func TestAProcessThatLeavesTheGroupIsStoppedWithTheProgram(t *testing.T) {
	t.Parallel()
	w, _ := workWith(t, straying("touch ready; wait; sleep 300")...)
	other, _ := workWith(t, straying("exit 0")...)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		for ctx.Err() == nil {
			if _, err := os.Stat(filepath.Join(w.Dir, "ready")); err == nil {
				(&Process{}).Execute(t.Context(), other) // which ends no process but its own
				child, err := os.ReadFile(filepath.Join(w.Dir, "child"))
				if err != nil || !runs(t, strings.TrimSpace(string(child))) {
					t.Errorf("%s was ended with another attempt: %v", child, err)
				}
				return
			}
			sleep(ctx, 10*time.Millisecond)
		}
	}()
	(&Process{Grace: time.Second}).Execute(ctx, w)
	wantEnded(t, w)
}

// runs says whether a process lives. It fails the test when that takes long.
func runs(t *testing.T, pid string) bool {
	t.Helper()
	state, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil || strings.Contains(string(state), ") Z ") {
		return false
	}
	if deadline, ok := t.Deadline(); ok && time.Until(deadline) < time.Minute {
		t.Fatalf("process %s still runs: %s", pid, state)
	}
	return true
}

func TestATimeLimitFailsTheAttempt(t *testing.T) {
	t.Parallel()
	w, _ := workWith(t, "sleep", "300")
	w.TimeLimitS = 1
	if got := (&Process{Grace: time.Second}).Execute(t.Context(), w); got.State != remit.JobFailed || !strings.Contains(got.Error, "time limit") {
		t.Errorf("outcome %+v", got)
	}
}

func TestPlaceholdersStayOneArgument(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := Work{Assignment: remit.Assignment{
		Command: []string{"{remit}", "--name={params.name}", "{inputs}", "${{x%.fits}}", "{{{params.name}}}", "{{params.name}}", "-v"},
		Params:  json.RawMessage(`{"name": "a b; rm -rf {input}"}`),
		Args:    []string{"--threshold", "{params.name}"},
		Inputs:  []remit.Input{{Name: "n1/a.fits"}, {Name: "b c.fits"}},
	}}
	got, err := commandLine(w)
	want := []string{self, "--name=a b; rm -rf {input}", "inputs/n1/a.fits", "inputs/b c.fits", "${x%.fits}", "{a b; rm -rf {input}}", "{params.name}", "-v", "--threshold", "{params.name}"}
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v\n%s", err, cmp.Diff(want, got))
	}
}

func TestPlaceholdersThatCannotBeFilledAreRefused(t *testing.T) {
	t.Parallel()
	for _, arg := range []string{"{params.none}", "{input}", "x{inputs}"} {
		if got, err := commandLine(Work{Assignment: remit.Assignment{Command: []string{"cp", arg}}}); err == nil {
			t.Errorf("%s became %q", arg, got)
		}
	}
}

func TestProgressLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line string
		ok   bool
		want remit.Progress
	}{
		{"::progress 0.4 Finding sources in x.fits", true, remit.Progress{Fraction: 0.4, Stages: []remit.Stage{{Label: "Finding sources in x.fits"}}}},
		{"::progress 1", true, remit.Progress{Fraction: 1}},
		{"::progress 1.1 too far", false, remit.Progress{}},
		{"::progress NaN", false, remit.Progress{}},
		{"::progress", false, remit.Progress{}},
		{"progress 0.4", false, remit.Progress{}},
	} {
		got, ok := parseProgress(c.line)
		if ok != c.ok || !cmp.Equal(c.want, got) {
			t.Errorf("%q: %v %+v, want %v %+v", c.line, ok, got, c.ok, c.want)
		}
	}
}

func TestAProcessOfAnEarlierRunIsEnded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	attempt := filepath.Join(dir, "job_0000-1")
	for _, d := range []string{inputsDir, outputsDir} {
		if err := os.MkdirAll(filepath.Join(attempt, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w, _ := workWith(t, "sleep", "300")
	w.Dir = attempt
	ended := make(chan Outcome, 1)
	go func() { ended <- (&Process{}).Execute(t.Context(), w) }()
	for {
		if _, running := leftoverProcess(attempt); running {
			break
		}
		sleep(t.Context(), 10*time.Millisecond)
	}
	if err := clearLeftovers(dir, New(Options{}).opts.Log); err != nil {
		t.Fatal(err)
	}
	if got := <-ended; got.State != remit.JobFailed {
		t.Errorf("outcome %+v", got)
	}
	if _, err := os.Stat(attempt); !os.IsNotExist(err) {
		t.Errorf("the directory is still there: %v", err)
	}
}

func TestAProcessThatSucceededMayHaveLeftSomethingRunning(t *testing.T) {
	t.Parallel()
	w, out := workWith(t, "sh", "-c", "sleep 300 & echo done; exit 0")
	got := (&Process{Grace: 50 * time.Millisecond}).Execute(t.Context(), w)
	if got.State != remit.JobSucceeded || got.ExitCode == nil || *got.ExitCode != 0 || got.Error != "" {
		t.Errorf("outcome %+v, output %s", got, out)
	}
}
