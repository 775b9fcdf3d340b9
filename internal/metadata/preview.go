package metadata

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"path"
)

// DefaultPreviewSide is used where Preview is asked for no particular size.
const DefaultPreviewSide = 512

// Preview draws the file as a PNG of at most maxPixels on its long side (0 or
// less means DefaultPreviewSide, more than MaxPreviewSide means that).
//
// FITS: the first plane of the first image, zscale limits and an asinh stretch,
// row 1 at the bottom. JPEG, PNG and TIFF: shrunk and turned upright by their
// EXIF orientation. CR2, and JPEG that cannot be decoded: the picture embedded
// in their tags. Errors are those of Read.
func Preview(name string, r io.ReaderAt, size int64, maxPixels int) ([]byte, error) {
	img, err := preview(r, size, side(maxPixels))
	if err != nil {
		return nil, fmt.Errorf("preview %s: %w", path.Base(name), err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("preview %s: %w", path.Base(name), err)
	}
	return out.Bytes(), nil
}

func side(maxPixels int) int {
	if maxPixels <= 0 {
		return DefaultPreviewSide
	}
	return min(maxPixels, MaxPreviewSide)
}

func preview(r io.ReaderAt, size int64, side int) (image.Image, error) {
	f, err := detect(r, size)
	if err != nil {
		return nil, err
	}
	switch f {
	case fits:
		return previewFITS(r, size, side)
	case jpg:
		return previewJPEG(r, size, side)
	case cr2:
		return previewCR2(r, size, side)
	case pngFile, tif:
		img, err := decodePicture(f, r, size)
		if err != nil {
			return nil, err
		}
		return turn(shrink(img, side), orientationOf(f, r)), nil
	}
	return nil, fmt.Errorf("%w: not FITS, JPEG, TIFF, CR2 or PNG", ErrUnsupported)
}

func orientationOf(f format, r io.ReaderAt) int {
	if f != tif {
		return 1
	}
	d, err := readDirs(r)
	if err != nil {
		return 1
	}
	return d.whole(0, tagOrientation)
}

// previewJPEG falls back to the EXIF thumbnail of a file whose pixels are cut
// off or too many.
func previewJPEG(r io.ReaderAt, size int64, side int) (image.Image, error) {
	d := &dirs{}
	s := scanJPEG(r, size)
	if s.exif != nil {
		if found, err := readDirs(s.exif); err == nil {
			d = found
		}
	}
	img, err := decodePicture(jpg, r, size)
	if err != nil && s.exif != nil {
		if thumb, ok := embedded(s.exif, s.exif.Size(), d, 1, tagThumb, tagThumbSize); ok {
			img, err = thumb, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return turn(shrink(img, side), d.whole(0, tagOrientation)), nil
}

// previewCR2 takes the JPEG in the first directory's strip (the camera's own
// rendering), else the thumbnail.
func previewCR2(r io.ReaderAt, size int64, side int) (image.Image, error) {
	d, err := readDirs(r)
	if err != nil {
		return nil, err
	}
	img, ok := embedded(r, size, d, 0, tagStrips, tagStripSizes)
	if !ok {
		img, ok = embedded(r, size, d, 1, tagThumb, tagThumbSize)
	}
	if !ok {
		return nil, fmt.Errorf("%w: no readable picture embedded", ErrUnsupported)
	}
	return turn(shrink(img, side), d.whole(0, tagOrientation)), nil
}

// embedded decodes the JPEG that two tags of a directory point to.
func embedded(r io.ReaderAt, size int64, d *dirs, dir int, offsetTag, lengthTag uint16) (image.Image, bool) {
	offset, length := int64(d.whole(dir, offsetTag)), int64(d.whole(dir, lengthTag))
	if offset <= 0 || length <= 0 || offset+length > size {
		return nil, false
	}
	img, err := decodePicture(jpg, io.NewSectionReader(r, offset, length), length)
	return img, err == nil
}
