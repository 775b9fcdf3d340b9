package authz

import (
	"fmt"
	"iter"
	"maps"
	"slices"
)

// Suggest returns the name of a permission or operation that somebody who
// wrote name may have meant, or "".
func (p *Policy) Suggest(name string) string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(p.numbers)), maps.Keys(p.operations))
	return Nearest(name, slices.Values(names))
}

func (v *vocabulary) suggestPermission(name string) string {
	return Nearest(name, maps.Keys(v.numbers))
}

func didYouMean(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", name)
}

// Nearest returns the known name with the fewest changed letters, the first
// in the alphabet of several, "" when a third or more would have to change, or
// when no name is that long.
func Nearest(name string, known iter.Seq[string]) string {
	best, least := "", max(len(name)/3, 1)+1
	if len(name) > 2*MaxName {
		return ""
	}
	for candidate := range known {
		d := distance(name, candidate)
		if d < least || d == least && best != "" && candidate < best {
			best, least = candidate, d
		}
	}
	return best
}

// distance counts the letters to insert, remove or change to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
