package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// dur shows nanoseconds to three digits.
func dur(ns float64) string {
	for _, unit := range []struct {
		name string
		ns   float64
	}{{"s", 1e9}, {"ms", 1e6}, {"µs", 1e3}} {
		if ns >= unit.ns {
			return digits(ns/unit.ns) + " " + unit.name
		}
	}
	return digits(ns) + " ns"
}

// digits shows three of them, and all before the point.
func digits(x float64) string {
	switch {
	case x >= 1000:
		return thousands(int(x))
	case x >= 100 || x == 0:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case x >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

// times shows a ratio.
func times(x float64) string { return digits(x) + " ×" }

// limit shows a wanted figure without the digits that say nothing.
func limit(sign, figure string) string {
	return sign + " " + strings.NewReplacer(".00 ", " ", ".0 ", " ").Replace(figure)
}

// count shows a mean number of things, such as allocations.
func count(x float64) string { return strconv.FormatFloat(x, 'f', 0, 64) }

// size shows bytes in decimal units.
func size(bytes int64) string {
	if bytes < 1e6 {
		return fmt.Sprintf("%d kB", max(bytes, 0)/1e3)
	}
	return digits(float64(bytes)/1e6) + " MB"
}

// thousands separates them by commas.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

func since(begun time.Time) float64 { return float64(time.Since(begun)) }
