package metadata

import (
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/tiff"
)

// decodePicture decodes a JPEG, PNG or TIFF after its size has been found
// acceptable. The decoders of other libraries run behind recover.
func decodePicture(f format, r io.ReaderAt, size int64) (img image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: the decoder gave up: %v", ErrMalformed, p)
		}
	}()
	config, decode, ratio := decoders(f)
	c, err := config(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, pictureError(err)
	}
	if c.Width <= 0 || c.Height <= 0 {
		return nil, fmt.Errorf("%w: no pixels", ErrMalformed)
	}
	if c.Width > MaxPixels/c.Height || int64(c.Width)*int64(c.Height)/ratio > size {
		return nil, fmt.Errorf("%w: %d × %d pixels in %d bytes", ErrHostile, c.Width, c.Height, size)
	}
	if img, err = decode(io.NewSectionReader(r, 0, size)); err != nil {
		return nil, pictureError(err)
	}
	return img, nil
}

// decoders also tells how many pixels one byte of the format can hold at most:
// JPEG codes a block of 64 in no less than a bit, and deflate packs no more
// than 1032 to one, of 8 pixels a byte.
func decoders(f format) (func(io.Reader) (image.Config, error), func(io.Reader) (image.Image, error), int64) {
	switch f {
	case jpg:
		return jpeg.DecodeConfig, jpeg.Decode, 64 * 8
	case pngFile:
		return png.DecodeConfig, png.Decode, 1032 * 8
	}
	return tiff.DecodeConfig, tiff.Decode, 1032 * 8
}

// pictureError sorts what image decoders say.
func pictureError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	if _, ok := errors.AsType[tiff.UnsupportedError](err); ok {
		return fmt.Errorf("%w: %v", ErrUnsupported, err)
	}
	if _, ok := errors.AsType[jpeg.UnsupportedError](err); ok {
		return fmt.Errorf("%w: %v", ErrUnsupported, err)
	}
	return fmt.Errorf("%w: %v", ErrMalformed, err)
}

// shrink averages img down to at most side pixels on the long side. It works
// in bands of source rows, so that memory beyond img stays small.
func shrink(img image.Image, side int) *image.RGBA {
	b := img.Bounds()
	w, h := fit(b.Dx(), b.Dy(), side)
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if w == b.Dx() && h == b.Dy() {
		draw.Draw(out, out.Rect, img, b.Min, draw.Src)
		return out
	}
	band := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()/h+1))
	for y := range h {
		top, bottom := y*b.Dy()/h, (y+1)*b.Dy()/h
		rows := image.Rect(0, 0, b.Dx(), bottom-top)
		draw.Draw(band, rows, img, image.Pt(b.Min.X, b.Min.Y+top), draw.Src)
		for x := range w {
			average(out.Pix[out.PixOffset(x, y):], band, image.Rect(x*b.Dx()/w, 0, (x+1)*b.Dx()/w, bottom-top))
		}
	}
	return out
}

func average(out []byte, img *image.RGBA, box image.Rectangle) {
	var sum [4]int
	for y := box.Min.Y; y < box.Max.Y; y++ {
		row := img.Pix[img.PixOffset(box.Min.X, y):img.PixOffset(box.Max.X, y)]
		for i := 0; i < len(row); i += 4 {
			sum[0] += int(row[i])
			sum[1] += int(row[i+1])
			sum[2] += int(row[i+2])
			sum[3] += int(row[i+3])
		}
	}
	n := box.Dx() * box.Dy()
	for i := range sum {
		out[i] = byte((sum[i] + n/2) / n)
	}
}

// fit is the size within side × side that keeps the proportions; never larger.
func fit(w, h, side int) (int, int) {
	if max(w, h) <= side {
		return w, h
	}
	if w >= h {
		return side, max(1, h*side/w)
	}
	return max(1, w*side/h), side
}

// turn applies an EXIF orientation (Exif 2.32 § 4.6.4, tag 0x0112): the result
// is upright.
func turn(img *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 || orientation > 8 {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := turned(orientation, x, y, w-1, h-1)
			out.SetRGBA(tx, ty, img.RGBAAt(x, y))
		}
	}
	return out
}

// turned is where pixel x, y goes; right and bottom are the last column and row.
func turned(orientation, x, y, right, bottom int) (int, int) {
	switch orientation {
	case 2:
		return right - x, y
	case 3:
		return right - x, bottom - y
	case 4:
		return x, bottom - y
	case 5:
		return y, x
	case 6:
		return bottom - y, x
	case 7:
		return bottom - y, right - x
	}
	return y, right - x
}
