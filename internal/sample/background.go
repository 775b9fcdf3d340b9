package sample

import (
	"context"
	"math"
	"slices"

	"github.com/remit-server/remit/internal/metadata"
)

// background is the level of the sky or sheet on a mesh of cells, and one
// noise for the whole picture.
type background struct {
	width, height int // pixels
	cols, rows    int // cells, all of nearly the same size
	level         []float32
	median        float32 // of all cells
	noise         float32 // standard deviation
}

const (
	cellSide   = 64     // pixels; several times the size of what is looked for
	clipSigmas = 3      // of the clipping
	clipRounds = 4      // at most
	madToSigma = 1.4826 // for normal noise
)

// estimate measures each cell by its sigma-clipped median and the noise by the
// median absolute deviation, which sources hardly move.
func estimate(ctx context.Context, img *metadata.Image) (*background, error) {
	bg := &background{width: img.Width, height: img.Height,
		cols: max(1, img.Width/cellSide), rows: max(1, img.Height/cellSide)}
	raw := make([]float32, bg.cols*bg.rows)
	var levels, noises []float32
	for i := range raw {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		level, noise, ok := clippedMedian(bg.cell(img, i%bg.cols, i/bg.cols))
		if raw[i] = level; ok {
			levels, noises = append(levels, level), append(noises, noise)
		}
	}
	bg.median, bg.noise = median(levels), median(noises)
	if floor := float32(math.Abs(float64(bg.median))) * 1e-6; bg.noise <= floor {
		bg.noise = max(floor, math.SmallestNonzeroFloat32) // a perfectly flat field
	}
	bg.level = bg.mend(raw)
	return bg, nil
}

// cell copies the defined pixels of a cell.
func (bg *background) cell(img *metadata.Image, cx, cy int) []float32 {
	var out []float32
	left, right := cx*bg.width/bg.cols, (cx+1)*bg.width/bg.cols
	for y := cy * bg.height / bg.rows; y < (cy+1)*bg.height/bg.rows; y++ {
		for _, v := range img.Pix[y*img.Width+left : y*img.Width+right] {
			if v == v {
				out = append(out, v)
			}
		}
	}
	return out
}

// clippedMedian sorts v. Without values ok is false and the level NaN.
func clippedMedian(v []float32) (level, noise float32, ok bool) {
	if len(v) == 0 {
		return float32(math.NaN()), 0, false
	}
	slices.Sort(v)
	for range clipRounds {
		level, noise = v[len(v)/2], spread(v)
		low, _ := slices.BinarySearch(v, level-clipSigmas*noise)
		high, _ := slices.BinarySearch(v, math.Nextafter32(level+clipSigmas*noise, math.MaxFloat32))
		if high-low == len(v) || high-low < 3 {
			break
		}
		v = v[low:high]
	}
	return level, noise, true
}

// spread is the standard deviation by the median absolute deviation. Whole
// numbers make that coarse or zero; then the root mean square of v is better.
func spread(v []float32) float32 {
	mid := v[len(v)/2]
	deviations := make([]float32, len(v))
	var sum float64
	for i, x := range v {
		d := x - mid
		deviations[i] = max(d, -d)
		sum += float64(d) * float64(d)
	}
	rms := float32(math.Sqrt(sum / float64(len(v))))
	mad := median(deviations)
	if mad <= 2 {
		return max(madToSigma*mad, min(rms, madToSigma*(mad+1)))
	}
	return madToSigma * mad
}

func median(v []float32) float32 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Clone(v)
	slices.Sort(v)
	return v[len(v)/2]
}

// mendSigmas is how far a cell may stand out of its neighbours: gradients of
// the lighting stay below, a cell filled by one large source does not.
const mendSigmas = 5

// mend replaces cells that stand out, and those without pixels, by the median
// of their neighbourhood.
func (bg *background) mend(raw []float32) []float32 {
	out := make([]float32, len(raw))
	for i, v := range raw {
		out[i] = v
		typical := bg.neighbours(raw, i%bg.cols, i/bg.cols)
		if d := v - typical; !(max(d, -d) <= mendSigmas*bg.noise) {
			out[i] = typical
		}
	}
	return out
}

func (bg *background) neighbours(raw []float32, cx, cy int) float32 {
	var around []float32
	for y := max(0, cy-1); y <= min(bg.rows-1, cy+1); y++ {
		for x := max(0, cx-1); x <= min(bg.cols-1, cx+1); x++ {
			if v := raw[y*bg.cols+x]; v == v {
				around = append(around, v)
			}
		}
	}
	if len(around) == 0 {
		return bg.median
	}
	return median(around)
}

// at interpolates between the centres of the cells, and carries the slope on
// beyond the outermost.
func (bg *background) at(x, y int) float32 {
	x0, x1, fx := between(x, bg.width, bg.cols)
	y0, y1, fy := between(y, bg.height, bg.rows)
	lower := bg.level[y0*bg.cols+x0]*(1-fx) + bg.level[y0*bg.cols+x1]*fx
	upper := bg.level[y1*bg.cols+x0]*(1-fx) + bg.level[y1*bg.cols+x1]*fx
	return lower*(1-fy) + upper*fy
}

func between(pixel, pixels, cells int) (low, high int, fraction float32) {
	if cells == 1 {
		return 0, 0, 0
	}
	at := (float32(pixel)+0.5)*float32(cells)/float32(pixels) - 0.5
	low = min(max(0, int(at)), cells-2)
	return low, low + 1, at - float32(low)
}
