package web

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/remit-server/remit"
)

// words are the functions with which templates write values.
var words = template.FuncMap{
	"when": when, "stamp": stamp, "bytes": byteCount, "percent": percent, "lasted": lasted,
	"join": strings.Join, "count": count, "short": short, "number": number, "decimal": decimal, "words": spaced,
}

// when is a time as it is read: in UTC, which the page says, to the second.
func when(t any) string {
	if at, ok := instant(t); ok {
		return at.Format("2006-01-02 15:04:05")
	}
	return "–"
}

// stamp is a time for the datetime attribute.
func stamp(t any) string {
	at, _ := instant(t)
	return at.Format(time.RFC3339)
}

func instant(t any) (time.Time, bool) {
	switch t := t.(type) {
	case time.Time:
		return t.UTC(), !t.IsZero()
	case *time.Time:
		if t != nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// lasted is the time between two moments, "" while either is to come.
func lasted(from, to *time.Time) string {
	if from == nil || to == nil {
		return ""
	}
	d := to.Sub(*from)
	switch {
	case d < 10*time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d < time.Hour:
		return d.Round(time.Second).String()
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}

// byteCount is a size with three digits: "1.21 MB" (powers of ten).
func byteCount(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " bytes"
	}
	value, units := float64(n), []string{"kB", "MB", "GB", "TB", "PB"}
	for _, unit := range units {
		if value /= 1000; value < 999.5 || unit == "PB" {
			return strconv.FormatFloat(value, 'g', 3, 64) + " " + unit
		}
	}
	return ""
}

func percent(fraction float64) string { return fmt.Sprintf("%.0f %%", 100*fraction) }

// count is a number with its noun: "1 file", "3 files".
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// short is the end of an id, enough to tell jobs on one page apart.
func short(id any) string {
	text := fmt.Sprint(id)
	return text[max(0, len(text)-6):]
}

// number is a counter of a stage in its unit.
func number(n int64, unit string) string {
	if unit == "bytes" {
		return byteCount(n)
	}
	return strings.TrimSpace(strconv.FormatInt(n, 10) + " " + unit)
}

// spaced is a name of ours as people read it: "not made".
func spaced(name any) string { return strings.ReplaceAll(fmt.Sprint(name), "_", " ") }

// decimal is a measured value without digits that it does not have.
func decimal(v float64) string { return strconv.FormatFloat(v, 'g', 8, 64) }

// field is one value of a description list, or of a form.
type field struct {
	Name, Value string
	Note        string // where the value comes from
}

// fields are the common fields of a file that are known, with their units.
func fields(m *remit.Metadata) []field {
	if m == nil {
		return nil
	}
	var known []field
	add := func(name, value string) {
		if value != "" {
			known = append(known, field{Name: name, Value: value})
		}
	}
	if m.TakenAt != nil {
		known = append(known, field{"Taken", when(m.TakenAt) + " UTC", m.TakenAtSource})
	}
	add("Object", m.Object)
	add("Exposure", measured(m.ExposureS, " s"))
	add("Kind of frame", string(m.ExposureType))
	add("Filter", m.Filter)
	add("Instrument", m.Instrument)
	add("Telescope", m.Telescope)
	add("Camera", m.Camera)
	add("Right ascension", measured(m.RADeg, "°"))
	add("Declination", measured(m.DecDeg, "°"))
	if m.Width != nil && m.Height != nil {
		add("Size", fmt.Sprintf("%d × %d pixels", *m.Width, *m.Height))
	}
	add("Pixel scale", measured(m.PixelScaleArcsec, "″ per pixel"))
	add("Field of view", measured(m.FOVDeg, "°"))
	add("Sensor temperature", measured(m.CCDTempC, " °C"))
	add("Gain", measured(m.Gain, ""))
	add("Binning", m.Binning)
	return known
}

func measured(v *float64, unit string) string {
	if v == nil {
		return ""
	}
	return decimal(*v) + unit
}
