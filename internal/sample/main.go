package sample

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"
)

// Exit codes of the detection program.
const (
	ExitOK      = 0   // at least one file was read
	ExitFailed  = 1   // none was
	ExitUsage   = 2   // wrong arguments
	ExitStopped = 143 // stopped by SIGTERM or an interrupt: 128 + 15
)

const usage = `usage: remit sample detect [flags] FILE…

Finds stars in FITS images, and insects in JPEG or PNG pictures.

One file:      DIR/sources.csv and DIR/annotated.png
Several files: DIR/NAME/… for each, DIR/sources.csv with all sources and
               DIR/failed.csv with the files that could not be read

`

// DetectMain is the program "remit sample detect". Progress goes to stdout in
// the form that nodes read ("::progress 0.4 Finding sources in x.fits"),
// problems to stderr. The environment variables REMIT_PARAM_THRESHOLD,
// REMIT_PARAM_MIN_PIXELS and REMIT_SAMPLE_DELAY set what --threshold,
// --min-pixels and --delay default to; inside a job (REMIT_JOB) only its inputs
// are read, whatever the arguments say. It returns the exit code.
func DetectMain(args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	return detectMain(ctx, args, getenv, stdout, stderr)
}

func detectMain(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	b := &batch{stdout: stdout, stderr: stderr, job: getenv("REMIT_JOB") != ""}
	if err := b.parse(args, getenv); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return ExitOK
		}
		return ExitUsage
	}
	err := b.run(ctx)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "stopped")
		return ExitStopped
	case err != nil:
		fmt.Fprintln(stderr, "error:", err)
		return ExitFailed
	}
	return ExitOK
}

// batch is one run of the program.
type batch struct {
	stdout, stderr io.Writer
	// job is set inside a job. Its arguments come from whoever submitted it,
	// who may read the job's inputs and no other file of the node.
	job    bool
	opts   Options
	out    string
	files  []string
	found  [][]string // rows of the combined sources.csv
	failed [][]string // rows of failed.csv
}

// parse takes flags before, between and after the files: job arguments are
// appended to a command whose files are already there.
func (b *batch) parse(args []string, getenv func(string) string) error {
	fs := flag.NewFlagSet("detect", flag.ContinueOnError)
	fs.SetOutput(b.stderr)
	fs.Usage = func() {
		fmt.Fprint(b.stderr, usage)
		fs.PrintDefaults()
	}
	fs.Float64Var(&b.opts.Threshold, "threshold", DefaultThreshold, "detection limit in `sigmas` of the background noise")
	fs.IntVar(&b.opts.MinPixels, "min-pixels", DefaultMinPixels, "smallest source in `pixels`")
	fs.StringVar(&b.out, "out", "outputs", "`directory` for the results")
	fs.DurationVar(&b.opts.Delay, "delay", 0, "wait so `long` before each step: slow on purpose, for demos and tests")
	if err := b.defaults(fs, getenv); err != nil {
		return err
	}
	for {
		if err := fs.Parse(args); err != nil {
			return err
		}
		if fs.NArg() == 0 {
			return b.valid()
		}
		b.files, args = append(b.files, fs.Arg(0)), fs.Args()[1:]
	}
}

// environment says which variables set what flags default to: nodes pass a
// job's parameters as REMIT_PARAM_NAME.
var environment = []struct{ flag, variable string }{
	{"threshold", "REMIT_PARAM_THRESHOLD"},
	{"min-pixels", "REMIT_PARAM_MIN_PIXELS"},
	{"delay", "REMIT_SAMPLE_DELAY"},
}

func (b *batch) defaults(fs *flag.FlagSet, getenv func(string) string) error {
	for _, e := range environment {
		value := getenv(e.variable)
		if value == "" {
			continue
		}
		if err := fs.Set(e.flag, value); err != nil {
			fmt.Fprintf(b.stderr, "%s: %v\n", e.variable, err)
			return err
		}
	}
	return nil
}

// notAnInput says whether a path leads out of a job's inputs.
func notAnInput(path string) bool {
	inside, ok := strings.CutPrefix(filepath.ToSlash(path), "inputs/")
	return !ok || !filepath.IsLocal(inside)
}

func (b *batch) valid() error {
	problem := ""
	switch {
	case len(b.files) == 0:
		problem = "no file is named"
	case !(b.opts.Threshold > 0):
		problem = "--threshold must be above 0"
	case b.opts.MinPixels < 1:
		problem = "--min-pixels must be 1 or more"
	case b.opts.Delay < 0 || b.opts.Delay > time.Hour:
		problem = "--delay must be between 0 and 1h"
	case b.job && b.out != "outputs":
		problem = "a job writes into outputs only"
	case b.job && slices.ContainsFunc(b.files, notAnInput):
		problem = "a job reads its inputs only"
	default:
		return nil
	}
	fmt.Fprintln(b.stderr, "error:", problem)
	fmt.Fprintln(b.stderr, "hint: remit sample detect --help")
	return errors.New(problem)
}

// run goes through the files; one that cannot be read does not stop the rest.
func (b *batch) run(ctx context.Context) error {
	dirs := b.dirs()
	for i, file := range b.files {
		res, err := Detect(ctx, file, dirs[i], b.opts, func(fraction float64, label string) {
			b.progress((float64(i)+fraction)/float64(len(b.files)), label)
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			b.fail(file, err)
			continue
		}
		b.keep(file, res)
	}
	return b.finish()
}

// progress writes the line that the process executor reads.
func (b *batch) progress(fraction float64, label string) {
	fmt.Fprintf(b.stdout, "::progress %s %s\n", strconv.FormatFloat(float64(int(fraction*1000+0.5))/1000, 'f', -1, 64), label)
}

func (b *batch) fail(file string, err error) {
	fmt.Fprintf(b.stderr, "error: %s: %v\n", printable(file), err)
	b.failed = append(b.failed, []string{file, err.Error()})
}

func (b *batch) keep(file string, res Result) {
	fmt.Fprintf(b.stdout, "%s: %d sources, %d × %d pixels, background %.1f, noise %.2f\n",
		printable(filepath.Base(file)), len(res.Sources), res.Width, res.Height, res.Background, res.Noise)
	for i, s := range res.Sources {
		b.found = append(b.found, append([]string{filepath.Base(file)}, s.row(i+1)...))
	}
}

// finish writes what concerns all files together.
func (b *batch) finish() error {
	read := len(b.files) - len(b.failed)
	if len(b.files) > 1 && read > 0 {
		table := append([][]string{append([]string{"file"}, columns...)}, b.found...)
		if err := writeCSV(filepath.Join(b.out, "sources.csv"), table); err != nil {
			return err
		}
		fmt.Fprintf(b.stdout, "%d sources in %d of %d files\n", len(b.found), read, len(b.files))
	}
	if err := b.writeFailed(); err != nil {
		return err
	}
	if read == 0 {
		return fmt.Errorf("none of %d files could be read", len(b.files))
	}
	return nil
}

// dirs are where the results of each file go; of files with the same name the
// later ones are numbered.
func (b *batch) dirs() []string {
	if len(b.files) == 1 {
		return []string{b.out}
	}
	var dirs []string
	used := map[string]bool{}
	for _, file := range b.files {
		stem := stemOf(file)
		name := stem
		for n := 2; used[name] || name == ""; n++ {
			name = fmt.Sprintf("%s-%d", stem, n)
		}
		used[name] = true
		dirs = append(dirs, filepath.Join(b.out, name))
	}
	return dirs
}

// stemOf is the file's name without its ending, as part of an artifact's
// name: nodes take no control characters, and nothing may lead upwards.
func stemOf(file string) string {
	base := filepath.Base(file)
	stem := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\\' || r == utf8.RuneError {
			return '_'
		}
		return r
	}, strings.TrimSuffix(base, filepath.Ext(base)))
	if stem == "." || stem == ".." {
		return "_"
	}
	return stem
}
