package metadata

import (
	"math"
	"strings"

	"github.com/remit-server/remit"
)

// positions are the keyword pairs that tell where the telescope pointed, the
// most trusted first.
var positions = [][2]string{
	{"RA", "DEC"}, {"OBJCTRA", "OBJCTDEC"}, {"RA_TARG", "DEC_TARG"}, {"RA_OBJ", "DEC_OBJ"},
	{"RA-OBS", "DEC-OBS"}, {"RA_OBS", "DEC_OBS"}, {"TELRA", "TELDEC"},
}

// position fills RADeg and DecDeg from a pair of keywords, else from the
// reference point of celestial world coordinates.
func position(units []*unit, m *remit.Metadata) {
	for _, pair := range positions {
		for _, u := range units {
			ra, okRA := u.angle(pair[0], 15)
			dec, okDec := u.angle(pair[1], 1)
			if okRA && okDec && onSky(ra, dec) {
				m.RADeg, m.DecDeg = &ra, &dec
				return
			}
		}
	}
	for _, u := range units {
		ra, okRA := u.number("CRVAL1")
		dec, okDec := u.number("CRVAL2")
		if okRA && okDec && u.axisIs(1, "RA--") && u.axisIs(2, "DEC-") && onSky(ra, dec) {
			m.RADeg, m.DecDeg = &ra, &dec
			return
		}
	}
}

func onSky(ra, dec float64) bool { return ra >= 0 && ra < 360 && math.Abs(dec) <= 90 }

// angle reads degrees, or sexagesimal text whose first part counts perPart
// degrees (15 for hours). A comment that says hours makes a number hours too.
func (u *unit) angle(key string, perPart float64) (float64, bool) {
	c, ok := u.card(key)
	if !ok {
		return 0, false
	}
	if f, ok := parseFloat(c.Value); ok {
		if strings.Contains(strings.ToLower(c.Comment), "hour") {
			f *= perPart
		}
		return f, true
	}
	f, ok := parseSexagesimal(c.Value)
	return f * perPart, ok
}

// parseSexagesimal reads "-00:55:31", "14 29 56.0", "22h04m08s", "+10d57'".
func parseSexagesimal(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	sign := 1.0
	if strings.HasPrefix(s, "-") {
		sign = -1 // of the whole: "-00" is negative too
	}
	parts := strings.FieldsFunc(strings.TrimLeft(s, "+-"), func(r rune) bool {
		return strings.ContainsRune(`: hmsd°'"′″`, r)
	})
	if len(parts) < 2 || len(parts) > 3 {
		return 0, false
	}
	sum, unit := 0.0, 1.0
	for i, part := range parts {
		f, ok := parseFloat(part)
		if !ok || f < 0 || i > 0 && f >= 60.0001 {
			return 0, false
		}
		sum += f / unit
		unit *= 60
	}
	return sign * sum, true
}

// pixelScale fills the scale and the field of view from the first image with
// an angular world coordinate system, else from the optics.
func pixelScale(units []*unit, m *remit.Metadata) {
	for _, u := range units {
		scale, ok := u.wcsScale()
		if !ok {
			scale, ok = u.opticsScale()
		}
		if w, h := u.dimensions(); ok && w > 0 && scale > 0 && scale < 360*3600 {
			fov := float64(max(w, h)) * scale / 3600
			m.PixelScaleArcsec, m.FOVDeg = &scale, &fov
			return
		}
	}
}

// wcsScale is the geometric mean of both axes in arc seconds, from the CD
// matrix, or from CDELT with the PC matrix (FITS 4.0 § 8.1).
func (u *unit) wcsScale() (float64, bool) {
	if !u.angular() {
		return 0, false
	}
	det, ok := u.determinant("CD", 0)
	if !ok {
		dx, okX := u.number("CDELT1")
		dy, okY := u.number("CDELT2")
		pc, _ := u.determinant("PC", 1)
		det, ok = pc*dx*dy, okX && okY
	}
	return math.Sqrt(math.Abs(det)) * u.arcsecPerUnit(), ok && det != 0
}

func (u *unit) determinant(matrix string, diagonal float64) (float64, bool) {
	found := false
	element := func(at string, other float64) float64 {
		f, ok := u.number(matrix + at)
		if !ok {
			return other
		}
		found = true
		return f
	}
	det := element("1_1", diagonal)*element("2_2", diagonal) - element("1_2", 0)*element("2_1", 0)
	return det, found
}

func (u *unit) angular() bool {
	for _, pair := range [][2]string{{"RA--", "DEC-"}, {"GLON", "GLAT"}, {"ELON", "ELAT"}, {"HPLN", "HPLT"}} {
		if u.axisIs(1, pair[0]) && u.axisIs(2, pair[1]) || u.axisIs(1, pair[1]) && u.axisIs(2, pair[0]) {
			return true
		}
	}
	return false
}

func (u *unit) axisIs(n int, prefix string) bool {
	c, _ := u.card([]string{"CTYPE1", "CTYPE2"}[n-1])
	return strings.HasPrefix(c.Value, prefix)
}

func (u *unit) arcsecPerUnit() float64 {
	c, _ := u.card("CUNIT1")
	switch strings.ToLower(c.Value) {
	case "arcsec":
		return 1
	case "arcmin":
		return 60
	case "rad":
		return 180 * 3600 / math.Pi
	}
	return 3600
}

// opticsScale is pixel size over focal length (SBFITSEXT XPIXSZ in micrometres
// after binning, FOCALLEN in millimetres).
func (u *unit) opticsScale() (float64, bool) {
	pixel, okPixel := u.number("XPIXSZ")
	focal, okFocal := u.number("FOCALLEN")
	if !okPixel || !okFocal || pixel <= 0 || focal <= 0 {
		return 0, false
	}
	return pixel / 1000 / focal * 180 * 3600 / math.Pi, true
}
