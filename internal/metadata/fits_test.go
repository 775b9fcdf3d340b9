package metadata

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
)

// header lays out cards as one FITS header unit.
func header(cards ...string) []byte {
	var b bytes.Buffer
	for _, c := range append(cards, "END") {
		b.WriteString(c + strings.Repeat(" ", cardLen-len(c)))
	}
	b.WriteString(strings.Repeat(" ", (blockLen-b.Len()%blockLen)%blockLen))
	return b.Bytes()
}

const simple = "SIMPLE  =                    T"

// primary is a header that declares no data, and the cards.
func primary(cards ...string) []byte {
	return header(append([]string{simple, "BITPIX  =                    8", "NAXIS   =                    0"}, cards...)...)
}

func readCards(t *testing.T, cards ...string) *remit.Metadata {
	t.Helper()
	b := primary(cards...)
	m, _, err := Read("x.fits", bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCardsAreReadInTheirManyForms(t *testing.T) {
	t.Parallel()
	m := readCards(t,
		"OBSERVER= 'O''Neill  '           / who",
		"NOTE    = 'a slash / inside'",
		"EXPO    =             1.5D+02 / Fortran exponent",
		"TIGHT   =7",
		"NOTHING =",
		"COMPLEX =           (1.0, -2) / pair",
		"LONG    = 'begin &'           / part one",
		"CONTINUE  'middle &'",
		"CONTINUE  'end' / part two",
		"HIERARCH ESO  DET RON = 3.00 / noise",
		"COMMENT free text = here",
		"",
		"SKEW    = 1, 2",
		"OPEN    = 'never closed",
		"B\xc3\xa4D    = 1",
		"UMLAUT  = 'M\xfcnchen'",
	)
	want := []remit.Card{
		{Key: "OBSERVER", Value: "O'Neill", Comment: "who"},
		{Key: "NOTE", Value: "a slash / inside"},
		{Key: "EXPO", Value: "1.5D+02", Comment: "Fortran exponent"},
		{Key: "TIGHT", Value: "7"},
		{Key: "NOTHING"},
		{Key: "COMPLEX", Value: "(1.0, -2)", Comment: "pair"},
		{Key: "LONG", Value: "begin middle end", Comment: "part one part two"},
		{Key: "ESO DET RON", Value: "3.00", Comment: "noise"},
		{Key: "COMMENT", Value: "free text = here"},
		{Key: "UMLAUT", Value: "München"},
	}
	if diff := cmp.Diff(want, m.Header[3:]); diff != "" {
		t.Error(diff)
	}
	if len(m.Warnings) != 3 {
		t.Errorf("three cards are bad, warned of: %q", m.Warnings)
	}
}

func TestDatesAreReadInOldAndNewForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cards        []string
		want, source string
	}{
		{[]string{"DATE-OBS= '2024-03-11T21:04:05.5'"}, "2024-03-11T21:04:05.5Z", "DATE-OBS"},
		{[]string{"DATE-OBS= '2024-03-11T21:04:05+02:00'"}, "2024-03-11T19:04:05Z", "DATE-OBS"},
		{[]string{"DATE-OBS= '2024-03-11'", "TIME-OBS= '21:04:05.25'"}, "2024-03-11T21:04:05.25Z", "DATE-OBS+TIME-OBS"},
		{[]string{"DATE-OBS= '2024-03-11'", "UT      = '21:04:05'"}, "2024-03-11T21:04:05Z", "DATE-OBS+UT"},
		{[]string{"DATE-OBS= '31/12/98'", "UT      = '23:59:59'"}, "1998-12-31T23:59:59Z", "DATE-OBS+UT"},
		{[]string{"DATE-OBS= '01/02/03'"}, "1903-02-01T00:00:00Z", "DATE-OBS, time of day unknown"},
		{[]string{"DATE-OBS= '2024-03-11'"}, "2024-03-11T00:00:00Z", "DATE-OBS, time of day unknown"},
		{[]string{"MJD-OBS =  55805.5"}, "2011-09-01T12:00:00Z", "MJD-OBS"},
		{[]string{"JD-OBS  = 2455806.0"}, "2011-09-01T12:00:00Z", "JD-OBS"},
		{[]string{"DATE-OBS= '2024-03-11T21:04:05'", "TIMESYS = 'TAI'"}, "2024-03-11T21:04:05Z", "DATE-OBS, scale TAI taken as UTC"},
	} {
		m := readCards(t, c.cards...)
		if m.TakenAt == nil {
			t.Errorf("%q: no date", c.cards)
		} else if got := m.TakenAt.Format(time.RFC3339Nano); got != c.want || m.TakenAtSource != c.source {
			t.Errorf("%q: got %s from %q", c.cards, got, m.TakenAtSource)
		}
	}
	for _, bad := range []string{"0000-00-00", "soon", "99/99/99", "", "9999-01-01"} {
		if m := readCards(t, "DATE-OBS= '"+bad+"'"); m.TakenAt != nil || m.TakenAtSource != "" {
			t.Errorf("%q was read as %v", bad, m.TakenAt)
		}
	}
}

func TestKindsOfExposureAreReadTolerantly(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]remit.ExposureType{
		"Light Frame": "light", "LIGHT": "light", "light": "light", "object": "light", "OBJECT,SKY": "light", "Science": "light",
		"Dark Frame": "dark", "DARK": "dark", "dark_flat": "dark", "Flat Field": "flat", "skyflat": "flat", "LAMP,FLAT": "flat",
		"Bias Frame": "bias", "zero": "bias", "LAMP,WAVE": "wave", "ThAr": "wave", "arc": "wave", "comp": "wave",
		"EXT": "", "": "", "Normal": "", "research": "",
	} {
		if got := readCards(t, "IMAGETYP= '"+value+"'").ExposureType; got != want {
			t.Errorf("%q is %q, want %q", value, got, want)
		}
	}
}

func TestPositionsAreReadFromDegreesAndSexagesimalText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ra, dec         string
		wantRA, wantDec float64
	}{
		{"RA      = 10.5", "DEC     = -3.25", 10.5, -3.25},
		{"RA      = '10.5'", "DEC     = '-3.25'", 10.5, -3.25},
		{"RA      = 2.0 / in hours", "DEC     = 1", 30, 1},
		{"RA      = '01:02:03'", "DEC     = '-00:30:00'", 15.5125, -0.5},
		{"OBJCTRA = '14 29 56.000'", "OBJCTDEC= '+62 41 05'", 217.4833333, 62.6847222},
		{"RA      = '01h02m03s'", "DEC     = '+10d30m00s'", 15.5125, 10.5},
	} {
		m := readCards(t, c.ra, c.dec)
		if m.RADeg == nil || m.DecDeg == nil || !close6(*m.RADeg, c.wantRA) || !close6(*m.DecDeg, c.wantDec) {
			t.Errorf("%s, %s: got %v, %v", c.ra, c.dec, m.RADeg, m.DecDeg)
		}
	}
	for _, bad := range [][2]string{
		{"RA      = 400", "DEC     = 0"}, {"RA      = 10", "DEC     = 91"}, {"RA      = '1:75:00'", "DEC     = 0"},
		{"RA      = 10", "NODEC   = 0"}, {"RA      = ''", "DEC     = ''"}, {"RA      = '1:2:3:4'", "DEC     = 0"},
	} {
		if m := readCards(t, bad[0], bad[1]); m.RADeg != nil || m.DecDeg != nil {
			t.Errorf("%q was read as %v, %v", bad, *m.RADeg, *m.DecDeg)
		}
	}
}

func TestUnitsOfExposureAndTemperatureAreHeeded(t *testing.T) {
	t.Parallel()
	if m := readCards(t, "EXPOSURE= 70 / Exposure time minutes"); *m.ExposureS != 4200 {
		t.Errorf("70 minutes are %g s", *m.ExposureS)
	}
	if m := readCards(t, "EXPTIME = '120.0'"); *m.ExposureS != 120 {
		t.Errorf("got %g s", *m.ExposureS)
	}
	if m := readCards(t, "EXPTIME = -1", "CCD-TEMP= -999", "FILTER  = 'none'", "OBJECT  = ' '"); m.ExposureS != nil || m.CCDTempC != nil || m.Filter != "" || m.Object != "" {
		t.Errorf("sentinels were taken for values: %+v", m)
	}
	if m := readCards(t, "CCDSUM  = '2 4'"); m.Binning != "2x4" {
		t.Errorf("binning is %q", m.Binning)
	}
}

func TestHostileHeadersAreRefusedOrCutOff(t *testing.T) {
	t.Parallel()
	huge := header(simple, "BITPIX  = 64", "NAXIS   = 2", "NAXIS1  = 999999999999999", "NAXIS2  = 999999999999999")
	endless := append(bytes.Replace(header(simple), []byte("END"), []byte("   "), 1), bytes.Repeat([]byte(" "), MaxHeaderBlocks*blockLen)...)
	noAxes := header(simple, "BITPIX  = 8")
	wrongAxis := header(simple, "BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = -5")
	manyAxes := header(simple, "BITPIX  = 8", "NAXIS   = 1000000")
	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"an absurd size": {huge, ErrHostile}, "no end": {endless, ErrHostile}, "no NAXIS": {noAxes, ErrMalformed},
		"a negative axis": {wrongAxis, ErrMalformed}, "too many axes": {manyAxes, ErrMalformed},
	} {
		if _, _, err := Read("x.fits", bytes.NewReader(c.content), int64(len(c.content))); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestABombOfHeaderUnitsIsCutOffWithAWarning(t *testing.T) {
	t.Parallel()
	content := primary()
	unit := header("XTENSION= 'IMAGE   '", "BITPIX  = 8", "NAXIS   = 0")
	content = append(content, bytes.Repeat(unit, MaxHDUs+10)...)
	m, _, err := Read("x.fits", bytes.NewReader(content), int64(len(content)))
	if err != nil || len(m.Warnings) != 1 || m.Header[len(m.Header)-1].HDU != MaxHDUs-1 {
		t.Errorf("got %v, %q, last HDU %d", err, m.Warnings, m.Header[len(m.Header)-1].HDU)
	}
}

func TestBrokenExtensionsLoseOnlyThemselves(t *testing.T) {
	t.Parallel()
	content := append(primary("OBJECT  = 'M67'"), header("XTENSION= 'IMAGE   '", "BITPIX  = 7", "NAXIS   = 1", "NAXIS1  = 5")...)
	m, _, err := Read("x.fits", bytes.NewReader(content), int64(len(content)))
	if err != nil || m.Object != "M67" || len(m.Warnings) != 1 {
		t.Errorf("got %v, object %q, warnings %q", err, m.Object, m.Warnings)
	}
	content = append(primary("OBJECT  = 'M67'"), "trailing rubbish"...)
	m, _, err = Read("x.fits", bytes.NewReader(content), int64(len(content)))
	if err != nil || m.Object != "M67" || len(m.Warnings) != 1 {
		t.Errorf("got %v, object %q, warnings %q", err, m.Object, m.Warnings)
	}
}

func TestTheDataSumIsTheOnesComplementOfTheStandard(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		data []byte
		want uint32
	}{
		{make([]byte, blockLen), 0},
		{[]byte{0, 0, 0, 1, 0, 0, 0, 2}, 3},
		{[]byte{0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff}, 1},
	} {
		if got := sum32(c.data); got != c.want {
			t.Errorf("sum of %v = %d, want %d", c.data[:4], got, c.want)
		}
	}
}
