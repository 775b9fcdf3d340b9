package metadata

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
)

// file is a test file in memory.
func file(t testing.TB, name string) (*bytes.Reader, int64) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b), int64(len(b))
}

func at(s string) *time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return &t
}

func close6(a, b float64) bool { return a-b < 1e-6 && b-a < 1e-6 }

const noZone = "DateTimeOriginal, time zone unknown, taken as UTC"

// The values were typed by hand from the headers and, for cameras, the dates
// in the file names.
func TestHeadersOfRealFilesGiveTheCommonFields(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]remit.Metadata{
		"observatory/sip-wcs.fits": {
			TakenAt: at("2011-09-01T02:09:05Z"), TakenAtSource: "DATE-OBS", ExposureS: new(120.0), ExposureType: "light",
			Instrument: "Apogee Alta", Filter: "B", RADeg: new(280.544106813), DecDeg: new(0.112838900008),
			Width: new(100), Height: new(50), PixelScaleArcsec: new(0.557893574), FOVDeg: new(0.015497043716),
			CCDTempC: new(-19.01545425), Binning: "1x1",
		},
		"observatory/a8280271.fits": {
			TakenAt: at("2013-07-13T00:57:33Z"), TakenAtSource: "DATE-OBS+UT", ExposureS: new(150.04), ExposureType: "light",
			Instrument: "STE3 CCD", Telescope: "SAAO 1.0m", Filter: "48", Object: "rf0420",
			RADeg: new(331.033333333), DecDeg: new(-0.925277778), Width: new(536), Height: new(520),
			CCDTempC: new(-92.95), Gain: new(1.9), Warnings: []string{"sensor temperature 180.2 read as kelvin"},
		},
		"observatory/dss-alpha-cen.fits": {
			TakenAt: at("1976-03-11T17:38:00Z"), TakenAtSource: "DATE-OBS+UT", ExposureS: new(4200.0),
			Telescope: "UK 48-inch Schmidt", Object: "dss126604", RADeg: new(217.483333333), DecDeg: new(-62.684722222),
			Width: new(100), Height: new(100), PixelScaleArcsec: new(1.704299942), FOVDeg: new(0.047341665),
			Warnings: []string{`HDU 0: card "SKEW" is lost: value "-1.3869888376036E+00, -1.6912592180432E+00" is neither number, text nor logical`},
		},
		"observatory/aia_171_level1.fits": {
			TakenAt: at("2011-02-15T00:00:00.34Z"), TakenAtSource: "DATE-OBS", ExposureS: new(2.000191), ExposureType: "light",
			Instrument: "AIA_3", Telescope: "SDO/AIA", Width: new(128), Height: new(128),
			PixelScaleArcsec: new(19.183648), FOVDeg: new(0.682085262), Camera: "AIA", CCDTempC: new(-69.667),
		},
		"observatory/fixed-1890.fits": {
			TakenAt: at("2011-09-16T10:33:45.368Z"), TakenAtSource: "DATE-OBS", ExposureS: new(50.0),
			Width: new(100), Height: new(100), Camera: "Irene", Binning: "1x1",
		},
		"observatory/multi-extension.fits": {
			TakenAt: at("1994-05-19T15:41:16Z"), TakenAtSource: "DATE-OBS+TIME-OBS", ExposureS: new(0.23),
			Instrument: "WFPC2", Filter: "F673N", RADeg: new(215.584896839), DecDeg: new(-12.7488294839),
			Width: new(40), Height: new(40), PixelScaleArcsec: new(0.199169856), FOVDeg: new(0.002212998), Gain: new(7.0),
		},
		"hostile/checksum_false.fits": {
			Telescope: "Optical", Object: "NGC 1316", RADeg: new(50.1966661513), DecDeg: new(-37.3856168315),
			Width: new(30), Height: new(40), PixelScaleArcsec: new(7.000000171), FOVDeg: new(0.07777778),
			Warnings: []string{"HDU 0: data do not fit their DATASUM", "HDU 1: data do not fit their DATASUM"},
		},
		"camera/2009-04-23-07-21-35-sep-2009-04-23-07-21-35a.jpg": {
			TakenAt: at("2009-04-23T07:21:35Z"), TakenAtSource: noZone, ExposureS: new(0.025), Width: new(2560), Height: new(1920),
			Camera: "PENTAX Optio S50", Orientation: new(1), Warnings: []string{cut},
		},
		"camera/2010-09-02-08-43-02-sep-2010-09-02-08-43-02a.jpg": {
			TakenAt: at("2010-09-02T08:43:02Z"), TakenAtSource: noZone, ExposureS: new(0.02), Width: new(3264), Height: new(2448),
			Camera: "OLYMPUS IMAGING CORP. FE370,X880,C575", Orientation: new(1), Warnings: []string{cut},
		},
		"camera/2011-01-24-22-06-02-sep-2011-01-24-22-06-02a.jpg": {
			TakenAt: at("2011-01-24T22:06:02Z"), TakenAtSource: noZone, Width: new(1200), Height: new(1600),
			Camera: "Nokia 6350", Orientation: new(1), Warnings: []string{cut},
		},
		"camera/2012-12-19-21-38-40-sep-temple_square1.jpg": {
			TakenAt: at("2012-12-19T21:38:40Z"), TakenAtSource: noZone, Width: new(3264), Height: new(1952),
			Camera: "HTC ADR6400L", Warnings: []string{cut},
		},
		"camera/2012-12-21-11-15-19-sep-IMG_0001.jpg": {
			TakenAt: at("2012-12-21T11:15:19Z"), TakenAtSource: noZone, ExposureS: new(1.0 / 30), Width: new(5184), Height: new(3456),
			Camera: "Canon EOS REBEL T4i", Orientation: new(1), Warnings: []string{cut},
		},
		"camera/eos-1ds.CR2": {
			TakenAt: at("2007-10-18T13:44:32Z"), TakenAtSource: noZone, ExposureS: new(0.025), Width: new(5616), Height: new(3744),
			Camera: "Canon EOS-1Ds Mark III", Orientation: new(1),
		},
		"camera/f6-exif.jpg": {
			TakenAt: at("2012-11-04T05:42:32Z"), TakenAtSource: "DateTime, time zone unknown, taken as UTC",
			Width: new(80), Height: new(40), Orientation: new(6),
		},
		"camera/geodegrees_as_string.jpg": {
			TakenAt: at("2014-04-26T19:09:19Z"), TakenAtSource: noZone, Width: new(205), Height: new(102), Camera: "HTC One_M8",
		},
		"hostile/no-date.jpg": {
			Width: new(1232), Height: new(1626), Camera: "Brother MFC-7840W", Orientation: new(1), Warnings: []string{cut},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, size := file(t, name)
			m, _, err := Read(name, r, size)
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Header) < 5 {
				t.Errorf("only %d header entries", len(m.Header))
			}
			got := *m
			got.Header = nil
			if diff := cmp.Diff(want, got, cmp.Comparer(close6)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

const cut = "the file ends before its pixels begin"

func TestTheMediaTypeIsToldByTheContent(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"observatory/sip-wcs.fits": "image/fits",
		"camera/f6-exif.jpg":       "image/jpeg",
		"camera/eos-1ds.CR2":       "image/x-canon-cr2",
		"hostile/garbage.fits":     "application/octet-stream",
		"NOTICE":                   "text/plain",
	} {
		r, size := file(t, name)
		if _, got, _ := Read("any name.txt", r, size); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestAnUnreadableFileFailsWithItsReason(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]error{
		"hostile/empty.fits":     ErrTruncated,
		"hostile/garbage.fits":   ErrUnsupported,
		"hostile/truncated.fits": ErrTruncated,
		"NOTICE":                 ErrUnsupported,
	} {
		r, size := file(t, name)
		m, _, err := Read(name, r, size)
		if !errors.Is(err, want) {
			t.Errorf("Read(%s) = %v, want %v", name, err, want)
		}
		if m == nil {
			t.Errorf("Read(%s) gave no metadata", name)
		}
		if _, err := Preview(name, r, size, 100); !errors.Is(err, want) {
			t.Errorf("Preview(%s) = %v, want %v", name, err, want)
		}
		if _, err := Pixels(r, size); !errors.Is(err, want) {
			t.Errorf("Pixels(%s) = %v, want %v", name, err, want)
		}
	}
}

func TestATruncatedHeaderStillTellsWhatItHolds(t *testing.T) {
	t.Parallel()
	r, size := file(t, "hostile/truncated.fits")
	m, mediaType, _ := Read("truncated.fits", r, size)
	if mediaType != "image/fits" || m.Filter != "B" || m.ExposureS == nil || *m.ExposureS != 120 || len(m.Header) != 18 {
		t.Errorf("got %s, filter %q, exposure %v, %d cards", mediaType, m.Filter, m.ExposureS, len(m.Header))
	}
}

func TestWhatIsUnknownIsAbsentFromTheJSON(t *testing.T) {
	t.Parallel()
	r, size := file(t, "camera/f6-exif.jpg")
	m, _, err := Read("f6-exif.jpg", r, size)
	if err != nil {
		t.Fatal(err)
	}
	m.Header = nil
	got, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"taken_at":"2012-11-04T05:42:32Z","taken_at_source":"DateTime, time zone unknown, taken as UTC","width":80,"height":40,"orientation":6}`
	if string(got) != want {
		t.Errorf("got %s", got)
	}
}

func TestErrorsNameTheFileButNotItsFolder(t *testing.T) {
	t.Parallel()
	_, _, err := Read("secret/night/x.fits", strings.NewReader(""), 0)
	if err == nil || !strings.Contains(err.Error(), "x.fits") || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}
