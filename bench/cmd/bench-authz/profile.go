package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime/pprof"
	"time"

	"github.com/remit-server/remit/bench/figures"
)

// profiled is how long something is looked at to see where its time goes.
const profiled = 2 * time.Second

// explained adds a profile of do to a target that is not met. Targets about
// the same thing share one, which is kept in once.
func explained(t figures.Target, once *string, do func() error) figures.Target {
	if t.Met {
		return t
	}
	if *once == "" {
		top, err := profile(do)
		if err != nil {
			top = "no profile: " + err.Error()
		}
		*once = top
	}
	t.Profile = *once
	return t
}

// profile returns the functions in which most of the time is spent.
func profile(do func() error) (string, error) {
	file, err := os.CreateTemp("", "bench-authz-*.prof")
	if err != nil {
		return "", err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if err := pprof.StartCPUProfile(file); err != nil {
		return "", err
	}
	err = repeat(do)
	pprof.StopCPUProfile()
	if err != nil {
		return "", err
	}
	return top(file.Name())
}

func repeat(do func() error) error {
	for begun := time.Now(); time.Since(begun) < profiled; {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// top lists a profile by cumulated time.
func top(file string) (string, error) {
	said, err := exec.Command("go", "tool", "pprof", "-top", "-nodecount=16", file).Output()
	if err != nil {
		return "", fmt.Errorf("go tool pprof: %w", err)
	}
	if at := bytes.Index(said, []byte("flat  flat%")); at >= 0 {
		said = said[bytes.LastIndexByte(said[:at], '\n')+1:]
	}
	return string(bytes.TrimRight(said, "\n")), nil
}
