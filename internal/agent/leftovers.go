package agent

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// clearLeftovers ends the processes and removes the directories of attempts
// that an earlier run of this node left behind when it was killed.
func clearLeftovers(dir string, log *slog.Logger) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("reading the node's directory: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), "job_") {
			continue
		}
		attempt := filepath.Join(dir, e.Name())
		if pid, ok := leftoverProcess(attempt); ok {
			log.Warn("ending a process of an earlier run", "pid", pid, "attempt", e.Name())
			if err := killGroup(pid, syscall.SIGKILL); err != nil {
				log.Warn("it could not be ended", "pid", pid, "error", err)
			}
		}
		if left := endStrays(attempt); left > 0 {
			log.Warn("processes of an earlier run could not be ended", "attempt", e.Name(), "processes", left)
		}
		if err := os.RemoveAll(attempt); err != nil {
			return fmt.Errorf("removing an earlier attempt's directory: %w", err)
		}
	}
	return nil
}

// leftoverProcess is the attempt's process if it still runs. A number may have
// been given to another process since, so its working directory must be the
// attempt's.
func leftoverProcess(attempt string) (pid int, running bool) {
	data, err := os.ReadFile(filepath.Join(attempt, pidFile))
	if err != nil {
		return 0, false
	}
	pid, err = strconv.Atoi(string(data))
	if err != nil || pid <= 1 {
		return 0, false
	}
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil {
		return 0, false
	}
	abs, err := filepath.Abs(attempt)
	return pid, err == nil && cwd == abs
}
