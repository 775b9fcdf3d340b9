package metadata

import (
	"encoding/binary"
	"fmt"
	"image/png"
	"io"

	"github.com/remit-server/remit"
)

// segments is what the marker segments of a JPEG tell before its pixels begin.
type segments struct {
	exif          *io.SectionReader // nil without an APP1 Exif segment
	width, height int               // 0 when the frame header is missing
	cut           bool              // the file ended before the pixels began
}

const maxSegments = 1000 // marker segments looked at

// scanJPEG walks over the marker segments (ISO 10918-1 annex B).
func scanJPEG(r io.ReaderAt, size int64) segments {
	s := segments{cut: true}
	offset := int64(2)
	for range maxSegments {
		var b [4]byte
		if n, _ := r.ReadAt(b[:], offset); n < 4 || b[0] != 0xff {
			return s
		}
		length := int64(binary.BigEndian.Uint16(b[2:]))
		switch {
		case b[1] == 0xff: // fill byte
			offset++
			continue
		case b[1] == 0xda || b[1] == 0xd9:
			s.cut = false
			return s
		case b[1] == 0xe1 && s.exif == nil:
			s.exif = exifSegment(r, offset+4, min(length-2, size-offset-4))
		case frameHeader(b[1]):
			s.width, s.height = frameSize(r, offset+4)
		}
		offset += 2 + max(length, 2)
	}
	return s
}

// frameHeader tells SOFn from DHT, JPG and DAC, which share their range.
func frameHeader(marker byte) bool {
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
}

func frameSize(r io.ReaderAt, offset int64) (w, h int) {
	var b [5]byte // precision, height, width
	if n, _ := r.ReadAt(b[:], offset); n < len(b) {
		return 0, 0
	}
	return int(binary.BigEndian.Uint16(b[3:])), int(binary.BigEndian.Uint16(b[1:]))
}

func exifSegment(r io.ReaderAt, offset, length int64) *io.SectionReader {
	const intro = "Exif\x00\x00"
	b := make([]byte, len(intro))
	if n, _ := r.ReadAt(b, offset); n < len(b) || string(b) != intro || length <= int64(len(b)) {
		return nil
	}
	return io.NewSectionReader(r, offset+int64(len(b)), length-int64(len(b)))
}

// readJPEG prefers the size in the frame header to what EXIF says. A file that
// ends before its pixels is read as far as it goes, with a warning.
func readJPEG(r io.ReaderAt, size int64, m *remit.Metadata) error {
	s := scanJPEG(r, size)
	if s.exif != nil {
		if d, err := readDirs(s.exif); err != nil {
			m.Warnings = append(m.Warnings, err.Error())
		} else {
			d.describe(m)
		}
	}
	if s.width > 0 && s.height > 0 {
		m.Width, m.Height = &s.width, &s.height
	}
	if s.cut && s.exif == nil {
		return fmt.Errorf("JPEG without pixels: %w", ErrTruncated)
	}
	if s.cut {
		m.Warnings = append(m.Warnings, "the file ends before its pixels begin")
	}
	return nil
}

func readPNG(r io.ReaderAt, size int64, m *remit.Metadata) error {
	c, err := png.DecodeConfig(io.NewSectionReader(r, 0, size))
	if err != nil {
		return pictureError(err)
	}
	m.Width, m.Height = &c.Width, &c.Height
	return nil
}
