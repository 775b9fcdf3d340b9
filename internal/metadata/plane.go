package metadata

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/remit-server/remit"
)

// plane is the first two-dimensional plane of a FITS image, read row by row.
type plane struct {
	r             io.ReaderAt
	start         int64
	width, height int
	bitpix        int
	scale, zero   float64
	blank         int64
	hasBlank      bool
	raw           []byte // one row
}

// openPlane finds the first unit with an image of two dimensions or more.
func openPlane(r io.ReaderAt, size int64) (*plane, error) {
	units, err := scanFITS(r, size, &remit.Metadata{})
	reason := fmt.Errorf("%w: no image with rows and columns in it", ErrUnsupported)
	if err != nil {
		reason = err
	}
	for _, u := range units {
		switch {
		case !u.image() || u.start == 0:
		case u.compressed():
			reason = fmt.Errorf("%w: the image of HDU %d is tile-compressed", ErrUnsupported, u.index)
		case len(u.axes) == 1:
			reason = fmt.Errorf("%w: HDU %d has one dimension", ErrUnsupported, u.index)
		default:
			return u.plane(r)
		}
	}
	return nil, reason
}

func (u *unit) plane(r io.ReaderAt) (*plane, error) {
	bitpix, _ := u.number("BITPIX")
	width, err := u.elementSize()
	if err != nil {
		return nil, err
	}
	if u.axes[0] == 0 || u.axes[1] == 0 || u.size == 0 {
		return nil, fmt.Errorf("%w: HDU %d has an empty image", ErrUnsupported, u.index)
	}
	if u.axes[0] > MaxRowBytes/width || u.axes[1] > math.MaxInt32 {
		return nil, fmt.Errorf("%w: HDU %d has %d × %d pixels", ErrHostile, u.index, u.axes[0], u.axes[1])
	}
	p := &plane{r: r, start: u.start, width: int(u.axes[0]), height: int(u.axes[1]), bitpix: int(bitpix), scale: 1}
	if f, ok := u.number("BSCALE"); ok && f != 0 {
		p.scale = f
	}
	p.zero, _ = u.number("BZERO")
	if f, ok := u.number("BLANK"); ok && bitpix > 0 {
		p.blank, p.hasBlank = int64(f), true
	}
	p.raw = make([]byte, int64(p.width)*width)
	return p, nil
}

// row reads row y (0 is FITS row 1) into out, scaled by BSCALE and BZERO;
// undefined pixels are NaN.
func (p *plane) row(y int, out []float32) error {
	n, err := p.r.ReadAt(p.raw, p.start+int64(y)*int64(len(p.raw)))
	if n < len(p.raw) {
		return fmt.Errorf("row %d of %d: %w", y+1, p.height, shortRead(err))
	}
	p.decode(out)
	return nil
}

// decode has one loop per type, for it runs over every pixel of every file.
func (p *plane) decode(out []float32) {
	raw := p.raw
	switch p.bitpix {
	case 8:
		for i := range out {
			out[i] = p.scaled(int64(raw[i]))
		}
	case 16:
		for i := range out {
			out[i] = p.scaled(int64(int16(binary.BigEndian.Uint16(raw[i*2:]))))
		}
	case 32:
		for i := range out {
			out[i] = p.scaled(int64(int32(binary.BigEndian.Uint32(raw[i*4:]))))
		}
	case 64:
		for i := range out {
			out[i] = p.scaled(int64(binary.BigEndian.Uint64(raw[i*8:])))
		}
	case -32:
		for i := range out {
			out[i] = p.real(float64(math.Float32frombits(binary.BigEndian.Uint32(raw[i*4:]))))
		}
	case -64:
		for i := range out {
			out[i] = p.real(math.Float64frombits(binary.BigEndian.Uint64(raw[i*8:])))
		}
	}
}

func (p *plane) scaled(v int64) float32 {
	if p.hasBlank && v == p.blank {
		return nan
	}
	return p.real(float64(v))
}

// real makes what float32 cannot hold undefined, so that sums stay finite.
func (p *plane) real(v float64) float32 {
	f := float32(v*p.scale + p.zero)
	if f-f != 0 {
		return nan
	}
	return f
}

var nan = float32(math.NaN())
