// Command bench-jobs measures Remit's queue of jobs beside the least SQL that a
// queue can be, and beside River, and writes the report docs/benchmarks/jobs.md.
//
// Its one invariant: a figure in the report was measured by the run that wrote
// it, and only of jobs that were claimed once, were finished, and have their
// history. The prose comes from jobs.md.tmpl.
//
//	bench-jobs                            # all of it, to the standard output
//	bench-jobs -only 'postgres|sqlite'    # some sections
//	bench-jobs -quick                     # shows that it works; the figures say little
//	bench-jobs -only postgres -case 'remit/0/10' -cpuprofile cpu.prof
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"
	"time"

	"github.com/remit-server/remit/bench/figures"
	"github.com/remit-server/remit/bench/host"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench-jobs:", err)
		os.Exit(1)
	}
}

//go:embed jobs.md.tmpl
var prose string

func run(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("bench-jobs", flag.ContinueOnError)
	quick := flags.Bool("quick", false, "small and short, to see that it works")
	only := flags.String("only", ".*", "run the sections whose whole names match this regular expression")
	cases := flags.String("case", ".*", "measure the cases of a section whose whole names match this one")
	out := flags.String("out", "", "also write the report to this file")
	bin := flags.String("bin", "../bin", "folder of the program that is asked over HTTP")
	profile := flags.String("cpuprofile", "", "write a profile of this program to this file")
	if err := flags.Parse(args); err != nil {
		return err
	}
	wanted, err := figures.Whole(*only)
	if err != nil {
		return err
	}
	b := &bench{plan: usual, bin: *bin, cluster: os.Getenv("REMIT_TEST_POSTGRES"), sites: map[string]*site{}}
	defer func() { err = errors.Join(err, b.close()) }()
	if *quick {
		b.plan = short
	}
	if b.cases, err = figures.Whole(*cases); err != nil {
		return err
	}
	if *profile != "" {
		done, err := profiling(*profile)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, done()) }()
	}
	results, err := sections.Measure(ctx, b, wanted)
	if err != nil {
		return err
	}
	return figures.Report{Prose: prose, Sections: sections.Names(), Results: results, About: about(b.plan, *quick)}.Write(*out)
}

// about is what the prose says besides figures.
func about(p plan, quick bool) map[string]any {
	return map[string]any{"Machine": host.Describe(), "Quick": quick, "Date": time.Now().UTC().Format(time.DateOnly), "Plan": p}
}

func profiling(path string) (done func() error, err error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() error { pprof.StopCPUProfile(); return file.Close() }, nil
}
