package metadata

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/remit-server/remit"
)

// describe fills the common fields. The primary header and the images tell of
// the picture; tables are asked only when there is no image, for theirs may be
// about something else.
func describe(units []*unit, m *remit.Metadata) {
	asked := askable(units)
	takenAt(asked, m)
	position(asked, m)
	pixelScale(asked, m)
	m.ExposureS = exposure(asked)
	m.ExposureType = exposureType(asked)
	m.Instrument = name(asked, "INSTRUME", "INSTRUMENT", "ESO INS NAME")
	m.Telescope = name(asked, "TELESCOP", "TELESCOPE", "ESO TEL NAME")
	m.Filter = name(asked, "FILTER", "FILTNAM1", "FILTNAME", "FILTERID", "FILT", "ESO INS FILT1 NAME", "FILTER1", "FILTERS")
	m.Object = name(asked, "OBJECT", "OBJNAME", "TARGNAME", "TARGET", "ESO OBS TARG NAME")
	m.Camera = detector(asked)
	m.CCDTempC = temperature(asked, m)
	m.Gain = number(asked, 0, 1e6, "GAIN", "EGAIN", "CCDGAIN", "ATODGAIN")
	m.Binning = binning(asked)
	size(asked, m)
}

func askable(units []*unit) []*unit {
	var asked []*unit
	images := false
	for i, u := range units {
		if i == 0 || u.image() {
			asked = append(asked, u)
			images = images || u.image()
		}
	}
	if !images {
		return units
	}
	return asked
}

// name returns the first of the keywords that holds more than a placeholder.
func name(units []*unit, keys ...string) string {
	for _, key := range keys {
		for _, u := range units {
			c, _ := u.card(key)
			if v := strings.TrimSpace(c.Value); v != "" && !placeholder(v) {
				return clip(v)
			}
		}
	}
	return ""
}

func placeholder(v string) bool {
	switch strings.ToLower(v) {
	case "unknown", "none", "n/a", "na", "null", "undefined", "unset", "-", "?":
		return true
	}
	return false
}

// detector leaves out cameras that are only numbered: a bare "3" names nothing.
func detector(units []*unit) string {
	for _, key := range []string{"CAMERA", "DETNAM", "DETECTOR", "CAMNAME", "ESO DET NAME"} {
		if v := name(units, key); v != "" {
			if _, numbered := parseFloat(v); !numbered {
				return v
			}
		}
	}
	return ""
}

func number(units []*unit, low, high float64, keys ...string) *float64 {
	for _, key := range keys {
		for _, u := range units {
			if f, ok := u.number(key); ok && f >= low && f <= high {
				return &f
			}
		}
	}
	return nil
}

// exposure is in seconds, unless the card's comment names another unit:
// digitised plates write minutes.
func exposure(units []*unit) *float64 {
	for _, key := range []string{"EXPTIME", "EXPOSURE", "EXP_TIME", "EXPOSED", "ITIME", "INTTIME", "ESO DET WIN1 DIT1"} {
		for _, u := range units {
			f, ok := u.number(key)
			if !ok || f < 0 || f > 1e9 {
				continue
			}
			c, _ := u.card(key)
			f *= secondsPer(c.Comment)
			return &f
		}
	}
	return nil
}

func secondsPer(comment string) float64 {
	for _, word := range words(comment) {
		switch word {
		case "minutes", "minute", "min":
			return 60
		case "milliseconds", "millisecond", "ms", "msec":
			return 0.001
		case "hours", "hour":
			return 3600
		}
	}
	return 1
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !('a' <= r && r <= 'z') })
}

// exposureType reads the first keyword whose value is understood.
func exposureType(units []*unit) remit.ExposureType {
	for _, key := range []string{"IMAGETYP", "IMAGETYPE", "IMG_TYPE", "OBSTYPE", "OBS_TYPE", "OBS-TYPE",
		"EXPTYPE", "FRAMETYP", "FRAME", "ESO DPR TYPE", "DPR TYPE"} {
		for _, u := range units {
			c, _ := u.card(key)
			if kind := kindOf(c.Value); kind != "" {
				return kind
			}
		}
	}
	return ""
}

// kindOf reads "Light Frame", "LIGHT", "dark_flat", "LAMP,WAVE", …; dark and
// bias frames made for flats are still dark and bias.
func kindOf(value string) remit.ExposureType {
	v := strings.ToLower(value)
	for _, rule := range []struct {
		part string
		kind remit.ExposureType
	}{
		{"bias", remit.ExposureBias}, {"zero", remit.ExposureBias}, {"dark", remit.ExposureDark},
		{"flat", remit.ExposureFlat}, {"wave", remit.ExposureWave}, {"thar", remit.ExposureWave}, {"comparison", remit.ExposureWave},
	} {
		if strings.Contains(v, rule.part) {
			return rule.kind
		}
	}
	for _, word := range words(v) {
		switch word {
		case "light", "object", "science", "sci", "target", "std", "standard":
			return remit.ExposureLight
		case "arc", "comp", "lamp", "calibration":
			return remit.ExposureWave
		}
	}
	return ""
}

// temperature is in degrees Celsius; no sensor works above 100 °C, so a value
// beyond is kelvin.
func temperature(units []*unit, m *remit.Metadata) *float64 {
	f := number(units, -273.15, 400, "CCD-TEMP", "CCD_TEMP", "CCDTEMP", "TEMPCCD", "DET-TEMP", "DET_TEMP", "CAMTEMP")
	if f != nil && *f > 100 {
		m.Warnings = append(m.Warnings, fmt.Sprintf("sensor temperature %g read as kelvin", *f))
		*f = math.Round((*f-273.15)*1e6) / 1e6
	}
	return f
}

// binning is "columns×rows" from two keywords, or from CCDSUM '2 2'.
func binning(units []*unit) string {
	for _, pair := range [][2]string{{"XBINNING", "YBINNING"}, {"BINX", "BINY"}, {"XBIN", "YBIN"}, {"ESO DET WIN1 BINX", "ESO DET WIN1 BINY"}} {
		x := number(units, 1, 64, pair[0])
		y := number(units, 1, 64, pair[1])
		if x != nil && y == nil {
			y = x
		}
		if x != nil {
			return strconv.Itoa(int(*x)) + "x" + strconv.Itoa(int(*y))
		}
	}
	var x, y int
	both := strings.NewReplacer("x", " ", "X", " ", ",", " ", "*", " ").Replace(name(units, "CCDSUM", "BINNING"))
	if n, _ := fmt.Sscan(both, &x, &y); n == 2 && x > 0 && y > 0 && x <= 64 && y <= 64 {
		return strconv.Itoa(x) + "x" + strconv.Itoa(y)
	}
	return ""
}

// size takes the first image's.
func size(units []*unit, m *remit.Metadata) {
	for _, u := range units {
		if w, h := u.dimensions(); w > 0 && h > 0 {
			m.Width, m.Height = &w, &h
			return
		}
	}
}

// dimensions are columns and rows of an image, of a spectrum n × 1, else 0.
func (u *unit) dimensions() (w, h int) {
	if !u.image() {
		return 0, 0
	}
	if u.compressed() {
		return int(min(u.whole("ZNAXIS1", 0), math.MaxInt32)), int(min(u.whole("ZNAXIS2", 1), math.MaxInt32))
	}
	w, h = int(min(u.axes[0], math.MaxInt32)), 1
	if len(u.axes) > 1 {
		h = int(min(u.axes[1], math.MaxInt32))
	}
	return w, h
}
