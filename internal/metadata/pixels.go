package metadata

import (
	"fmt"
	"image"
	"image/color"
	"io"
)

// Image is a grey picture as numbers.
type Image struct {
	Width, Height int
	// Pix holds Height rows of Width values; NaN where a pixel is undefined.
	// FITS: physical values (BZERO + BSCALE × stored). Others: brightness 0…255.
	Pix []float32
	// BottomUp says that row 0 is the lowest, as in FITS, whose pixels are also
	// counted from 1 (FITS 4.0 § 5.1, § 8.1). Otherwise row 0 is the top.
	BottomUp bool
}

// Pixels reads the first image plane of a FITS file, or a JPEG or PNG as stored
// (EXIF orientation is not applied). Errors are those of Read; more than
// MaxPixels pixels are ErrHostile.
func Pixels(r io.ReaderAt, size int64) (*Image, error) {
	f, err := detect(r, size)
	if err != nil {
		return nil, err
	}
	switch f {
	case fits:
		return fitsPixels(r, size)
	case jpg, pngFile:
		img, err := decodePicture(f, r, size)
		if err != nil {
			return nil, err
		}
		return greyPixels(img), nil
	}
	return nil, fmt.Errorf("%w: not FITS, JPEG or PNG", ErrUnsupported)
}

func fitsPixels(r io.ReaderAt, size int64) (*Image, error) {
	p, err := openPlane(r, size)
	if err != nil {
		return nil, err
	}
	if p.width > MaxPixels/p.height {
		return nil, fmt.Errorf("%w: %d × %d pixels", ErrHostile, p.width, p.height)
	}
	if p.start+int64(p.height)*int64(len(p.raw)) > size {
		return nil, fmt.Errorf("%w: %d × %d pixels are declared", ErrTruncated, p.width, p.height)
	}
	m := &Image{Width: p.width, Height: p.height, Pix: make([]float32, p.width*p.height), BottomUp: true}
	for y := range m.Height {
		if err := p.row(y, m.Pix[y*m.Width:(y+1)*m.Width]); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// greyPixels keeps to 8 bits, which is what JPEG has.
func greyPixels(img image.Image) *Image {
	b := img.Bounds()
	m := &Image{Width: b.Dx(), Height: b.Dy(), Pix: make([]float32, b.Dx()*b.Dy())}
	luma, isLuma := img.(*image.YCbCr)
	for y := range m.Height {
		row := m.Pix[y*m.Width : (y+1)*m.Width]
		for x := range row {
			if isLuma {
				row[x] = float32(luma.Y[luma.YOffset(b.Min.X+x, b.Min.Y+y)])
				continue
			}
			row[x] = float32(color.Gray16Model.Convert(img.At(b.Min.X+x, b.Min.Y+y)).(color.Gray16).Y) / 257
		}
	}
	return m
}

// Picture draws the image upright and at full size: FITS values stretched as in
// Preview, others as they are.
func (m *Image) Picture() *image.Gray {
	if m.BottomUp {
		grey, _ := stretch(m.Pix)
		return flipped(grey, m.Width, m.Height)
	}
	img := image.NewGray(image.Rect(0, 0, m.Width, m.Height))
	for i, v := range m.Pix {
		img.Pix[i] = byte(min(255, max(0, v+0.5)))
	}
	return img
}
