package metadata

import (
	"math"
	"slices"
)

// The constants of zscale as IRAF's display task and its descendants have them.
const (
	zSamples    = 1000
	zContrast   = 0.25
	zRejection  = 2.5 // sigmas
	zIterations = 5
	zMaxReject  = 0.5 // of the samples
	zMinPixels  = 5
)

// zscale returns the grey levels to show as black and white: the median, and a
// line through the sorted sample around it, less steep by the contrast. NaN is
// left out; without any finite pixel ok is false.
func zscale(pix []float32) (low, high float32, ok bool) {
	sample := sorted(pix)
	n := len(sample)
	if n == 0 {
		return 0, 1, false
	}
	first, last := float64(sample[0]), float64(sample[n-1])
	slope, kept := fitLine(sample)
	if kept < max(zMinPixels, int(float64(n)*zMaxReject)) || slope <= 0 {
		return sample[0], sample[n-1], true
	}
	median, centre := float64(sample[n/2]), float64(n/2)
	slope /= zContrast
	low = float32(max(first, median-centre*slope))
	high = float32(min(last, median+(float64(n)-centre)*slope))
	return low, high, true
}

func sorted(pix []float32) []float32 {
	step := max(1, len(pix)/zSamples) | 1 // odd: a divisor of the width would see few columns
	sample := make([]float32, 0, len(pix)/step+1)
	for i := 0; i < len(pix); i += step {
		if pix[i] == pix[i] {
			sample = append(sample, pix[i])
		}
	}
	slices.Sort(sample)
	return sample
}

// fitLine fits sample[i] = a + slope·i, leaving out what lies far from it.
func fitLine(sample []float32) (slope float64, kept int) {
	bad := make([]bool, len(sample))
	kept = len(sample)
	for range zIterations {
		var n, sx, sy, sxx, sxy float64
		for i, v := range sample {
			if x, y := float64(i), float64(v); !bad[i] {
				n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
			}
		}
		det := n*sxx - sx*sx
		if det <= 0 {
			return 0, int(n)
		}
		slope = (n*sxy - sx*sy) / det
		now := reject(sample, bad, slope, (sy-slope*sx)/n)
		if now == kept || now < zMinPixels {
			return slope, now
		}
		kept = now
	}
	return slope, kept
}

// reject marks the outliers and returns how many values are kept.
func reject(sample []float32, bad []bool, slope, at0 float64) (kept int) {
	var sum, n float64
	for i, v := range sample {
		if !bad[i] {
			d := float64(v) - at0 - slope*float64(i)
			sum, n = sum+d*d, n+1
		}
	}
	limit := zRejection * math.Sqrt(sum/n)
	for i, v := range sample {
		bad[i] = math.Abs(float64(v)-at0-slope*float64(i)) > limit
		if !bad[i] {
			kept++
		}
	}
	return kept
}

const softening = 0.1 // of the asinh stretch; smaller lifts faint pixels more

// stretch maps pixels to grey by zscale limits and an asinh curve; undefined
// pixels are black. ok is false when no pixel is defined.
func stretch(pix []float32) (grey []byte, ok bool) {
	grey = make([]byte, len(pix))
	low, high, ok := zscale(pix)
	span := float64(high) - float64(low)
	if span <= 0 {
		span = 1
	}
	top := math.Asinh(1 / softening)
	for i, v := range pix {
		if v != v {
			continue
		}
		x := min(1, max(0, (float64(v)-float64(low))/span))
		grey[i] = byte(math.Round(255 * math.Asinh(x/softening) / top))
	}
	return grey, ok
}
