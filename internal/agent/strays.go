package agent

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// Strays are processes that an attempt's program started and that left its
// process group (setsid). They are known by their environment, which has the
// attempt's REMIT_RESULT: where there is no /proc, none are known, and nowhere
// those that cleared their environment or run as somebody else.

// endStrays kills the strays of an attempt, and those that these start meanwhile.
// It returns how many do not die.
func endStrays(dir string) (left int) {
	const pause, tries = 10 * time.Millisecond, 200
	for range tries {
		if left = signalStrays(dir, syscall.SIGKILL); left == 0 {
			return 0
		}
		time.Sleep(pause) // each dies when it is its turn
	}
	return left
}

// signalStrays sends a signal to the strays of an attempt that there are, and counts them.
func signalStrays(dir string, signal syscall.Signal) (found int) {
	marker := []byte(resultVariable(dir))
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && pid > 1 && pid != os.Getpid() && signalIf(pid, marker, signal) {
			found++
		}
	}
	return found
}

// signalIf sends a signal to a process whose environment has the marker. It takes
// hold of the process before it looks, so that another one that has got the
// number since is not hit.
func signalIf(pid int, marker []byte, signal syscall.Signal) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer p.Release()
	environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	is := func(variable []byte) bool { return bytes.Equal(variable, marker) }
	return err == nil && slices.ContainsFunc(bytes.Split(environ, []byte{0}), is) && p.Signal(signal) == nil
}
