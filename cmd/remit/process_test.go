package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for something that goes on in another process.
const patience = 90 * time.Second

// poll is how often it is looked for.
const poll = 20 * time.Millisecond

// process is the program at work. One goroutine may wait for what it says.
type process struct {
	cmd   *exec.Cmd
	said  output
	ended chan struct{}
	err   error // how it ended; to be read after ended
}

// launch starts the program with a clean environment, in a process group of
// its own, away from the terminal's signals. in may be nil.
func launch(home string, in io.Reader, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(remit, args...), ended: make(chan struct{})}
	p.cmd.Env = []string{"PATH=" + filepath.Join(home, "bin") + string(filepath.ListSeparator) + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + os.TempDir()}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = in, &p.said, &p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// start is launch for a test, which kills what still runs at its end.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	p, err := launch(t.TempDir(), nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("remit %s said:\n%s", strings.Join(args, " "), &p.said)
		}
	})
	return p
}

// kill ends the process as a power cut would, and only it: not its children.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.ended
}

// interrupt is Ctrl-C. It returns how the process ended.
func (p *process) interrupt() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.ended:
		return p.err
	case <-time.After(patience):
		p.kill()
		return fmt.Errorf("it did not stop in %v after an interrupt", patience)
	}
}

// hears waits until the process has said something that matches pattern, and
// returns the pattern's first group.
func (p *process) hears(ctx context.Context, pattern string) (string, error) {
	wanted := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline) && ctx.Err() == nil; time.Sleep(poll) {
		over := isClosed(p.ended)
		if found := wanted.FindStringSubmatch(p.said.String()); found != nil {
			return found[len(found)-1], nil
		}
		if over {
			return "", fmt.Errorf("it ended (%v) without saying %q; it said:\n%s", p.err, pattern, &p.said)
		}
	}
	return "", fmt.Errorf("it did not say %q; it said:\n%s", pattern, &p.said)
}

func (p *process) says(t *testing.T, pattern string) string {
	t.Helper()
	found, err := p.hears(t.Context(), pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// output is what a process has said so far.
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

// until waits for something to become true.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(poll) {
		if time.Now().After(deadline) || t.Context().Err() != nil {
			t.Fatalf("it did not come to this: %s", what)
		}
	}
}

// alive says whether a process runs. One that has ended and that nobody has
// asked about yet does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, state, ok := strings.Cut(string(stat[bytes.LastIndexByte(stat, ')'):]), " ")
	return ok && !strings.HasPrefix(state, "Z") && !strings.HasPrefix(state, "X")
}

// workingIn lists the processes that have dir, or a path below it, among
// their arguments or as their directory.
func workingIn(t *testing.T, dir string) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || !alive(pid) {
			continue
		}
		args, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline")) // it may have ended since
		cwd, _ := os.Readlink(filepath.Join("/proc", e.Name(), "cwd"))
		if bytes.Contains(args, []byte(dir)) || strings.HasPrefix(cwd, dir) {
			found = append(found, pid)
		}
	}
	return found
}
