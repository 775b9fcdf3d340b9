package sample

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

// Planted is where the makers of sample pictures put something.
type Planted struct {
	X, Y float64 // counted as in Source
	Peak float64 // difference from the background at the centre
}

// StarOptions describe a synthetic frame; zero values mean what is said.
type StarOptions struct {
	Width, Height int       // pixels; 512, at least 64
	Stars         int       // at most so many are planted; 60
	Object        string    // "Sample field"; ASCII, as FITS asks for
	Filter        string    // "V"; ASCII
	ExposureS     float64   // seconds; 60
	TakenAt       time.Time // 2024-03-11 21:00 UTC
	RADeg, DecDeg float64   // centre of the field
	Dark          bool      // a dark frame: no sky, no stars, some hot pixels
}

func (o StarOptions) withDefaults() StarOptions {
	o.Width, o.Height = max(64, or(o.Width, 512)), max(64, or(o.Height, 512))
	o.Stars = or(o.Stars, 60)
	o.Object, o.Filter = or(o.Object, "Sample field"), or(o.Filter, "V")
	o.ExposureS = or(o.ExposureS, 60)
	if o.TakenAt.IsZero() {
		o.TakenAt = time.Date(2024, 3, 11, 21, 0, 0, 0, time.UTC)
	}
	return o
}

func or[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}

const (
	starSigma   = 1.5  // pixels: a seeing of 3.5 pixels full width at half maximum
	starMargin  = 10   // pixels kept free along the edges
	starApart   = 16.0 // pixels between two stars, so that each can be told
	faintest    = 400.0
	brightest   = 40_000.0
	biasLevel   = 300.0
	skyLevel    = 900.0
	readNoise   = 8.0
	gain        = 1.5 // electrons per ADU
	pixelArcsec = 1.2
)

// WriteStarField writes a FITS image of Gaussian stars on a noisy sky, as a CCD
// camera does (16 bits, BZERO 32768, world coordinates), and returns the stars.
// The same seed and options give the same bytes.
func WriteStarField(w io.Writer, seed uint64, opts StarOptions) ([]Planted, error) {
	opts = opts.withDefaults()
	rng := rand.New(rand.NewPCG(seed, 0x5747a1f1e1d))
	pix := make([]float64, opts.Width*opts.Height)
	var stars []Planted
	if opts.Dark {
		hotPixels(rng, pix)
	} else {
		stars = plantStars(rng, opts)
		for i := range pix {
			pix[i] = skyLevel
		}
		for _, s := range stars {
			s.shine(pix, opts)
		}
	}
	_, err := w.Write(append(starHeader(opts), expose(rng, pix)...))
	return stars, err
}

func hotPixels(rng *rand.Rand, pix []float64) {
	for range len(pix) / 5000 {
		pix[rng.IntN(len(pix))] += 200 + 2000*rng.Float64()
	}
}

// plantStars draws places and brightnesses; faint stars are the many.
func plantStars(rng *rand.Rand, opts StarOptions) []Planted {
	var stars []Planted
	for range opts.Stars * 4 {
		s := Planted{
			X:    1 + starMargin + rng.Float64()*float64(opts.Width-2*starMargin-1),
			Y:    1 + starMargin + rng.Float64()*float64(opts.Height-2*starMargin-1),
			Peak: min(brightest, faintest*math.Pow(rng.Float64(), -0.9)),
		}
		if len(stars) < opts.Stars && s.apart(stars, starApart) {
			stars = append(stars, s)
		}
	}
	return stars
}

func (p Planted) apart(others []Planted, distance float64) bool {
	for _, o := range others {
		if math.Hypot(p.X-o.X, p.Y-o.Y) < distance {
			return false
		}
	}
	return true
}

// shine adds a star to the pixels within six sigmas.
func (p Planted) shine(pix []float64, opts StarOptions) {
	const reach = 6 * starSigma
	for y := max(1, int(p.Y-reach)); y <= min(opts.Height, int(p.Y+reach)); y++ {
		for x := max(1, int(p.X-reach)); x <= min(opts.Width, int(p.X+reach)); x++ {
			dx, dy := float64(x)-p.X, float64(y)-p.Y
			pix[(y-1)*opts.Width+x-1] += p.Peak * math.Exp(-(dx*dx+dy*dy)/(2*starSigma*starSigma))
		}
	}
}

// expose adds bias and noise, and packs 16-bit integers below BZERO.
func expose(rng *rand.Rand, pix []float64) []byte {
	data := make([]byte, (len(pix)*2+2879)/2880*2880)
	for i, v := range pix {
		sigma := math.Sqrt(readNoise*readNoise + v/gain)
		adu := math.Round(min(65535, max(0, biasLevel+v+sigma*rng.NormFloat64())))
		binary.BigEndian.PutUint16(data[i*2:], uint16(int(adu)-32768))
	}
	return data
}

// starHeader writes what observatories' cameras write.
func starHeader(o StarOptions) []byte {
	var h cards
	h.add("SIMPLE", true, "conforms to FITS standard")
	h.add("BITPIX", 16, "bits per pixel")
	h.add("NAXIS", 2, "")
	h.add("NAXIS1", o.Width, "columns")
	h.add("NAXIS2", o.Height, "rows")
	h.add("BZERO", 32768, "unsigned 16-bit data")
	h.add("BSCALE", 1, "")
	h.add("DATE-OBS", o.TakenAt.UTC().Format("2006-01-02T15:04:05.000"), "start of exposure, UTC")
	h.add("TIMESYS", "UTC", "")
	h.add("EXPTIME", o.ExposureS, "[s] exposure time")
	h.add("TELESCOP", "Sample 0.5m", "a telescope that does not exist")
	h.add("INSTRUME", "SynthCam", "made by remit sample")
	h.add("FILTER", o.Filter, "")
	h.add("CCD-TEMP", -20.0, "[C] sensor temperature")
	h.add("GAIN", gain, "[e-/ADU]")
	h.add("RDNOISE", readNoise*gain, "[e-]")
	h.add("XBINNING", 1, "")
	h.add("YBINNING", 1, "")
	if o.Dark {
		h.add("IMAGETYP", "Dark Frame", "")
		return h.end()
	}
	h.add("IMAGETYP", "Light Frame", "")
	h.add("OBJECT", o.Object, "")
	h.sky(o)
	return h.end()
}

// cards is a FITS header in the making (FITS 4.0 § 4.2, fixed format).
type cards struct{ bytes.Buffer }

func (h *cards) sky(o StarOptions) {
	h.add("RA", sexagesimal(o.RADeg/15, ""), "[h:m:s] of the centre")
	h.add("DEC", sexagesimal(o.DecDeg, "+"), "[d:m:s] of the centre")
	h.add("EQUINOX", 2000.0, "")
	h.add("RADESYS", "ICRS", "")
	h.add("CTYPE1", "RA---TAN", "")
	h.add("CTYPE2", "DEC--TAN", "")
	h.add("CRVAL1", o.RADeg, "[deg]")
	h.add("CRVAL2", o.DecDeg, "[deg]")
	h.add("CRPIX1", float64(o.Width+1)/2, "")
	h.add("CRPIX2", float64(o.Height+1)/2, "")
	h.add("CDELT1", -pixelArcsec/3600, "[deg]")
	h.add("CDELT2", pixelArcsec/3600, "[deg]")
}

func (h *cards) add(key string, value any, comment string) {
	text := ""
	switch v := value.(type) {
	case string:
		text = fmt.Sprintf("'%-8s'", strings.ReplaceAll(v, "'", "''"))
		text = fmt.Sprintf("%-20s", text)
	case bool:
		text = fmt.Sprintf("%20s", map[bool]string{true: "T", false: "F"}[v])
	case float64:
		text = fmt.Sprintf("%20s", strings.ToUpper(fmt.Sprintf("%#.12g", v)))
	default:
		text = fmt.Sprintf("%20v", v)
	}
	card := fmt.Sprintf("%-8s= %s", key, text)
	if comment != "" {
		card += " / " + comment
	}
	fmt.Fprintf(h, "%-80.80s", card)
}

func (h *cards) end() []byte {
	fmt.Fprintf(h, "%-80s", "END")
	fmt.Fprintf(h, "%*s", (2880-h.Len()%2880)%2880, "")
	return h.Bytes()
}

// sexagesimal writes hundredths of the smallest part, and plus where wanted.
func sexagesimal(value float64, plus string) string {
	sign := plus
	if value < 0 {
		sign = "-"
	}
	n := int(math.Round(math.Abs(value) * 360_000))
	return fmt.Sprintf("%s%02d:%02d:%05.2f", sign, n/360_000, n/6000%60, float64(n%6000)/100)
}
