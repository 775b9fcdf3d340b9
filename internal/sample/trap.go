package sample

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"math/rand/v2"
	"time"
)

// TrapOptions describe a synthetic picture of a moth trap's sheet; zero values
// mean what is said.
type TrapOptions struct {
	Width, Height int       // pixels; 800 × 600, at least 200
	Moths         int       // at most so many are planted; 10
	TakenAt       time.Time // 2023-06-12 22:00 UTC
	ExposureMS    int       // milliseconds; 20
	Orientation   int       // EXIF orientation that is claimed; 1
}

func (o TrapOptions) withDefaults() TrapOptions {
	o.Width, o.Height = max(200, or(o.Width, 800)), max(200, or(o.Height, 600))
	o.Moths, o.ExposureMS, o.Orientation = or(o.Moths, 10), or(o.ExposureMS, 20), or(o.Orientation, 1)
	if o.TakenAt.IsZero() {
		o.TakenAt = time.Date(2023, 6, 12, 22, 0, 0, 0, time.UTC)
	}
	return o
}

// moth is one insect: two pairs of wings and a body, turned by angle.
type moth struct {
	Planted
	size, angle float64 // pixels from body to wing tip; radians
	wing, body  [3]float64
}

const (
	mothApart   = 75.0 // pixels between two moths
	mothMargin  = 40   // pixels kept free along the edges
	sheetNoise  = 3.0  // grey levels
	jpegQuality = 90
)

// WriteTrapImage writes a JPEG with EXIF of dark moths on a bright sheet, and
// returns the moths' places as stored. The same seed and options give the same
// bytes.
func WriteTrapImage(w io.Writer, seed uint64, opts TrapOptions) ([]Planted, error) {
	opts = opts.withDefaults()
	rng := rand.New(rand.NewPCG(seed, 0x30745))
	moths := plantMoths(rng, opts)
	img := sheet(rng, opts)
	places := make([]Planted, len(moths))
	for i, m := range moths {
		m.land(img, rng)
		places[i] = m.Planted
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: jpegQuality}); err != nil {
		return nil, err
	}
	// The EXIF segment stands right after the start marker (DC-008 § 4.7.2).
	out := append([]byte{0xff, 0xd8}, exifSegment(opts)...)
	_, err := w.Write(append(out, b.Bytes()[2:]...))
	return places, err
}

func plantMoths(rng *rand.Rand, o TrapOptions) []moth {
	var moths []moth
	var places []Planted
	for range o.Moths * 6 {
		m := moth{size: 13 + 14*rng.Float64(), angle: 2 * math.Pi * rng.Float64()}
		m.X = mothMargin + rng.Float64()*float64(o.Width-2*mothMargin)
		m.Y = mothMargin + rng.Float64()*float64(o.Height-2*mothMargin)
		tint := 60 + 60*rng.Float64()
		m.wing = [3]float64{tint, tint * 0.85, tint * 0.65}
		m.body = [3]float64{tint * 0.5, tint * 0.42, tint * 0.35}
		m.Peak = 200 - tint/2
		if len(moths) < o.Moths && m.apart(places, mothApart) {
			moths, places = append(moths, m), append(places, m.Planted)
		}
	}
	return moths
}

// sheet is a bright cloth, lit from the upper middle, with weave and noise.
func sheet(rng *rand.Rand, o TrapOptions) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, o.Width, o.Height))
	for y := range o.Height {
		for x := range o.Width {
			dx, dy := float64(x)/float64(o.Width)-0.5, float64(y)/float64(o.Height)-0.3
			light := 1 - 0.35*(dx*dx+dy*dy)
			weave := 1.5 * float64((x/2+y/2)%2)
			noise := sheetNoise*rng.NormFloat64() - weave
			img.SetRGBA(x, y, rgb([3]float64{228*light + noise, 226*light + noise, 214*light + noise}))
		}
	}
	return img
}

// land paints the moth over the sheet, with soft edges.
func (m moth) land(img *image.RGBA, rng *rand.Rand) {
	sin, cos := math.Sincos(m.angle)
	reach := int(m.size * 1.3)
	for y := int(m.Y) - reach; y <= int(m.Y)+reach; y++ {
		for x := int(m.X) - reach; x <= int(m.X)+reach; x++ {
			dx, dy := float64(x)-m.X, float64(y)-m.Y
			u, v := (dx*cos+dy*sin)/m.size, (dy*cos-dx*sin)/m.size
			speckle := 4 * rng.NormFloat64()
			blend(img, x, y, m.wing, m.wings(u, v), speckle)
			blend(img, x, y, m.body, oval(u, v, 0, 0, 0.17, 0.62), speckle)
		}
	}
}

// wings covers both pairs; u runs across, v along the body, mirrored in u.
func (m moth) wings(u, v float64) float64 {
	u = math.Abs(u)
	fore := oval(u, v, 0.5, -0.15, 0.52, 0.34)
	hind := oval(u, v, 0.36, 0.32, 0.36, 0.30)
	return max(fore, hind)
}

// oval is 1 inside an ellipse around (cu, cv), 0 outside, and soft between.
func oval(u, v, cu, cv, ru, rv float64) float64 {
	d := math.Hypot((u-cu)/ru, (v-cv)/rv)
	return min(1, max(0, (1.1-d)*5))
}

func blend(img *image.RGBA, x, y int, paint [3]float64, cover, speckle float64) {
	if cover <= 0 || !(image.Point{X: x, Y: y}).In(img.Rect) {
		return
	}
	c := img.RGBAAt(x, y)
	mix := func(old uint8, new float64) float64 { return float64(old)*(1-cover) + (new+speckle)*cover }
	img.SetRGBA(x, y, rgb([3]float64{mix(c.R, paint[0]), mix(c.G, paint[1]), mix(c.B, paint[2])}))
}

func rgb(v [3]float64) color.RGBA {
	level := func(f float64) uint8 { return uint8(min(255, max(0, math.Round(f)))) }
	return color.RGBA{R: level(v[0]), G: level(v[1]), B: level(v[2]), A: 255}
}
