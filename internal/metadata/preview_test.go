package metadata

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"testing"

	"golang.org/x/image/tiff"
)

// fitsImage is a FITS file of one image whose pixels are the given bytes.
func fitsImage(bitpix, w, h int, data []byte, cards ...string) []byte {
	all := append([]string{simple, fmt.Sprintf("BITPIX  = %d", bitpix), "NAXIS   = 2",
		fmt.Sprintf("NAXIS1  = %d", w), fmt.Sprintf("NAXIS2  = %d", h)}, cards...)
	b := append(header(all...), data...)
	return append(b, make([]byte, (blockLen-len(b)%blockLen)%blockLen)...)
}

func previewOf(t *testing.T, b []byte, side int) image.Image {
	t.Helper()
	out, err := Preview("x", bytes.NewReader(b), int64(len(b)), side)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestPreviewsOfRealFilesHaveTheRightShape(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]image.Point{
		"observatory/a8280271.fits":                               {200, 194},
		"observatory/aia_171_level1.fits":                         {128, 128},
		"observatory/multi-extension.fits":                        {40, 40},
		"observatory/sip-wcs.fits":                                {100, 50},
		"camera/f6-exif.jpg":                                      {40, 80}, // rotated by its EXIF
		"camera/eos-1ds.CR2":                                      {200, 133},
		"camera/geodegrees_as_string.jpg":                         {200, 99},
		"camera/2009-04-23-07-21-35-sep-2009-04-23-07-21-35a.jpg": {160, 120}, // the thumbnail: its pixels are cut off
	} {
		r, size := file(t, name)
		out, err := Preview(name, r, size, 200)
		if err != nil {
			t.Error(err)
			continue
		}
		c, err := png.DecodeConfig(bytes.NewReader(out))
		if err != nil || c.Width != want.X || c.Height != want.Y {
			t.Errorf("%s: %d × %d, %v", name, c.Width, c.Height, err)
		}
	}
}

// A gradient that grows with x and, ten times as much, with FITS row.
func gradient(bitpix int) []byte {
	var b bytes.Buffer
	for i := range 16 {
		v := 10*(i/4) + i%4
		var cell any = uint8(v)
		switch bitpix {
		case 16:
			cell = int16(v - 20)
		case 32:
			cell = int32(v - 20)
		case 64:
			cell = int64(v - 20)
		case -32:
			cell = float32(v - 20)
		case -64:
			cell = float64(v - 20)
		}
		if err := binary.Write(&b, binary.BigEndian, cell); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

func TestAllPixelTypesAreReadScaledAndShownWithRowOneAtTheBottom(t *testing.T) {
	t.Parallel()
	for _, bitpix := range []int{8, 16, 32, 64, -32, -64} {
		cards := []string{"BZERO   = 20"}
		if bitpix == 8 {
			cards = nil
		}
		b := fitsImage(bitpix, 4, 4, gradient(bitpix), cards...)
		m, err := Pixels(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(bitpix, err)
		}
		if m.Pix[0] != 0 || m.Pix[3] != 3 || m.Pix[4] != 10 || m.Pix[15] != 33 || !m.BottomUp {
			t.Errorf("BITPIX %d: %v", bitpix, m.Pix)
		}
		img := previewOf(t, b, 10)
		if grey(img, 0, 3) != 0 || grey(img, 3, 0) != 255 || grey(img, 0, 0) <= grey(img, 3, 3) {
			t.Errorf("BITPIX %d: the corners are %d %d / %d %d", bitpix, grey(img, 0, 0), grey(img, 3, 0), grey(img, 0, 3), grey(img, 3, 3))
		}
	}
}

func grey(img image.Image, x, y int) uint8 {
	return color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y
}

func TestUndefinedPixelsAreLeftOut(t *testing.T) {
	t.Parallel()
	b := fitsImage(16, 2, 2, []byte{0, 1, 0, 2, 0x80, 0, 0, 4}, "BLANK   = -32768", "BSCALE  = 2")
	m, err := Pixels(bytes.NewReader(b), int64(len(b)))
	if err != nil || m.Pix[0] != 2 || m.Pix[1] != 4 || m.Pix[2] == m.Pix[2] || m.Pix[3] != 8 {
		t.Errorf("got %v, %v", m, err)
	}
	all := bytes.Repeat(binary.BigEndian.AppendUint32(nil, math.Float32bits(float32(math.NaN()))), 4)
	b = fitsImage(-32, 2, 2, all)
	if _, err := Preview("x", bytes.NewReader(b), int64(len(b)), 10); !errors.Is(err, ErrMalformed) {
		t.Errorf("a picture of nothing: %v", err)
	}
}

func TestTheFirstPlaneOfACubeIsShown(t *testing.T) {
	t.Parallel()
	b := append(header(simple, "BITPIX  = 8", "NAXIS   = 3", "NAXIS1  = 2", "NAXIS2  = 2", "NAXIS3  = 2"), 1, 2, 3, 4, 5, 6, 7, 8)
	m, err := Pixels(bytes.NewReader(b), int64(len(b)))
	if err != nil || m.Width != 2 || m.Height != 2 || m.Pix[3] != 4 {
		t.Errorf("got %v, %v", m, err)
	}
}

func TestImagesThatCannotBeDrawnSayWhy(t *testing.T) {
	t.Parallel()
	spectrum := append(header(simple, "BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4"), 1, 2, 3, 4)
	wide := header(simple, "BITPIX  = 8", "NAXIS   = 2", "NAXIS1  = 100000000", "NAXIS2  = 2")
	cutOff := header(simple, "BITPIX  = 16", "NAXIS   = 2", "NAXIS1  = 1000", "NAXIS2  = 1000")
	packed := append(primary(), header("XTENSION= 'BINTABLE'", "BITPIX  = 8", "NAXIS   = 2", "NAXIS1  = 0", "NAXIS2  = 0", "ZIMAGE  = T", "ZNAXIS1 = 9", "ZNAXIS2 = 8")...)
	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"a spectrum": {spectrum, ErrUnsupported}, "rows too wide": {wide, ErrHostile}, "no rows at all": {cutOff, ErrTruncated},
		"a header only": {primary(), ErrUnsupported}, "compressed": {packed, ErrUnsupported},
	} {
		if _, err := Preview("x", bytes.NewReader(c.content), int64(len(c.content)), 64); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if _, err := Pixels(bytes.NewReader(c.content), int64(len(c.content))); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if m := readBytes(t, packed); m.Width == nil || *m.Width != 9 || *m.Height != 8 {
		t.Errorf("a compressed image has a size all the same: %v × %v", m.Width, m.Height)
	}
}

func TestAPictureClaimingMorePixelsThanItsBytesIsRefused(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b.Bytes(), []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(b.Bytes()[at+5:], 6000)
	binary.BigEndian.PutUint16(b.Bytes()[at+7:], 6000)
	if _, err := Pixels(bytes.NewReader(b.Bytes()), int64(b.Len())); !errors.Is(err, ErrHostile) {
		t.Errorf("got %v", err)
	}
}

func TestPNGAndTIFFAreShownToo(t *testing.T) {
	t.Parallel()
	src := image.NewNRGBA(image.Rect(0, 0, 30, 20))
	src.Set(0, 0, color.White)
	var p, q bytes.Buffer
	if err := errors.Join(png.Encode(&p, src), tiff.Encode(&q, src, nil)); err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{p.Bytes(), q.Bytes()} {
		if got := previewOf(t, b, 15).Bounds().Size(); got != image.Pt(15, 10) {
			t.Errorf("got %v", got)
		}
		if m := readBytes(t, b); *m.Width != 30 || *m.Height != 20 {
			t.Errorf("got %d × %d", *m.Width, *m.Height)
		}
	}
}

// The mark stands in the upper left corner of the upright picture; each
// orientation stores it somewhere else.
func TestEveryOrientationComesOutUpright(t *testing.T) {
	t.Parallel()
	stored := map[int]image.Point{1: {0, 0}, 2: {2, 0}, 3: {2, 1}, 4: {0, 1}, 5: {0, 0}, 6: {0, 1}, 7: {2, 1}, 8: {2, 0}}
	for orientation, p := range stored {
		img := image.NewRGBA(image.Rect(0, 0, 3, 2))
		img.Set(p.X, p.Y, color.White)
		out := turn(img, orientation)
		if r, _, _, _ := out.At(0, 0).RGBA(); r == 0 {
			t.Errorf("orientation %d: the mark is not in the upper left corner", orientation)
		}
		if turned := out.Rect.Dx() == 2; turned != (orientation >= 5) {
			t.Errorf("orientation %d: %v", orientation, out.Rect)
		}
	}
}

func TestZscaleLeavesOutOutliers(t *testing.T) {
	t.Parallel()
	pix := make([]float32, 5000)
	for i := range pix {
		pix[i] = 100 + float32(i*7919%5000)/500 // 100 … 110
	}
	pix[10], pix[20] = 1e6, nan
	low, high, ok := zscale(pix)
	if !ok || low < 90 || low > 101 || high < 109 || high > 130 {
		t.Errorf("limits %g … %g", low, high)
	}
	if low, high, ok := zscale([]float32{5, 5, 5, 5, 5, 5}); !ok || low != 5 || high != 5 {
		t.Errorf("a flat field gives %g … %g", low, high)
	}
}

func BenchmarkPreview(b *testing.B) {
	r, size := file(b, "observatory/a8280271.fits")
	for b.Loop() {
		if _, err := Preview("x.fits", r, size, 512); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	r, size := file(b, "observatory/multi-extension.fits")
	for b.Loop() {
		if _, _, err := Read("x.fits", r, size); err != nil {
			b.Fatal(err)
		}
	}
}
