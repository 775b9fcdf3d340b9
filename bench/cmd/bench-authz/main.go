// Command bench-authz compares Remit's permission engine with its peers and
// writes the report docs/benchmarks/authz.md.
//
// Its one invariant: a figure in the report was measured by the run that wrote
// it, and only on answers that were right. The prose comes from authz.md.tmpl.
//
//	bench-authz                          # all of it, to the standard output
//	bench-authz -only 'check|site'       # some sections
//	bench-authz -quick                   # shows that it works; the figures say little
//	bench-authz -out ../docs/benchmarks/authz.md
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/remit-server/remit/bench/figures"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench-authz:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("bench-authz", flag.ContinueOnError)
	quick := flags.Bool("quick", false, "small and short, to see that it works")
	only := flags.String("only", ".*", "run the sections whose whole names match this regular expression")
	out := flags.String("out", "", "also write the report to this file")
	bin := flags.String("bin", "../bin", "folder of the servers that are asked over HTTP")
	if err := flags.Parse(args); err != nil {
		return err
	}
	wanted, err := figures.Whole(*only)
	if err != nil {
		return err
	}
	b := &bench{plan: usual, quick: *quick, bin: *bin}
	if *quick {
		b.plan = short
	}
	defer func() { err = errors.Join(err, b.close()) }()
	results, err := sections.Measure(ctx, b, wanted)
	if err != nil {
		return err
	}
	return reportOf(results, *quick).Write(*out)
}
