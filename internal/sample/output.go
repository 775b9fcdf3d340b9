package sample

import (
	"encoding/csv"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"github.com/remit-server/remit/internal/metadata"
)

// columns of sources.csv.
var columns = []string{"id", "x", "y", "flux", "peak", "pixels", "snr"}

func write(dir string, img *metadata.Image, res Result) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	table := [][]string{columns}
	for i, s := range res.Sources {
		table = append(table, s.row(i+1))
	}
	if err := writeCSV(filepath.Join(dir, "sources.csv"), table); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, "annotated.png"), func(w io.Writer) error {
		return png.Encode(w, annotate(img, res.Sources))
	})
}

func (s Source) row(id int) []string {
	return []string{strconv.Itoa(id), decimal(s.X, 2), decimal(s.Y, 2), decimal(s.Flux, 1),
		decimal(s.Peak, 1), strconv.Itoa(s.Pixels), decimal(s.SNR, 1)}
}

func decimal(f float64, digits int) string { return strconv.FormatFloat(f, 'f', digits, 64) }

func writeCSV(path string, table [][]string) error {
	return writeFile(path, func(w io.Writer) error { return csv.NewWriter(w).WriteAll(table) })
}

// writeFile makes the file appear whole or not at all.
func writeFile(path string, fill func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".partial-*")
	if err != nil {
		return err
	}
	err = errors.Join(fill(f), f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// maxAnnotated is the longest side of the annotated picture in pixels.
const maxAnnotated = 2048

var (
	markColour = color.RGBA{R: 0x2e, G: 0xe6, B: 0x6b, A: 0xff}
	edgeColour = color.RGBA{A: 0xff} // around the mark, so that it shows on white too
)

// annotate draws a circle around each source on the stretched picture.
func annotate(img *metadata.Image, sources []Source) *image.RGBA {
	grey := img.Picture()
	step := (max(img.Width, img.Height) + maxAnnotated - 1) / maxAnnotated
	out := thin(grey, step)
	for _, s := range sources {
		x, y := s.X, s.Y
		if img.BottomUp {
			x, y = s.X-1, float64(img.Height)-s.Y
		}
		radius := max(6, 1.3*math.Sqrt(float64(s.Pixels)/math.Pi)/float64(step)+4)
		for i, c := range []color.RGBA{edgeColour, markColour, markColour, edgeColour} {
			ring(out, x/float64(step), y/float64(step), radius+float64(i), c)
		}
	}
	return out
}

// thin keeps every step-th pixel.
func thin(grey *image.Gray, step int) *image.RGBA {
	b := grey.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, (b.Dx()+step-1)/step, (b.Dy()+step-1)/step))
	if step == 1 {
		draw.Draw(out, out.Rect, grey, image.Point{}, draw.Src)
		return out
	}
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Set(x, y, grey.GrayAt(x*step, y*step))
		}
	}
	return out
}

func ring(img *image.RGBA, cx, cy, radius float64, c color.RGBA) {
	steps := int(radius*8) + 16
	for i := range steps {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(steps))
		img.SetRGBA(int(math.Round(cx+radius*cos)), int(math.Round(cy+radius*sin)), c)
	}
}

// writeFailed names the files that could not be read, if there are any.
func (b *batch) writeFailed() error {
	if len(b.failed) == 0 {
		return nil
	}
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	return writeCSV(filepath.Join(b.out, "failed.csv"), append([][]string{{"file", "reason"}}, b.failed...))
}
