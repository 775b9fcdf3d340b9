package remit

import "time"

// Metadata is what a file's own header says about it. The fields above Header
// are common to all formats; one that the header does not tell, or tells
// unusably, is absent (nil or empty), never a sentinel such as 0 or -999.
type Metadata struct {
	// TakenAt is the start of the exposure in UTC. TakenAtSource names the
	// keywords it came from and, where the header gives no time zone, that UTC
	// was assumed.
	TakenAt       *time.Time `json:"taken_at,omitempty"`
	TakenAtSource string     `json:"taken_at_source,omitempty"`

	ExposureS    *float64     `json:"exposure_s,omitempty"` // exposure time in seconds
	ExposureType ExposureType `json:"exposure_type,omitempty"`
	Instrument   string       `json:"instrument,omitempty"`
	Telescope    string       `json:"telescope,omitempty"`
	Filter       string       `json:"filter,omitempty"`
	Object       string       `json:"object,omitempty"` // name of what was observed, as written

	RADeg  *float64 `json:"ra_deg,omitempty"`  // right ascension in degrees, 0 ≤ ra < 360, equinox as in the header
	DecDeg *float64 `json:"dec_deg,omitempty"` // declination in degrees, -90 ≤ dec ≤ 90

	// Width and Height are pixels as stored, before Orientation is applied.
	Width            *int     `json:"width,omitempty"`
	Height           *int     `json:"height,omitempty"`
	PixelScaleArcsec *float64 `json:"pixel_scale_arcsec,omitempty"` // arc seconds per pixel
	FOVDeg           *float64 `json:"fov_deg,omitempty"`            // field of view along the longer side, degrees

	Camera   string   `json:"camera,omitempty"`     // maker and model, or the detector's name
	CCDTempC *float64 `json:"ccd_temp_c,omitempty"` // sensor temperature, degrees Celsius
	Gain     *float64 `json:"gain,omitempty"`       // as written: electrons per ADU or the camera's own number
	Binning  string   `json:"binning,omitempty"`    // "2x2": columns by rows
	// Orientation is EXIF tag 0x0112: 1 upright … 8.
	Orientation *int `json:"orientation,omitempty"`

	// Header is everything found, in file order.
	Header []Card `json:"header,omitempty"`
	// Warnings say what was lost or doubted while reading, in plain sentences.
	Warnings []string `json:"warnings,omitempty"`
}

// Card is one entry of a file's header: a FITS card, or an EXIF tag.
type Card struct {
	HDU     int    `json:"hdu"` // FITS header unit counted from 0; 0 for EXIF
	Key     string `json:"key"`
	Value   string `json:"value"`
	Comment string `json:"comment,omitempty"`
}

// ExposureType says what kind of frame a file is; empty when unknown.
type ExposureType string

// The kinds of exposure. Spellings such as "Light Frame", "OBJECT" or "Zero"
// in headers are read as one of these.
const (
	ExposureLight ExposureType = "light"
	ExposureDark  ExposureType = "dark"
	ExposureFlat  ExposureType = "flat"
	ExposureBias  ExposureType = "bias"
	ExposureWave  ExposureType = "wave" // wavelength calibration lamp
)
