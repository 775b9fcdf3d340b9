package sample

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/metadata"
)

func header(t *testing.T, content []byte) remit.Metadata {
	t.Helper()
	m, _, err := metadata.Read("sample", bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	m.Header = nil
	return *m
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]func(w io.Writer, seed uint64) ([]Planted, error){
		"stars": func(w io.Writer, seed uint64) ([]Planted, error) { return WriteStarField(w, seed, StarOptions{}) },
		"moths": func(w io.Writer, seed uint64) ([]Planted, error) { return WriteTrapImage(w, seed, TrapOptions{}) },
	} {
		var a, b, other bytes.Buffer
		first, err := fill(&a, 7)
		if err != nil {
			t.Fatal(err)
		}
		second, _ := fill(&b, 7)
		_, _ = fill(&other, 8)
		if !bytes.Equal(a.Bytes(), b.Bytes()) || !cmp.Equal(first, second) {
			t.Errorf("%s: the same seed gives two files", name)
		}
		if bytes.Equal(a.Bytes(), other.Bytes()) {
			t.Errorf("%s: two seeds give one file", name)
		}
	}
}

func TestTheHeaderOfAStarFieldSaysWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	at := time.Date(2024, 3, 11, 20, 41, 2, 500_000_000, time.UTC)
	if _, err := WriteStarField(&b, 1, StarOptions{Width: 300, Height: 200, Object: "NGC 7000", Filter: "Ha",
		ExposureS: 120.5, TakenAt: at, RADeg: 314.75, DecDeg: -0.25}); err != nil {
		t.Fatal(err)
	}
	want := remit.Metadata{
		TakenAt: &at, TakenAtSource: "DATE-OBS", ExposureS: new(120.5), ExposureType: remit.ExposureLight,
		Instrument: "SynthCam", Telescope: "Sample 0.5m", Filter: "Ha", Object: "NGC 7000",
		RADeg: new(314.75), DecDeg: new(-0.25), Width: new(300), Height: new(200),
		PixelScaleArcsec: new(1.2), FOVDeg: new(0.1), CCDTempC: new(-20.0), Gain: new(1.5), Binning: "1x1",
	}
	closely := cmp.Comparer(func(a, b float64) bool { return a-b < 1e-4 && b-a < 1e-4 })
	if diff := cmp.Diff(want, header(t, b.Bytes()), closely); diff != "" {
		t.Error(diff)
	}
	if b.Len()%2880 != 0 {
		t.Errorf("%d bytes are no whole blocks", b.Len())
	}
}

func TestTheEXIFOfATrapPictureSaysWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	at := time.Date(2023, 6, 12, 22, 10, 5, 0, time.UTC)
	if _, err := WriteTrapImage(&b, 1, TrapOptions{Width: 320, Height: 240, TakenAt: at, ExposureMS: 25, Orientation: 6}); err != nil {
		t.Fatal(err)
	}
	want := remit.Metadata{
		TakenAt: &at, TakenAtSource: "DateTimeOriginal+OffsetTimeOriginal", ExposureS: new(0.025),
		Width: new(320), Height: new(240), Camera: "Sample Optics TrapCam 1", Orientation: new(6),
	}
	if diff := cmp.Diff(want, header(t, b.Bytes())); diff != "" {
		t.Error(diff)
	}
}

// listing is every file below dir with its time of change.
func listing(t *testing.T, dir string) map[string]time.Time {
	t.Helper()
	files := map[string]time.Time{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		rel, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = info.ModTime()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestTheTreeIsLaidOutOnceAndLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := Tree(dir); err != nil {
		t.Fatal(err)
	}
	before := listing(t, dir)
	if len(before) != 20 {
		t.Errorf("%d files: %v", len(before), before)
	}
	for _, name := range []string{
		"observatory/2024-03-11_M67/light_001.fits", "observatory/2024-03-11_M67/dark_001.fits",
		"observatory/2024-03-12_NGC2392/light_005.fits", "moths/2023-06-12_meadow/trap_001.jpg", "moths/2023-06-13_forest-edge/trap_005.jpg",
	} {
		if _, ok := before[name]; !ok {
			t.Errorf("%s is missing", name)
		}
	}
	changed := filepath.Join(dir, "moths/2023-06-12_meadow/trap_001.jpg")
	if err := os.WriteFile(changed, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "moths/2023-06-12_meadow/trap_002.jpg")); err != nil {
		t.Fatal(err)
	}
	if err := Tree(dir); err != nil {
		t.Fatal(err)
	}
	after := listing(t, dir)
	if b, _ := os.ReadFile(changed); string(b) != "mine" || len(after) != 20 {
		t.Errorf("a file was written over, or %d files are not 20", len(after))
	}
	for name, at := range before {
		if name != "moths/2023-06-12_meadow/trap_001.jpg" && name != "moths/2023-06-12_meadow/trap_002.jpg" && !after[name].Equal(at) {
			t.Errorf("%s was written again", name)
		}
	}
}

func TestEveryFileOfTheTreeCanBeReadAndDrawn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := Tree(dir); err != nil {
		t.Fatal(err)
	}
	for name := range listing(t, dir) {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if m := header(t, b); m.TakenAt == nil || m.Width == nil || len(m.Warnings) != 0 {
			t.Errorf("%s: %+v", name, m)
		}
		if _, err := metadata.Preview(name, bytes.NewReader(b), int64(len(b)), 128); err != nil {
			t.Error(err)
		}
	}
}

func BenchmarkTree(b *testing.B) {
	for b.Loop() {
		if err := Tree(b.TempDir()); err != nil {
			b.Fatal(err)
		}
	}
}
