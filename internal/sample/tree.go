package sample

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// night is one collection of sample files.
type night struct {
	dir    string
	frames int
	write  func(w io.Writer, frame int) error
	name   string // with the frame's number
}

// nights are what Tree lays out. A dark frame is the last of the first.
func nights() []night {
	return []night{
		starNight("2024-03-11_M67", 4, 100, StarOptions{Object: "M67", RADeg: 132.846, DecDeg: 11.814,
			TakenAt: time.Date(2024, 3, 11, 20, 40, 0, 0, time.UTC)}),
		{"observatory/2024-03-11_M67", 1, func(w io.Writer, _ int) error {
			_, err := WriteStarField(w, 199, StarOptions{Dark: true, TakenAt: time.Date(2024, 3, 11, 23, 30, 0, 0, time.UTC)})
			return err
		}, "dark_%03d.fits"},
		starNight("2024-03-12_NGC2392", 5, 200, StarOptions{Object: "NGC 2392", RADeg: 112.295, DecDeg: 20.912, Stars: 35, Filter: "R",
			TakenAt: time.Date(2024, 3, 12, 19, 55, 0, 0, time.UTC)}),
		trapNight("2023-06-12_meadow", 5, 300, TrapOptions{Moths: 11, TakenAt: time.Date(2023, 6, 12, 21, 45, 0, 0, time.UTC)}),
		trapNight("2023-06-13_forest-edge", 5, 400, TrapOptions{Moths: 7, TakenAt: time.Date(2023, 6, 13, 21, 50, 0, 0, time.UTC)}),
	}
}

func starNight(dir string, frames int, seed uint64, o StarOptions) night {
	return night{"observatory/" + dir, frames, func(w io.Writer, frame int) error {
		o := o
		o.TakenAt = o.TakenAt.Add(time.Duration(frame) * 75 * time.Second)
		_, err := WriteStarField(w, seed+uint64(frame), o)
		return err
	}, "light_%03d.fits"}
}

func trapNight(dir string, frames int, seed uint64, o TrapOptions) night {
	return night{"moths/" + dir, frames, func(w io.Writer, frame int) error {
		o := o
		o.TakenAt = o.TakenAt.Add(time.Duration(frame) * 10 * time.Minute)
		o.Moths += frame%3 - 1
		_, err := WriteTrapImage(w, seed+uint64(frame), o)
		return err
	}, "trap_%03d.jpg"}
}

// Tree lays out two data roots below dir: observatory (two nights of FITS
// frames) and moths (two nights of JPEG pictures). Files that are there stay as
// they are, whatever they hold.
func Tree(dir string) error {
	for _, n := range nights() {
		to := filepath.Join(dir, filepath.FromSlash(n.dir))
		if err := os.MkdirAll(to, 0o755); err != nil {
			return err
		}
		for frame := range n.frames {
			path := filepath.Join(to, fmt.Sprintf(n.name, frame+1))
			if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
				if err != nil {
					return err
				}
				continue
			}
			if err := writeFile(path, func(w io.Writer) error { return n.write(w, frame) }); err != nil {
				return fmt.Errorf("sample file %s: %w", path, err)
			}
		}
	}
	return nil
}
