package sample

import "encoding/binary"

// directory is a TIFF directory in the making; all offsets count from the
// TIFF header (TIFF 6.0 § 2), little-endian.
type directory struct {
	entries []byte
	data    []byte // values of more than four bytes
	at      uint32 // where data begins
}

// Field types of TIFF 6.0.
const (
	asciiType, shortType, longType, rationalType, opaqueType = 2, 3, 4, 5, 7
)

const (
	tiffHeader = 8
	entryLen   = 12
)

// newDirectory begins a directory of n entries at offset.
func newDirectory(offset uint32, n int) *directory {
	return &directory{at: offset + 2 + uint32(n)*entryLen + 4}
}

func (d *directory) add(tag, kind uint16, count int, value []byte) {
	d.entries = binary.LittleEndian.AppendUint16(d.entries, tag)
	d.entries = binary.LittleEndian.AppendUint16(d.entries, kind)
	d.entries = binary.LittleEndian.AppendUint32(d.entries, uint32(count))
	if len(value) > 4 {
		d.entries = binary.LittleEndian.AppendUint32(d.entries, d.at+uint32(len(d.data)))
		d.data = append(d.data, value...)
		if len(d.data)%2 == 1 {
			d.data = append(d.data, 0) // values begin at even offsets
		}
		return
	}
	d.entries = append(d.entries, append(value, make([]byte, 4-len(value))...)...)
}

func (d *directory) text(tag uint16, s string) { d.add(tag, asciiType, len(s)+1, append([]byte(s), 0)) }

func (d *directory) short(tag uint16, v int) {
	d.add(tag, shortType, 1, binary.LittleEndian.AppendUint16(nil, uint16(v)))
}

func (d *directory) long(tag uint16, v uint32) {
	d.add(tag, longType, 1, binary.LittleEndian.AppendUint32(nil, v))
}

func (d *directory) ratio(tag uint16, over, under int) {
	b := binary.LittleEndian.AppendUint32(nil, uint32(over))
	d.add(tag, rationalType, 1, binary.LittleEndian.AppendUint32(b, uint32(under)))
}

// bytes is the directory with its data; no other follows in the chain.
func (d *directory) bytes() []byte {
	out := binary.LittleEndian.AppendUint16(nil, uint16(len(d.entries)/entryLen))
	out = append(out, d.entries...)
	return append(append(out, 0, 0, 0, 0), d.data...)
}

// exifSegment is the APP1 segment of a trap camera (CIPA DC-008 § 4.5). Tags
// stand in rising order, as TIFF asks.
func exifSegment(o TrapOptions) []byte {
	at := o.TakenAt.UTC()
	taken := at.Format("2006:01:02 15:04:05")
	const mainEntries = 6
	main := newDirectory(tiffHeader, mainEntries)
	main.text(0x010f, "Sample Optics")
	main.text(0x0110, "TrapCam 1")
	main.short(0x0112, o.Orientation)
	main.text(0x0131, "remit sample")
	main.text(0x0132, taken)
	second := main.at + uint32(len(main.data))
	main.long(0x8769, second)

	const exifEntries = 9
	exif := newDirectory(second, exifEntries)
	exif.ratio(0x829a, o.ExposureMS, 1000)
	exif.ratio(0x829d, 56, 10)
	exif.short(0x8827, 400)
	exif.add(0x9000, opaqueType, 4, []byte("0232"))
	exif.text(0x9003, taken)
	exif.text(0x9011, "+00:00")
	exif.ratio(0x920a, 35, 1)
	exif.long(0xa002, uint32(o.Width))
	exif.long(0xa003, uint32(o.Height))
	return segment(append(main.bytes(), exif.bytes()...))
}

func segment(tiff []byte) []byte {
	const intro = "Exif\x00\x00II*\x00\x08\x00\x00\x00"
	out := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(2+len(intro)+len(tiff)))
	return append(append(out, intro...), tiff...)
}
