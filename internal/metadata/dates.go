package metadata

import (
	"math"
	"strings"
	"time"

	"github.com/remit-server/remit"
)

// Layouts of DATE-OBS; the last is the form of before 1999, always 19yy
// (FITS 4.0 § 4.4.2.1), which time.Parse would spread over two centuries.
var (
	momentLayouts = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04",
		"2006-01-02 15:04:05", "2006/01/02T15:04:05", "2006/01/02 15:04:05"}
	dayLayouts = []string{"2006-01-02", "2006/01/02", "02/01/2006"}
)

// parseDate reads a date with or without its time of day.
func parseDate(s string) (t time.Time, hasTime, ok bool) {
	s = strings.TrimSpace(s)
	for _, layout := range momentLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true, plausible(t)
		}
	}
	for _, layout := range dayLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, false, plausible(t)
		}
	}
	if len(s) == len("02/01/06") {
		t, err := time.Parse("02/01/2006", s[:6]+"19"+s[6:])
		return t, false, err == nil
	}
	return t, false, false
}

// plausible keeps out the zero dates that unset camera clocks write.
func plausible(t time.Time) bool { return t.Year() >= 1800 && t.Year() < 2200 }

// parseClock reads hh:mm[:ss[.sss]] as the time since midnight.
func parseClock(s string) (time.Duration, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{"15:04:05", "15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Sub(t.Truncate(24 * time.Hour)), true
		}
	}
	return 0, false
}

// takenAt finds the start of the exposure and the keywords that told it.
// FITS times are UTC unless TIMESYS says otherwise (FITS 4.0 § 9.2.1); another
// scale is named in the source and not converted.
func takenAt(units []*unit, m *remit.Metadata) {
	for _, u := range units {
		t, source, ok := u.takenAt()
		if !ok {
			continue
		}
		if scale, _ := u.card("TIMESYS"); scale.Value != "" && !strings.HasPrefix(scale.Value, "UTC") {
			source += ", scale " + clip(scale.Value) + " taken as UTC"
		}
		m.TakenAt, m.TakenAtSource = &t, source
		return
	}
}

func (u *unit) takenAt() (time.Time, string, bool) {
	for _, key := range []string{"DATE-OBS", "DATE_OBS", "DATEOBS", "DATE-BEG", "UTDATE"} {
		c, found := u.card(key)
		if t, hasTime, ok := parseDate(c.Value); found && ok {
			if hasTime {
				return t, key, true
			}
			return u.addClock(t, key)
		}
	}
	return u.julian()
}

// addClock completes a bare date with the keyword for the time of day.
func (u *unit) addClock(day time.Time, source string) (time.Time, string, bool) {
	for _, key := range []string{"TIME-OBS", "TIME_OBS", "UT", "UTC", "UTC-OBS", "UTSTART", "UT-START", "TIME-BEG"} {
		c, _ := u.card(key)
		if clock, ok := parseClock(c.Value); ok {
			return day.Add(clock), source + "+" + key, true
		}
	}
	return day, source + ", time of day unknown", true
}

const mjdUnixEpoch = 40587 // 1970-01-01 as a modified Julian day

func (u *unit) julian() (time.Time, string, bool) {
	key, zero := "MJD-OBS", float64(mjdUnixEpoch)
	days, ok := u.number(key)
	if !ok {
		key, zero = "JD-OBS", mjdUnixEpoch+2400000.5
		days, ok = u.number(key)
	}
	if !ok || math.Abs(days-zero) > 60_000 {
		return time.Time{}, "", false
	}
	// A float64 holds a Julian date to some tens of microseconds.
	return time.UnixMilli(int64(math.Round((days - zero) * 86_400_000))).UTC(), key, true
}
