package metadata

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rwcarlsen/goexif/exif"
	"github.com/rwcarlsen/goexif/tiff"

	"github.com/remit-server/remit"
)

// entry is a TIFF directory entry whose value fits into it, or is an offset.
type entry struct {
	id, kind     uint16
	count, value uint32
}

// tiffFile lays out little-endian directories one after another; next holds
// the offset that follows each of them.
func tiffFile(dirs [][]entry, next []uint32, rest ...byte) []byte {
	b := []byte("II*\x00\x08\x00\x00\x00")
	for i, dir := range dirs {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(dir)))
		for _, e := range dir {
			b = binary.LittleEndian.AppendUint16(b, e.id)
			b = binary.LittleEndian.AppendUint16(b, e.kind)
			b = binary.LittleEndian.AppendUint32(b, e.count)
			b = binary.LittleEndian.AppendUint32(b, e.value)
		}
		b = binary.LittleEndian.AppendUint32(b, next[i])
	}
	return append(b, rest...)
}

func readBytes(t *testing.T, b []byte) *remit.Metadata {
	t.Helper()
	m, _, err := Read("x.tif", bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTheZoneOfAnEXIFDateIsApplied(t *testing.T) {
	t.Parallel()
	const at = 8 + 2 + 12 + 4 // of the second directory
	const text = at + 2 + 3*12 + 4
	b := tiffFile([][]entry{
		{{exifPointer, 4, 1, at}},
		{{tagOriginal, 2, 20, text}, {tagOffset + 1, 2, 7, text + 20}, {tagSubSecond + 1, 2, 3, 0x003532}},
	}, []uint32{0, 0})
	b = append(b, make([]byte, text-len(b))...)
	b = append(b, "2023:06:12 22:30:00\x00+02:00\x00"...)
	m := readBytes(t, b)
	want := time.Date(2023, 6, 12, 20, 30, 0, 250_000_000, time.UTC)
	if m.TakenAt == nil || !m.TakenAt.Equal(want) || m.TakenAtSource != "DateTimeOriginal+OffsetTimeOriginal" {
		t.Errorf("got %v from %q, %q", m.TakenAt, m.TakenAtSource, m.Warnings)
	}
}

func TestEXIFLoopsEndWithAWarning(t *testing.T) {
	t.Parallel()
	const second = 8 + 2 + 12 + 4
	loop := tiffFile([][]entry{{{tagWidth, 3, 1, 7}}, {{tagHeight, 3, 1, 5}}}, []uint32{second, 8})
	self := tiffFile([][]entry{{{exifPointer, 4, 1, 8}}}, []uint32{0})
	for name, b := range map[string][]byte{"two directories in a ring": loop, "a pointer to its own directory": self} {
		if m := readBytes(t, b); len(m.Warnings) != 1 || !strings.Contains(m.Warnings[0], "loop") {
			t.Errorf("%s: warnings %q", name, m.Warnings)
		}
	}
}

func TestEXIFValuesOutsideTheFileLoseOnlyThemselves(t *testing.T) {
	t.Parallel()
	b := tiffFile([][]entry{{{tagMake, 2, 1 << 31, 4_000_000_000}, {tagWidth, 3, 1, 7}, {tagHeight, 3, 1, 5}}}, []uint32{0})
	m := readBytes(t, b)
	if m.Width == nil || *m.Width != 7 || m.Camera != "" || len(m.Warnings) != 1 {
		t.Errorf("got %+v", m)
	}
	if _, _, err := Read("x.tif", strings.NewReader("II*\x00\x08"), 5); !errors.Is(err, ErrTruncated) {
		t.Errorf("got %v", err)
	}
}

func TestAThousandBadTagsGiveAHandfulOfWarnings(t *testing.T) {
	t.Parallel()
	bad := make([]entry, 2*MaxTags)
	for i := range bad {
		bad[i] = entry{id: 0x9999, kind: 2, count: 100, value: 1 << 30}
	}
	m := readBytes(t, tiffFile([][]entry{bad}, []uint32{0}))
	if n := len(m.Warnings); n == 0 || n > 25 || len(m.Header) != 0 {
		t.Errorf("%d warnings, %d entries", n, len(m.Header))
	}
}

// goexif is the second opinion: every tag that it knows must be found here too,
// with the same text.
func TestTheTagsAgreeWithAnotherDecoder(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/camera/*")
	if err != nil || len(files) != 8 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		m := readBytes(t, b)
		x, err := exif.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Walk(against{t, filepath.Base(name), m.Header}); err != nil {
			t.Error(err)
		}
	}
}

type against struct {
	t    *testing.T
	file string
	have []remit.Card
}

// Walk compares one tag of the other decoder's, text and single numbers.
func (a against) Walk(name exif.FieldName, tag *tiff.Tag) error {
	if strings.HasSuffix(string(name), "IFDPointer") || name == exif.MakerNote {
		return nil // followed, and only counted
	}
	key := strings.Replace(string(name), "ThumbJPEG", "Thumbnail.JPEG", 1)
	want := strings.Trim(tag.String(), `"`)
	for _, c := range a.have {
		if c.Key != key && c.Key != "Thumbnail."+key {
			continue
		}
		if tag.Format() == tiff.OtherVal || tag.Format() == tiff.UndefVal || tag.Count > 1 && tag.Format() != tiff.StringVal {
			return nil // the two write lists and opaque data differently
		}
		if c.Value == strings.TrimSpace(want) {
			return nil
		}
	}
	a.t.Errorf("%s: %s = %q is missing here", a.file, name, want)
	return nil
}
