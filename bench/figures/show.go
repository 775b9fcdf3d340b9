package figures

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Dur shows nanoseconds to three digits.
func Dur(ns float64) string {
	for _, unit := range []struct {
		name string
		ns   float64
	}{{"s", 1e9}, {"ms", 1e6}, {"µs", 1e3}} {
		if ns >= unit.ns {
			return Digits(ns/unit.ns) + " " + unit.name
		}
	}
	return Digits(ns) + " ns"
}

// Digits shows three of them, and all before the point.
func Digits(x float64) string {
	switch {
	case x >= 1000:
		return Thousands(int(x))
	case x >= 100 || x == 0:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case x >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

// Times shows a ratio.
func Times(x float64) string { return Digits(x) + " ×" }

// Limit shows a wanted figure without the digits that say nothing.
func Limit(sign, figure string) string {
	return sign + " " + strings.NewReplacer(".00 ", " ", ".0 ", " ").Replace(figure)
}

// Count shows a mean number of things, such as allocations.
func Count(x float64) string { return strconv.FormatFloat(x, 'f', 0, 64) }

// Size shows bytes in decimal units.
func Size(bytes int64) string {
	if bytes < 1e6 {
		return fmt.Sprintf("%d kB", max(bytes, 0)/1e3)
	}
	return Digits(float64(bytes)/1e6) + " MB"
}

// Thousands separates them by commas.
func Thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", Thousands(n/1000), n%1000)
}

// Median of the rounds; 0 of none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// Quantile is the value that the part q of all is not above; 0 of none.
func Quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(float64(len(sorted)-1)*q)]
}
