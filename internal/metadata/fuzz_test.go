package metadata

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"
)

// seed adds the test files that match, the big ones left out: a mutation of
// half a megabyte teaches nothing that one of forty kilobytes does not.
func seed(f *testing.F, patterns ...string) {
	for _, pattern := range patterns {
		names, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(names) == 0 {
			f.Fatal(pattern, err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			if len(b) < 50_000 {
				f.Add(b)
			}
		}
	}
}

// check reads b as a header and asks what holds for any input: it can be
// written as JSON, in valid text, within the limits.
func check(t *testing.T, b []byte) {
	m, mediaType, err := Read("x", bytes.NewReader(b), int64(len(b)))
	if m == nil || mediaType == "" {
		t.Fatal("no metadata or no media type")
	}
	out, jsonErr := json.Marshal(m)
	if jsonErr != nil || !utf8.Valid(out) || bytes.Contains(out, []byte(`\u0000`)) || bytes.Contains(out, []byte(`\ufffd`)) {
		t.Fatalf("cannot be stored: %v (%v)", jsonErr, err)
	}
	if len(m.Header) > MaxCards {
		t.Fatalf("%d header entries", len(m.Header))
	}
	if m.RADeg != nil && !onSky(*m.RADeg, *m.DecDeg) {
		t.Fatalf("off the sky: %g %g", *m.RADeg, *m.DecDeg)
	}
}

func FuzzFITS(f *testing.F) {
	seed(f, "observatory/*.fits", "hostile/*.fits")
	f.Add(fitsImage(16, 4, 4, gradient(16), "BLANK = 3", "LONG    = 'a&'", "CONTINUE  'b'"))
	f.Fuzz(check)
}

func FuzzEXIF(f *testing.F) {
	seed(f, "camera/*.jpg", "hostile/*.jpg")
	f.Add(tiffFile([][]entry{{{tagWidth, 3, 1, 7}, {exifPointer, 4, 1, 8}}}, []uint32{8}))
	f.Fuzz(check)
}

func FuzzPreview(f *testing.F) {
	seed(f, "observatory/*.fits", "camera/*.jpg", "hostile/*")
	for _, bitpix := range []int{8, 16, 32, 64, -32, -64} {
		f.Add(fitsImage(bitpix, 4, 4, gradient(bitpix)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if out, err := Preview("x", bytes.NewReader(b), int64(len(b)), 64); err == nil {
			c, err := png.DecodeConfig(bytes.NewReader(out))
			if err != nil || c.Width > 64 || c.Height > 64 {
				t.Fatalf("%v: %d × %d", err, c.Width, c.Height)
			}
		}
		if m, err := Pixels(bytes.NewReader(b), int64(len(b))); err == nil && len(m.Pix) != m.Width*m.Height {
			t.Fatalf("%d × %d with %d pixels", m.Width, m.Height, len(m.Pix))
		}
	})
}
