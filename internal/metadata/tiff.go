package metadata

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/remit-server/remit"
)

// dirs reads the tags of a TIFF structure, the container of EXIF (TIFF 6.0 § 2,
// CIPA DC-008). Directories are visited once each and tags are counted, so that
// loops and repeated giant values, which a file of some bytes can declare, cost
// nothing.
type dirs struct {
	r     io.ReaderAt
	order binary.ByteOrder
	seen  map[uint32]bool
	read  int // entries looked at, good or bad
	tags  []tag
	warn  []string
}

// tag is one directory entry. dir is 0 for the main image, 1 for the thumbnail;
// within is the pointer that led to a directory beside the chain, or 0.
type tag struct {
	dir    int
	within uint16
	id     uint16
	kind   uint16
	count  uint32
	value  []byte // at most MaxValueLen bytes of it
}

// The pointers to further directories, and the makers' own data.
const (
	makerNote   = 0x927c
	exifPointer = 0x8769
	gpsPointer  = 0x8825
	interop     = 0xa005
)

// kindSizes are the bytes of the TIFF field types 1 to 12.
var kindSizes = [...]uint64{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8}

// readDirs reads all directories in r, which begins with the byte order mark.
func readDirs(r io.ReaderAt) (*dirs, error) {
	head := make([]byte, 8)
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return nil, fmt.Errorf("EXIF header: %w", shortRead(err))
	}
	d := &dirs{r: r, order: binary.LittleEndian, seen: map[uint32]bool{}}
	if string(head[:2]) == "MM" {
		d.order = binary.BigEndian
	}
	if string(head[:2]) != "II" && string(head[:2]) != "MM" || d.order.Uint16(head[2:]) != 42 {
		return nil, fmt.Errorf("%w: no EXIF byte order mark", ErrMalformed)
	}
	next := d.order.Uint32(head[4:])
	for n := 0; next != 0; n++ {
		next = d.readDir(n, 0, next)
	}
	return d, nil
}

// readDir reads the directory at offset and those it points to, and returns
// the offset of the next in the chain.
func (d *dirs) readDir(n int, within uint16, offset uint32) (next uint32) {
	if d.seen[offset] || len(d.seen) == MaxIFDs {
		d.doubt("EXIF directory at byte %d: a loop or one too many", offset)
		return 0
	}
	d.seen[offset] = true
	var count [2]byte
	if got, _ := d.r.ReadAt(count[:], int64(offset)); got < 2 {
		d.doubt("EXIF directory at byte %d lies outside the file", offset)
		return 0
	}
	entries := make([]byte, int(d.order.Uint16(count[:]))*12+4)
	got, _ := d.r.ReadAt(entries, int64(offset)+2)
	if got < len(entries) {
		d.doubt("EXIF directory at byte %d is cut short", offset)
	}
	at := 0
	for ; at+12 <= min(got, len(entries)-4); at += 12 {
		d.entry(n, within, entries[at:at+12])
	}
	if got < len(entries) {
		return 0
	}
	return d.order.Uint32(entries[at:])
}

// doubt adds a warning; a few are enough to know a broken file by.
func (d *dirs) doubt(format string, args ...any) {
	if len(d.warn) < maxLostCards {
		d.warn = append(d.warn, fmt.Sprintf(format, args...))
	}
}

func (d *dirs) entry(dir int, within uint16, b []byte) {
	t := tag{dir: dir, within: within, id: d.order.Uint16(b), kind: d.order.Uint16(b[2:]), count: d.order.Uint32(b[4:])}
	switch t.id {
	case exifPointer, gpsPointer, interop:
		d.readDir(dir, t.id, d.order.Uint32(b[8:]))
		return
	}
	if d.read++; d.read > MaxTags || int(t.kind) >= len(kindSizes) || t.kind == 0 || t.count == 0 {
		return
	}
	size := kindSizes[t.kind] * uint64(t.count)
	if size <= 4 {
		t.value = b[8 : 8+size]
	} else if t.value = d.outside(d.order.Uint32(b[8:]), size); t.value == nil {
		d.doubt("EXIF tag %s lies outside the file", t.name())
		return
	}
	d.tags = append(d.tags, t)
}

// outside fetches a value kept apart from its entry, nil when it is not there.
func (d *dirs) outside(offset uint32, size uint64) []byte {
	value := make([]byte, min(size, MaxValueLen))
	if n, _ := d.r.ReadAt(value, int64(offset)); n < len(value) {
		return nil
	}
	return value
}

// name is the standard's name, or the number of a tag without one. Tags of the
// thumbnail and of further images say so.
func (t tag) name() string {
	name := tagNames[t.within][t.id]
	if name == "" && t.within != gpsPointer { // some cameras put tags into the wrong one of the two
		name = cmp.Or(mainNames[t.id], exifNames[t.id])
	}
	if name == "" {
		name = fmt.Sprintf("0x%04x", t.id)
	}
	switch {
	case t.within != 0 || t.dir == 0:
		return name
	case t.dir == 1:
		return "Thumbnail." + name
	}
	return fmt.Sprintf("IFD%d.%s", t.dir, name)
}

// text renders the value; long undefined data by their size.
func (d *dirs) text(t tag) string {
	switch {
	case t.id == makerNote:
		return fmt.Sprintf("(%d bytes)", t.count)
	case t.kind == 2:
		s, _, _ := strings.Cut(string(t.value), "\x00")
		return strings.TrimSpace(clean([]byte(s)))
	case t.kind == 7:
		return opaque(t)
	}
	return d.numbers(t)
}

func opaque(t tag) string {
	if plainText(t.value) {
		return strings.TrimSpace(clean(t.value))
	}
	if len(t.value) <= 16 {
		return "0x" + hex.EncodeToString(t.value)
	}
	return fmt.Sprintf("(%d bytes)", t.count)
}

const maxNumbers = 64 // numbers written of one tag

func (d *dirs) numbers(t tag) string {
	var out []string
	step := int(kindSizes[t.kind])
	for at := 0; at+step <= len(t.value) && len(out) < maxNumbers; at += step {
		out = append(out, d.one(t.kind, t.value[at:]))
	}
	if uint64(len(out)) < uint64(t.count) {
		out = append(out, fmt.Sprintf("… (%d values)", t.count))
	}
	return strings.Join(out, " ")
}

// one renders one number; rationals stay as written, "1/40".
func (d *dirs) one(kind uint16, b []byte) string {
	switch kind {
	case 1:
		return strconv.Itoa(int(b[0]))
	case 6:
		return strconv.Itoa(int(int8(b[0])))
	case 3:
		return strconv.Itoa(int(d.order.Uint16(b)))
	case 8:
		return strconv.Itoa(int(int16(d.order.Uint16(b))))
	case 4:
		return strconv.FormatUint(uint64(d.order.Uint32(b)), 10)
	case 9:
		return strconv.Itoa(int(int32(d.order.Uint32(b))))
	case 5:
		return fmt.Sprintf("%d/%d", d.order.Uint32(b), d.order.Uint32(b[4:]))
	case 10:
		return fmt.Sprintf("%d/%d", int32(d.order.Uint32(b)), int32(d.order.Uint32(b[4:])))
	}
	return "0x" + hex.EncodeToString(b[:kindSizes[kind]])
}

// find returns the rendered value of a tag of the main image or, among the
// EXIF ones, anywhere; dir 1 is the thumbnail.
func (d *dirs) find(dir int, id uint16) (string, bool) {
	for _, t := range d.tags {
		if t.dir == dir && t.id == id && (t.within == 0 || t.within == exifPointer) {
			return d.text(t), true
		}
	}
	return "", false
}

// cards lists all tags in file order.
func (d *dirs) cards() []remit.Card {
	var cards []remit.Card
	for _, t := range d.tags {
		cards = append(cards, remit.Card{Key: t.name(), Value: clip(d.text(t))})
	}
	return cards
}
