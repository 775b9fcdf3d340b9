package metadata

import (
	"fmt"
	"image"
	"io"
)

// maxAveraged is how many pixels of a FITS image are averaged into its preview;
// of larger ones only some of the rows are read.
const maxAveraged = 32_000_000

func previewFITS(r io.ReaderAt, size int64, side int) (image.Image, error) {
	p, err := openPlane(r, size)
	if err != nil {
		return nil, err
	}
	m, err := p.shrunk(side)
	if err != nil {
		return nil, err
	}
	grey, ok := stretch(m.Pix)
	if !ok {
		return nil, fmt.Errorf("%w: no pixel has a value", ErrMalformed)
	}
	return flipped(grey, m.Width, m.Height), nil
}

// shrunk averages the plane down, holding one row of it at a time. Rows beyond
// the end of a file that is cut short stay undefined.
func (p *plane) shrunk(side int) (*Image, error) {
	w, h := fit(p.width, p.height, side)
	out := &Image{Width: w, Height: h, Pix: make([]float32, w*h), BottomUp: true}
	row := make([]float32, p.width)
	sum, count := make([]float64, w), make([]int, w)
	every := max(1, p.width*p.height/maxAveraged)
	for y := range h {
		clear(sum)
		clear(count)
		for from := y * p.height / h; from < (y+1)*p.height/h; from += every {
			if err := p.row(from, row); err != nil {
				if y == 0 && from == 0 {
					return nil, err
				}
				break
			}
			gather(row, sum, count)
		}
		settle(out.Pix[y*w:(y+1)*w], sum, count)
	}
	return out, nil
}

// gather adds a row to the sums of the columns that it is shrunk to.
func gather(row []float32, sum []float64, count []int) {
	w := len(sum)
	for x := range w {
		for _, v := range row[x*len(row)/w : (x+1)*len(row)/w] {
			if v == v {
				sum[x] += float64(v)
				count[x]++
			}
		}
	}
}

func settle(out []float32, sum []float64, count []int) {
	for x := range out {
		out[x] = nan
		if count[x] > 0 {
			out[x] = float32(sum[x] / float64(count[x]))
		}
	}
}

// flipped turns rows that begin at the bottom into a picture.
func flipped(grey []byte, w, h int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		copy(img.Pix[(h-1-y)*img.Stride:], grey[y*w:(y+1)*w])
	}
	return img
}
