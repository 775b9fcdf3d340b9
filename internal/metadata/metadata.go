// Package metadata reads what image files say about themselves (FITS headers,
// EXIF of JPEG, TIFF and Canon CR2, PNG sizes) and makes small pictures of them.
//
// Its invariant: a file, however broken or hostile, costs bounded time and
// memory and never a panic; what cannot be read is an error or a warning that
// names the reason. The package does no I/O but through the readers passed in,
// and it keeps no clock.
//
//	m, mediaType, err := metadata.Read("light_001.fits", f, size)
//	if err != nil { // m still holds whatever could be read
//		log.Warn("header", "file", name, "err", err)
//	}
//	png, err := metadata.Preview("light_001.fits", f, size, 512)
package metadata

import (
	"errors"
	"fmt"
	"io"
	"path"
	"unicode/utf8"

	"github.com/remit-server/remit"
)

// Reasons why a file could not be read; errors of this package wrap one of them
// or an error of the reader.
var (
	// ErrUnsupported: the content is no format that this package knows, or a
	// part of one that it cannot draw (a spectrum, a compressed FITS image).
	ErrUnsupported = errors.New("unsupported content")
	// ErrTruncated: the file ends before its header or its pixels do.
	ErrTruncated = errors.New("file ends too early")
	// ErrMalformed: the format is known, but its structure is broken.
	ErrMalformed = errors.New("malformed file")
	// ErrHostile: the header declares more than the limits allow, or more than
	// the bytes of the file can hold.
	ErrHostile = errors.New("declares an absurd size")
)

// The limits that keep hostile files cheap.
const (
	MaxHDUs         = 500        // FITS header units read per file; the rest is left out with a warning
	MaxHeaderBlocks = 1000       // 2880-byte blocks in one FITS header
	MaxCards        = 20_000     // header entries kept per file
	MaxValueLen     = 4096       // bytes kept of one header value or comment
	MaxChecksumSize = 16 << 20   // largest FITS header unit whose DATASUM is verified, bytes
	MaxPixels       = 50_000_000 // pixels decoded at once, for Pixels and for previews of JPEG, PNG and TIFF
	MaxRowBytes     = 16 << 20   // bytes of one row of a FITS image
	MaxPreviewSide  = 4096       // longest side of a preview in pixels, whatever is asked for
	MaxTags         = 4096       // EXIF tags read per file, good or bad
	MaxIFDs         = 32         // EXIF directories read per file
)

// format is what a file is, told by its first bytes.
type format string

// The media types that Read tells. FITS: RFC 4047.
const (
	fits    format = "image/fits"
	jpg     format = "image/jpeg"
	tif     format = "image/tiff"
	cr2     format = "image/x-canon-cr2"
	pngFile format = "image/png"
	text    format = "text/plain"
	unknown format = "application/octet-stream"
)

// Read reads the header of the file in r, which has size bytes. The format is
// told by the content; name serves error texts only. The metadata is never nil:
// beside an error it holds what could be read. Errors wrap ErrUnsupported,
// ErrTruncated, ErrMalformed, ErrHostile or the reader's own error.
func Read(name string, r io.ReaderAt, size int64) (m *remit.Metadata, mediaType string, err error) {
	m = &remit.Metadata{}
	f, err := detect(r, size)
	if err == nil {
		err = read(f, r, size, m)
	}
	if err != nil {
		err = fmt.Errorf("read header of %s: %w", path.Base(name), err)
	}
	return m, string(f), err
}

func read(f format, r io.ReaderAt, size int64, m *remit.Metadata) error {
	switch f {
	case fits:
		return readFITS(r, size, m)
	case jpg:
		return readJPEG(r, size, m)
	case tif, cr2:
		return readTIFF(r, size, m)
	case pngFile:
		return readPNG(r, size, m)
	}
	return fmt.Errorf("%w: not FITS, JPEG, TIFF, CR2 or PNG", ErrUnsupported)
}

// detect tells the format by the magic bytes.
func detect(r io.ReaderAt, size int64) (format, error) {
	if size <= 0 {
		return unknown, fmt.Errorf("%w: it is empty", ErrTruncated)
	}
	head := make([]byte, min(size, 512))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return unknown, shortRead(err)
	}
	return sniff(head), nil
}

func sniff(head []byte) format {
	has := func(at int, magic string) bool {
		return len(head) >= at+len(magic) && string(head[at:at+len(magic)]) == magic
	}
	switch {
	case has(0, "SIMPLE  ="):
		return fits
	case has(0, "\xff\xd8\xff"):
		return jpg
	case has(0, "\x89PNG\r\n\x1a\n"):
		return pngFile
	case has(0, "II*\x00") && has(8, "CR\x02"):
		return cr2
	case has(0, "II*\x00"), has(0, "MM\x00*"):
		return tif
	case plainText(head):
		return text
	}
	return unknown
}

// plainText allows for a rune cut at the end of the head.
func plainText(head []byte) bool {
	for len(head) > 0 {
		c, n := utf8.DecodeRune(head)
		if c == utf8.RuneError && n == 1 {
			return len(head) < utf8.UTFMax
		}
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
		head = head[n:]
	}
	return true
}

// shortRead turns the reader's end of file into ErrTruncated.
func shortRead(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	return err
}
