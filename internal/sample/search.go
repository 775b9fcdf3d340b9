package sample

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/remit-server/remit/internal/metadata"
)

// field is a picture with its background, while sources are cut out of it.
type field struct {
	img   *metadata.Image
	bg    *background
	limit float32 // difference from the background that counts
	taken []bool  // pixels that belong to a source already
	stack []int32 // metadata.MaxPixels fits
}

// search returns the sources, brightest first.
func search(ctx context.Context, img *metadata.Image, bg *background, opts Options) ([]Source, error) {
	f := &field{img: img, bg: bg, limit: float32(opts.Threshold) * bg.noise, taken: make([]bool, len(img.Pix))}
	var sources []Source
	for y := range img.Height {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for x := range img.Width {
			if !f.free(x, y) {
				continue
			}
			if s := f.grow(x, y); s.Pixels >= opts.MinPixels {
				sources = append(sources, s)
			}
		}
	}
	slices.SortStableFunc(sources, func(a, b Source) int { return cmp.Compare(b.Flux, a.Flux) })
	return sources, nil
}

// free reports whether the pixel stands out and belongs to no source yet.
func (f *field) free(x, y int) bool {
	return !f.taken[y*f.img.Width+x] && f.excess(x, y) > f.limit
}

// excess is how far the pixel stands out of the background. In FITS only light
// counts, in pictures darkness too. NaN, which is above no limit, stays NaN.
func (f *field) excess(x, y int) float32 {
	d := f.img.Pix[y*f.img.Width+x] - f.bg.at(x, y)
	if !f.img.BottomUp && d < 0 {
		return -d
	}
	return d
}

// grow floods from a pixel over its eight neighbours, and measures.
func (f *field) grow(x, y int) Source {
	var m moments
	f.push(x, y)
	for len(f.stack) > 0 {
		at := int(f.stack[len(f.stack)-1])
		f.stack = f.stack[:len(f.stack)-1]
		x, y := at%f.img.Width, at/f.img.Width
		m.add(float64(x), float64(y), float64(f.excess(x, y)))
		for ny := max(0, y-1); ny <= min(f.img.Height-1, y+1); ny++ {
			for nx := max(0, x-1); nx <= min(f.img.Width-1, x+1); nx++ {
				if f.free(nx, ny) {
					f.push(nx, ny)
				}
			}
		}
	}
	return m.source(float64(f.bg.noise), f.img.BottomUp)
}

// push takes the pixel at once, so that no pixel waits twice.
func (f *field) push(x, y int) {
	i := y*f.img.Width + x
	f.taken[i] = true
	f.stack = append(f.stack, int32(i))
}

// moments are the sums that centre and flux come from.
type moments struct {
	n               int
	flux, x, y, top float64
}

func (m *moments) add(x, y, d float64) {
	m.n++
	m.flux += d
	m.x += d * x
	m.y += d * y
	m.top = max(m.top, d)
}

func (m *moments) source(noise float64, bottomUp bool) Source {
	first := 0.0
	if bottomUp {
		first = 1 // FITS counts pixels from 1
	}
	return Source{
		X: m.x/m.flux + first, Y: m.y/m.flux + first, Flux: m.flux, Peak: m.top,
		Pixels: m.n, SNR: m.flux / (noise * math.Sqrt(float64(m.n))),
	}
}
