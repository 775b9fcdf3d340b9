package sample

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/internal/metadata"
)

// plant writes a sample file and returns its path and what was planted.
func plant(t testing.TB, name string, fill func(io.Writer) ([]Planted, error)) (string, []Planted) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	var b bytes.Buffer
	planted, err := fill(&b)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path, planted
}

func stars(t testing.TB, seed uint64) (string, []Planted) {
	return plant(t, "stars.fits", func(w io.Writer) ([]Planted, error) { return WriteStarField(w, seed, StarOptions{}) })
}

func moths(t testing.TB, seed uint64) (string, []Planted) {
	return plant(t, "moths.jpg", func(w io.Writer) ([]Planted, error) { return WriteTrapImage(w, seed, TrapOptions{}) })
}

func detect(t testing.TB, path string, opts Options) Result {
	t.Helper()
	res, err := Detect(t.Context(), path, t.TempDir(), opts, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// match counts the planted things with exactly one source within distance.
func match(planted []Planted, sources []Source, distance float64) int {
	n := 0
	for _, p := range planted {
		near := 0
		for _, s := range sources {
			if math.Hypot(s.X-p.X, s.Y-p.Y) <= distance {
				near++
			}
		}
		if near == 1 {
			n++
		}
	}
	return n
}

func TestAllPlantedStarsAreFoundWhereTheyAreAndNothingElse(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		path, planted := stars(t, seed)
		res := detect(t, path, Options{})
		if len(planted) < 40 || len(res.Sources) != len(planted) {
			t.Errorf("seed %d: %d sources for %d stars", seed, len(res.Sources), len(planted))
		}
		if n := match(planted, res.Sources, 0.3); n != len(planted) {
			t.Errorf("seed %d: %d of %d stars within 0.3 pixels", seed, n, len(planted))
		}
		if res.Background < 1190 || res.Background > 1210 || res.Noise < 23 || res.Noise > 29 {
			t.Errorf("seed %d: background %g ± %g, made as 1200 ± 25.8", seed, res.Background, res.Noise)
		}
	}
}

func TestAllPlantedMothsAreFound(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		path, planted := moths(t, seed)
		res := detect(t, path, Options{})
		if len(planted) < 7 || len(res.Sources) != len(planted) {
			t.Errorf("seed %d: %d sources for %d moths", seed, len(res.Sources), len(planted))
		}
		if n := match(planted, res.Sources, 4); n != len(planted) {
			t.Errorf("seed %d: %d of %d moths within 4 pixels", seed, n, len(planted))
		}
	}
}

func TestAHigherThresholdFindsFewer(t *testing.T) {
	t.Parallel()
	path, _ := stars(t, 1)
	last := math.MaxInt
	for _, threshold := range []float64{5, 30, 100, 400} {
		n := len(detect(t, path, Options{Threshold: threshold}).Sources)
		if n >= last {
			t.Errorf("threshold %g finds %d, the lower one %d", threshold, n, last)
		}
		last = n
	}
	if few, all := len(detect(t, path, Options{MinPixels: 60}).Sources), len(detect(t, path, Options{}).Sources); few >= all {
		t.Errorf("%d sources of 60 pixels, %d of any size", few, all)
	}
}

func TestADarkFrameHasNoStars(t *testing.T) {
	t.Parallel()
	path, planted := plant(t, "dark.fits", func(w io.Writer) ([]Planted, error) { return WriteStarField(w, 1, StarOptions{Dark: true}) })
	if res := detect(t, path, Options{}); len(res.Sources) != 0 || len(planted) != 0 {
		t.Errorf("%d sources in a dark frame", len(res.Sources))
	}
}

func TestARealFrameGivesItsBrightStars(t *testing.T) {
	t.Parallel()
	res := detect(t, filepath.Join("..", "metadata", "testdata", "observatory", "a8280271.fits"), Options{Threshold: 10})
	if len(res.Sources) < 3 || len(res.Sources) > 100 {
		t.Fatalf("%d sources", len(res.Sources))
	}
	if s := res.Sources[0]; s.Pixels < 50 || s.SNR < 100 {
		t.Errorf("the brightest is %+v", s)
	}
}

func TestMeasurementsAreThoseOfAKnownPicture(t *testing.T) {
	t.Parallel()
	img := &metadata.Image{Width: 128, Height: 128, Pix: make([]float32, 128*128), BottomUp: true}
	for i := range img.Pix {
		img.Pix[i] = 100 + float32(i%3-1) // noise of a known kind: -1, 0, 1
	}
	for _, i := range []int{20*128 + 10, 20*128 + 11, 21*128 + 10, 21*128 + 11} {
		img.Pix[i] = 150
	}
	img.Pix[22*128+12] = 150 // touches by its corner: eight neighbours
	img.Pix[5] = float32(math.NaN())
	bg, err := estimate(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	sources, err := search(t.Context(), img, bg, Options{Threshold: 5, MinPixels: 1})
	if err != nil || bg.median != 100 {
		t.Fatal(bg.median, err)
	}
	want := []Source{{X: 11.8, Y: 21.8, Flux: 250, Peak: 50, Pixels: 5}}
	for i := range sources {
		sources[i].SNR = 0
	}
	if diff := cmp.Diff(want, sources, cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-6 })); diff != "" {
		t.Error(diff)
	}
}

func TestTheOutputsAreATableAndAPicture(t *testing.T) {
	t.Parallel()
	path, planted := stars(t, 3)
	out := filepath.Join(t.TempDir(), "new", "folder")
	if _, err := Detect(t.Context(), path, out, Options{}, nil); err != nil {
		t.Fatal(err)
	}
	table := readCSV(t, filepath.Join(out, "sources.csv"))
	if diff := cmp.Diff([]string{"id", "x", "y", "flux", "peak", "pixels", "snr"}, table[0]); diff != "" || len(table) != len(planted)+1 {
		t.Errorf("%d rows for %d stars, %s", len(table), len(planted), diff)
	}
	f, err := os.Open(filepath.Join(out, "annotated.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil || img.Bounds().Dx() != 512 || img.Bounds().Dy() != 512 {
		t.Fatal(err)
	}
	brightest := planted[0]
	for _, p := range planted {
		if p.Peak > brightest.Peak {
			brightest = p
		}
	}
	x, y := int(brightest.X-1+0.5), int(512-brightest.Y+0.5) // upside down, from 0
	if r, _, _, _ := img.At(x, y).RGBA(); r < 0xf000 {
		t.Errorf("the brightest star is not at %d, %d: %x", x, y, r)
	}
	if names, err := os.ReadDir(out); err != nil || len(names) != 2 {
		t.Errorf("the folder holds %v, %v", names, err)
	}
}

func TestProgressRisesFromStartToOne(t *testing.T) {
	t.Parallel()
	path, _ := stars(t, 4)
	last := 0.0
	_, err := Detect(t.Context(), path, t.TempDir(), Options{}, func(fraction float64, label string) {
		if fraction <= last || label == "" {
			t.Errorf("%g after %g: %q", fraction, last, label)
		}
		last = fraction
	})
	if err != nil || last != 1 {
		t.Errorf("ended at %g, %v", last, err)
	}
}

func TestACancelledDetectionStopsAndWritesNothing(t *testing.T) {
	t.Parallel()
	path, _ := stars(t, 5)
	out := filepath.Join(t.TempDir(), "out")
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Detect(ctx, path, out, Options{}, func(fraction float64, _ string) {
		if fraction == 0.4 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the output folder is there: %v", err)
	}
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func BenchmarkDetect(b *testing.B) {
	path, _ := stars(b, 1)
	out := b.TempDir()
	for b.Loop() {
		if _, err := Detect(b.Context(), path, out, Options{}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
