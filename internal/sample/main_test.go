package sample

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func noEnv(string) string { return "" }

func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = detectMain(t.Context(), args, noEnv, &out, &errs)
	return code, out.String(), errs.String()
}

var progressLine = regexp.MustCompile(`^::progress (0|1|0\.\d{1,3}) (\S.*)$`)

// fractions checks every progress line and returns the numbers.
func fractions(t *testing.T, stdout string) []float64 {
	t.Helper()
	var all []float64
	for line := range strings.Lines(stdout) {
		if !strings.HasPrefix(line, "::") {
			continue
		}
		m := progressLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			t.Fatalf("malformed: %q", line)
		}
		f, _ := strconv.ParseFloat(m[1], 64)
		all = append(all, f)
	}
	return all
}

func TestOneFileGoesStraightToTheOutputFolder(t *testing.T) {
	t.Parallel()
	path, planted := stars(t, 1)
	out := filepath.Join(t.TempDir(), "outputs")
	code, stdout, stderr := run(t, "--out", out, path)
	if code != ExitOK || stderr != "" {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	if !strings.Contains(stdout, "::progress 0.4 Finding sources in stars.fits\n") {
		t.Errorf("progress is missing in:\n%s", stdout)
	}
	if table := readCSV(t, filepath.Join(out, "sources.csv")); len(table) != len(planted)+1 {
		t.Errorf("%d rows for %d stars", len(table)-1, len(planted))
	}
	if entries, err := os.ReadDir(out); err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestSeveralFilesGetAFolderEachAndACombinedTable(t *testing.T) {
	t.Parallel()
	a, inA := stars(t, 1)
	b, inB := moths(t, 2)
	c, inC := stars(t, 3) // the same name as a, elsewhere
	out := t.TempDir()
	code, stdout, stderr := run(t, a, b, c, "--out", out)
	if code != ExitOK || stderr != "" {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	for _, name := range []string{"stars/sources.csv", "stars/annotated.png", "moths/sources.csv", "moths/annotated.png", "stars-2/sources.csv"} {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Error(err)
		}
	}
	table := readCSV(t, filepath.Join(out, "sources.csv"))
	if want := len(inA) + len(inB) + len(inC) + 1; len(table) != want || table[0][0] != "file" || table[1][0] != "stars.fits" {
		t.Errorf("%d rows, want %d; they begin %q", len(table), want, table[:2])
	}
	last := 0.0
	for _, f := range fractions(t, stdout) {
		if f < last {
			t.Errorf("progress falls from %g to %g", last, f)
		}
		last = f
	}
	if last != 1 {
		t.Errorf("progress ends at %g", last)
	}
}

func TestAFileThatCannotBeReadIsNamedAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	good, planted := stars(t, 1)
	bad := filepath.Join("..", "metadata", "testdata", "hostile", "garbage.fits")
	out := t.TempDir()
	code, _, stderr := run(t, "--out", out, bad, good, "no-such-file.fits")
	if code != ExitOK || !strings.Contains(stderr, "garbage.fits") || !strings.Contains(stderr, "no-such-file.fits") {
		t.Errorf("exit %d, %q", code, stderr)
	}
	failed := readCSV(t, filepath.Join(out, "failed.csv"))
	want := [][]string{{"file", "reason"},
		{bad, "garbage.fits: unsupported content: not FITS, JPEG or PNG"},
		{"no-such-file.fits", "open no-such-file.fits: no such file or directory"}}
	if diff := cmp.Diff(want, failed); diff != "" {
		t.Error(diff)
	}
	if table := readCSV(t, filepath.Join(out, "sources.csv")); len(table) != len(planted)+1 {
		t.Errorf("%d rows for %d stars", len(table)-1, len(planted))
	}
}

func TestWithNothingReadableTheProgramFails(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"garbage.fits", "empty.fits", "truncated.fits", "no-date.jpg"} {
		out := filepath.Join(t.TempDir(), "outputs")
		code, _, stderr := run(t, "--out", out, filepath.Join("..", "metadata", "testdata", "hostile", name))
		if code != ExitFailed || !strings.Contains(stderr, name) {
			t.Errorf("%s: exit %d, %q", name, code, stderr)
		}
		if table := readCSV(t, filepath.Join(out, "failed.csv")); len(table) != 2 {
			t.Errorf("%s: failed.csv has %q", name, table)
		}
		if _, err := os.Stat(filepath.Join(out, "sources.csv")); err == nil {
			t.Errorf("%s: there is a sources.csv", name)
		}
	}
}

func TestWrongArgumentsAreRefusedWithAHint(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{}, {"--threshold", "x", "f"}, {"--threshold", "0", "f"}, {"--threshold", "NaN", "f"}, {"--min-pixels", "0", "f"},
		{"--delay", "-1s", "f"}, {"f", "--no-such-flag"},
	} {
		if code, _, stderr := run(t, args...); code != ExitUsage || !strings.Contains(stderr, "--") && !strings.Contains(stderr, "flag") {
			t.Errorf("%q: exit %d, %q", args, code, stderr)
		}
	}
	if code, _, stderr := run(t, "--help"); code != ExitOK || !strings.Contains(stderr, "-threshold") {
		t.Errorf("help: exit %d, %q", code, stderr)
	}
}

func TestAppendedArgumentsChangeTheResult(t *testing.T) {
	t.Parallel()
	path, _ := stars(t, 1)
	low, high := t.TempDir(), t.TempDir()
	run(t, "--out", low, path)
	if code, _, stderr := run(t, "--out", high, path, "--threshold", "100"); code != ExitOK {
		t.Fatal(stderr)
	}
	a, b := readCSV(t, filepath.Join(low, "sources.csv")), readCSV(t, filepath.Join(high, "sources.csv"))
	if len(b) >= len(a) || len(b) < 2 {
		t.Errorf("%d rows at 5 sigmas, %d at 100", len(a), len(b))
	}
}

func TestInsideAJobArgumentsLeadNowhereElse(t *testing.T) {
	t.Parallel()
	inJob := func(name string) string { return map[string]string{"REMIT_JOB": "job_1"}[name] }
	for _, args := range [][]string{
		{"inputs/a.fits", "/etc/passwd"}, {"inputs/a.fits", "inputs/../../other/a.fits"}, {"inputs/a.fits", "../a.fits"}, {"a.fits"},
		{"inputs/a.fits", "--out", "/tmp"}, {"inputs/a.fits", "-out=../outputs"}, {"inputs/"}, {"inputs/a.fits", "--", "/etc/passwd"},
	} {
		var out, problem strings.Builder
		if code := DetectMain(args, inJob, &out, &problem); code != ExitUsage || !strings.Contains(problem.String(), "a job ") {
			t.Errorf("%q: exit %d, %q", args, code, problem.String())
		}
	}
}

func TestStoppingDuringADelayExitsLikeASignal(t *testing.T) {
	t.Parallel()
	path, _ := stars(t, 1)
	out := filepath.Join(t.TempDir(), "outputs")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		env := func(key string) string { return map[string]string{"REMIT_SAMPLE_DELAY": "30m"}[key] }
		done := make(chan int)
		go func() { done <- detectMain(ctx, []string{"--out", out, path}, env, &bytes.Buffer{}, &bytes.Buffer{}) }()
		synctest.Wait()
		cancel()
		if code := <-done; code != ExitStopped {
			t.Errorf("exit %d", code)
		}
	})
	if _, err := os.Stat(out); err == nil {
		t.Error("outputs of a stopped run")
	}
}

func TestAParameterOfTheJobIsTheDefaultOfItsFlag(t *testing.T) {
	t.Parallel()
	env := func(key string) string {
		return map[string]string{"REMIT_PARAM_THRESHOLD": "7", "REMIT_PARAM_MIN_PIXELS": "3"}[key]
	}
	for _, c := range []struct {
		args []string
		want float64
	}{{[]string{"x.fits"}, 7}, {[]string{"x.fits", "--threshold", "9"}, 9}} {
		b := &batch{stdout: io.Discard, stderr: io.Discard}
		if err := b.parse(c.args, env); err != nil || b.opts.Threshold != c.want || b.opts.MinPixels != 3 {
			t.Errorf("%v: threshold %v, min-pixels %d, %v", c.args, b.opts.Threshold, b.opts.MinPixels, err)
		}
	}
	bad := func(string) string { return "many" }
	if err := (&batch{stdout: io.Discard, stderr: io.Discard}).parse([]string{"x.fits"}, bad); err == nil {
		t.Error("a parameter that is no number was taken")
	}
}
