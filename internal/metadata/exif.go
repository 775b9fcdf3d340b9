package metadata

import (
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/remit-server/remit"
)

// The tags that common fields come from.
const (
	tagWidth, tagHeight         = 0x0100, 0x0101
	tagMake, tagModel           = 0x010f, 0x0110
	tagStrips, tagStripSizes    = 0x0111, 0x0117
	tagOrientation, tagDateTime = 0x0112, 0x0132
	tagThumb, tagThumbSize      = 0x0201, 0x0202
	tagExposure                 = 0x829a
	tagOriginal, tagDigitized   = 0x9003, 0x9004
	tagOffset                   = 0x9010 // of DateTime; +1 of the original, +2 of the digitized
	tagSubSecond                = 0x9290 // in the same order
	tagPixelX, tagPixelY        = 0xa002, 0xa003
)

func readTIFF(r io.ReaderAt, _ int64, m *remit.Metadata) error {
	d, err := readDirs(r)
	if err != nil {
		return err
	}
	d.describe(m)
	if m.Width == nil {
		m.Width, m.Height = d.pair(tagWidth, tagHeight)
	}
	return nil
}

// describe fills the common fields. The size is that of the picture taken, if
// the tags tell it: a raw file's first directory may be a smaller preview.
func (d *dirs) describe(m *remit.Metadata) {
	m.Header = d.cards()
	m.Warnings = append(m.Warnings, d.warn...)
	m.Camera = d.camera()
	m.ExposureS = d.exposure()
	m.Width, m.Height = d.pair(tagPixelX, tagPixelY)
	if o := d.whole(0, tagOrientation); o >= 1 && o <= 8 {
		m.Orientation = &o
	}
	for i, id := range []uint16{tagOriginal, tagDigitized, tagDateTime} {
		if t, source, ok := d.takenAt(id, []uint16{1, 2, 0}[i]); ok {
			m.TakenAt, m.TakenAtSource = &t, source
			return
		}
	}
}

// camera is maker and model, without saying the maker twice.
func (d *dirs) camera() string {
	maker, _ := d.find(0, tagMake)
	model, _ := d.find(0, tagModel)
	first, _, _ := strings.Cut(maker, " ")
	if first != "" && strings.HasPrefix(strings.ToLower(model), strings.ToLower(first)) {
		return clip(model)
	}
	return clip(strings.TrimSpace(maker + " " + model))
}

// exposure is in seconds; cameras that do not know write 0.
func (d *dirs) exposure() *float64 {
	v, _ := d.find(0, tagExposure)
	num, den, _ := strings.Cut(v, "/")
	n, okN := parseFloat(num)
	m, okM := parseFloat(den)
	if !okN || !okM || n <= 0 || m <= 0 {
		return nil
	}
	s := n / m
	return &s
}

func (d *dirs) pair(a, b uint16) (x, y *int) {
	w, h := d.whole(0, a), d.whole(0, b)
	if w <= 0 || h <= 0 {
		return nil, nil
	}
	return &w, &h
}

// whole returns a tag's first number, or 0.
func (d *dirs) whole(dir int, id uint16) int {
	v, _ := d.find(dir, id)
	v, _, _ = strings.Cut(v, " ")
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > math.MaxInt32 {
		return 0
	}
	return n
}

// takenAt reads a date and its zone, which EXIF keeps apart (Exif 2.31). nth
// is the place of the date among the tags for offset and fraction.
func (d *dirs) takenAt(id, nth uint16) (time.Time, string, bool) {
	v, _ := d.find(0, id)
	fraction, _ := d.find(0, tagSubSecond+nth)
	if _, ok := parseFloat("0." + fraction); ok && fraction != "" {
		v += "." + fraction
	}
	t, err := time.Parse("2006:01:02 15:04:05", v)
	if err != nil || !plausible(t) {
		return t, "", false
	}
	source := exifTimeName(id)
	offset, _ := d.find(0, tagOffset+nth)
	zone, err := time.Parse("-07:00", offset)
	if err != nil {
		return t, source + ", time zone unknown, taken as UTC", true
	}
	_, east := zone.Zone()
	return t.Add(-time.Duration(east) * time.Second), source + "+" + exifNames[tagOffset+nth], true
}

func exifTimeName(id uint16) string {
	if id == tagDateTime {
		return mainNames[id]
	}
	return exifNames[id]
}
