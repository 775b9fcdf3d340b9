// Package sample holds the sample program and the sample data of the demo:
// detection of stars and insects in pictures, and synthetic star fields and
// moth trap pictures to run it on.
//
// Its invariant: the same seed and options give the same bytes, and the program
// reports what it measured and nothing else; a file that it cannot read is
// named, never skipped.
//
//	if err := sample.Tree(dir); err != nil { // data roots observatory/ and moths/
//		return err
//	}
//	res, err := sample.Detect(ctx, dir+"/observatory/2024-03-11_M67/light_001.fits",
//		"outputs", sample.Options{Threshold: 5}, nil)
package sample

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/remit-server/remit/internal/metadata"
)

// Defaults of Options.
const (
	DefaultThreshold = 5.0
	DefaultMinPixels = 5
)

// Options of a detection; zero values mean the defaults.
type Options struct {
	Threshold float64 // in sigmas of the background noise; DefaultThreshold
	MinPixels int     // of a source; DefaultMinPixels
	// Delay is waited before each step: it makes demos watchable and gives tests
	// something to kill. It changes no result.
	Delay time.Duration
}

func (o Options) withDefaults() Options {
	if o.Threshold <= 0 {
		o.Threshold = DefaultThreshold
	}
	if o.MinPixels <= 0 {
		o.MinPixels = DefaultMinPixels
	}
	return o
}

// Source is one thing found.
type Source struct {
	// X and Y are the centre of light. FITS: pixels counted from 1, y upwards
	// (FITS 4.0 § 8.1). Other pictures: from 0 at the upper left pixel's centre.
	X, Y   float64
	Flux   float64 // sum of what the pixels differ from the background
	Peak   float64 // the largest difference
	Pixels int
	SNR    float64 // flux over the noise of as many background pixels
}

// Result is what Detect found in one file.
type Result struct {
	Width, Height int
	Background    float64 // median level
	Noise         float64 // standard deviation of the background
	Sources       []Source
}

// Detect finds sources in the FITS, JPEG or PNG file in, and writes sources.csv
// and annotated.png to outDir, which it makes. FITS: what is brighter than the
// background; other pictures: what is brighter or darker, for insects are dark
// on a bright sheet. progress (may be nil) hears of each step: the fraction
// done, never falling, and a label. Errors: the reader's, those of metadata, and
// ctx's.
func Detect(ctx context.Context, in, outDir string, opts Options, progress func(fraction float64, label string)) (Result, error) {
	opts = opts.withDefaults()
	name := printable(filepath.Base(in))
	step := func(fraction float64, label string) error {
		if progress != nil {
			progress(fraction, label+" "+name)
		}
		return pause(ctx, opts.Delay)
	}
	if err := step(0.05, "Reading"); err != nil {
		return Result{}, err
	}
	img, err := load(in)
	if err != nil {
		return Result{}, err
	}
	res, err := find(ctx, img, opts, step)
	if err != nil {
		return Result{}, err
	}
	if err := step(0.8, "Drawing"); err != nil {
		return Result{}, err
	}
	if err := write(outDir, img, res); err != nil {
		return Result{}, err
	}
	return res, step(1, "Finished")
}

func find(ctx context.Context, img *metadata.Image, opts Options, step func(float64, string) error) (Result, error) {
	if err := step(0.2, "Estimating the background of"); err != nil {
		return Result{}, err
	}
	bg, err := estimate(ctx, img)
	if err != nil {
		return Result{}, err
	}
	if err := step(0.4, "Finding sources in"); err != nil {
		return Result{}, err
	}
	sources, err := search(ctx, img, bg, opts)
	return Result{Width: img.Width, Height: img.Height, Background: float64(bg.median), Noise: float64(bg.noise), Sources: sources}, err
}

func load(path string) (*metadata.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	img, err := metadata.Pixels(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return img, nil
}

// pause waits, or ends early with ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// printable keeps a file name to one line: progress is told line by line.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(name, "?"))
}
