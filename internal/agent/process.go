package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/remit-server/remit"
)

// Process runs an assignment's command as a process of this machine: in a
// process group of its own, in the attempt's directory, with a clean
// environment. Lines like `::progress 0.4 Resampling` on its standard output
// report progress; what it leaves under outputs/ becomes artifacts, and the JSON
// object in the file that REMIT_RESULT names is its result.
type Process struct {
	// Grace is how long a stopped process has between SIGTERM and SIGKILL; 0 means 10 s.
	Grace time.Duration
}

// errTimeLimit ends a process that ran for too long.
var errTimeLimit = errors.New("the time limit was reached")

// Execute implements Executor.
func (p *Process) Execute(ctx context.Context, w Work) Outcome {
	argv, err := commandLine(w)
	if err != nil {
		return Failed("%v", err)
	}
	if w.TimeLimitS > 0 {
		var done context.CancelFunc
		ctx, done = context.WithTimeoutCause(ctx, time.Duration(w.TimeLimitS)*time.Second, errTimeLimit)
		defer done()
	}
	cmd := p.command(ctx, argv, w)
	if err := cmd.Start(); err != nil {
		return Failed("%s could not be started: %v", argv[0], err)
	}
	if err := notePID(w.Dir, cmd.Process.Pid); err != nil {
		fmt.Fprintf(w.Stderr, "remit: %v\n", err)
	}
	err = cmd.Wait()
	killGroup(cmd.Process.Pid, syscall.SIGKILL) // whatever it left running
	if left := endStrays(w.Dir); left > 0 {
		fmt.Fprintf(w.Stderr, "remit: %d processes that it started could not be ended\n", left)
	}
	return outcome(ctx, cmd, err, w)
}

func (p *Process) command(ctx context.Context, argv []string, w Work) *exec.Cmd {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = w.Dir, environment(w)
	cmd.Stdout = io.MultiWriter(w.Stdout, &lines{each: func(line string) {
		if p, ok := parseProgress(line); ok {
			w.Progress(p)
		}
	}})
	cmd.Stderr = w.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	grace := p.Grace
	if grace == 0 {
		grace = 10 * time.Second
	}
	// The context's end sends SIGTERM to the group and its strays; WaitDelay then waits for
	// the grace time before it kills the process itself.
	cmd.Cancel = func() error {
		signalStrays(w.Dir, syscall.SIGTERM)
		return killGroup(cmd.Process.Pid, syscall.SIGTERM)
	}
	cmd.WaitDelay = grace
	return cmd
}

func outcome(ctx context.Context, cmd *exec.Cmd, err error, w Work) Outcome {
	code := cmd.ProcessState.ExitCode()
	if errors.Is(context.Cause(ctx), errTimeLimit) {
		o := Failed("stopped: %v (%d s)", errTimeLimit, w.TimeLimitS)
		o.ExitCode = &code
		return o
	}
	if errors.Is(err, exec.ErrWaitDelay) && code == 0 { // it succeeded; something that it started still had its output open
		fmt.Fprintln(w.Stderr, "remit: ended what the program left running")
		err = nil
	}
	if err == nil {
		return succeeded(&code, w)
	}
	o := Failed("%v", err)
	o.ExitCode = &code
	return o
}

// succeeded is the outcome of a program that ended well; a result that cannot
// be taken fails the attempt.
func succeeded(code *int, w Work) Outcome {
	result, err := readResult(w)
	if err != nil {
		o := Failed("the program ended well, but what it left in REMIT_RESULT is no result: %v", err)
		o.ExitCode = code
		return o
	}
	return Outcome{State: remit.JobSucceeded, ExitCode: code, Result: result}
}

func killGroup(pid int, signal syscall.Signal) error {
	err := syscall.Kill(-pid, signal)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// pidFile names the process group of an attempt, for a node that comes back
// after being killed.
const pidFile = ".pid"

func notePID(dir string, pid int) error {
	if err := os.WriteFile(filepath.Join(dir, pidFile), []byte(strconv.Itoa(pid)), 0o600); err != nil {
		return fmt.Errorf("noting the process: %w", err)
	}
	return nil
}
