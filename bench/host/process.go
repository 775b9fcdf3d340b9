package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Process is a server that runs until its context ends or stop is called.
type Process struct {
	name  string
	log   string // what it says goes into this file
	stop  func() error
	ended chan struct{}
}

const (
	startingUp  = time.Minute
	windingDown = 10 * time.Second // from the request to end until the end by force
)

// Launch starts a program with an empty environment. It is asked to end, by
// its own pid, when ctx ends.
func Launch(ctx context.Context, dir, program string, args ...string) (*Process, error) {
	p := &Process{name: filepath.Base(program), ended: make(chan struct{})}
	p.log = filepath.Join(dir, p.name+".log")
	said, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	own, cancel := context.WithCancel(ctx)
	cmd := command(own, dir, program, args...)
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, errors.Join(absent(err), said.Close())
	}
	var result error
	go func() {
		defer close(p.ended)
		result = errors.Join(cmd.Wait(), said.Close())
	}()
	p.stop = func() error {
		asked := own.Err() != nil
		select {
		case <-p.ended:
			if !asked {
				return fmt.Errorf("%s ended by itself: %v\n%s", p.name, result, p.tail())
			}
		default:
		}
		cancel()
		<-p.ended
		return nil
	}
	return p, nil
}

// command is a program in dir, with next to no environment, that is asked to
// end, and then made to, when ctx ends.
func command(ctx context.Context, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = dir, []string{"HOME=" + dir, "TMPDIR=" + dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the terminal's signals are for this program only
	cmd.Cancel, cmd.WaitDelay = func() error { return cmd.Process.Signal(syscall.SIGTERM) }, windingDown
	return cmd
}

// Run waits for a program that does something and ends. Whoever asks for a
// password gets one.
func Run(ctx context.Context, dir, program string, args ...string) error {
	cmd := command(ctx, dir, program, args...)
	cmd.Stdin = strings.NewReader("correct horse battery staple\n")
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(program), args[0], absent(err), said)
	}
	return nil
}

// absent says what to do about a program that is not there.
func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: run `make bench-servers` first", err)
	}
	return err
}

// End stops the process; nil is one that never started.
func (p *Process) End() error {
	if p == nil {
		return nil
	}
	return p.stop()
}

// Ready waits until the address answers with 200.
func (p *Process) Ready(ctx context.Context, address string) error {
	ctx, done := context.WithTimeout(ctx, startingUp)
	defer done()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w\n%s", p.name, context.Cause(ctx), p.tail())
		case <-p.ended:
			return fmt.Errorf("%s does not start\n%s", p.name, p.tail())
		case <-tick.C:
		}
		if answers(ctx, address) {
			return nil
		}
	}
}

func answers(ctx context.Context, address string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	return errors.Join(res.Body.Close()) == nil && res.StatusCode == http.StatusOK
}

// tail is the end of what the process said.
func (p *Process) tail() string {
	said, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(said[max(0, len(said)-2000):])
}

// FreeAddresses are some that nothing listens on at the moment.
func FreeAddresses(n int) (list []string, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		list = append(list, l.Addr().String())
	}
	return list, nil
}
