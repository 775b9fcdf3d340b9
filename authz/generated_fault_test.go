package authz_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/naive/worlds"
)

func TestCompileRefusesEveryFaultInEveryPolicy(t *testing.T) {
	t.Parallel()
	faults := worlds.Faults()
	rapid.Check(t, func(t *rapid.T) {
		src, dice := worlds.Source(worlds.Rapid(t)), worlds.Seeded(rapid.Uint64().Draw(t, "seed"))
		for _, fault := range faults {
			broken := fault.Break(dice, src)
			if p, err := authz.Compile(broken); err == nil || p != nil {
				t.Fatalf("compiled %s in %s", fault.Name, worlds.Brief(broken))
			}
		}
	})
}

// words are what patterns and names are made of, so that they often meet.
func words(t *rapid.T, label string) string {
	part := rapid.SampledFrom([]string{"job", "run", "a", "jo", ":", ".", "*", "@own", ":", ".", ""})
	return strings.Join(rapid.SliceOfN(part, 0, 6).Draw(t, label), "")
}

func TestMatchIsWhatItsDefinitionSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pattern, name := words(t, "pattern"), words(t, "name")
		if rapid.Bool().Draw(t, "near") {
			name = strings.TrimSuffix(pattern, "*") + name
		}
		if got, want := authz.Match(pattern, name), matchesSlowly(pattern, name); got != want {
			t.Fatalf("Match(%q, %q) = %v", pattern, name, got)
		}
	})
}

// matchesSlowly splits both into words: thing, verb, qualifiers.
func matchesSlowly(pattern, name string) bool {
	if !strings.HasSuffix(pattern, "*") || pattern == "*" {
		return pattern == name || pattern == "*"
	}
	thing, rest, found := strings.Cut(pattern, ":")
	sameThing, below, named := strings.Cut(name, ":")
	if !found || !named || thing == "" || thing != sameThing || strings.Count(pattern, "*") > 1 {
		return false
	}
	before, after := strings.Split(rest, "."), strings.Split(below, ".")
	last := len(before) - 1
	return before[last] == "*" && rest != ".*" && len(after) > last && slices.Equal(before[:last], after[:last]) && strings.Join(after[last:], ".") != ""
}

func TestSuggestIsTheNearestName(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := worlds.Source(worlds.Rapid(t))
		names := slices.Clone(worlds.Operations)
		for _, p := range src.Catalog.Permissions {
			names = append(names, p.Name)
		}
		written := mistyped(t, rapid.SampledFrom(names).Draw(t, "name"))
		if got, want := compiled(t, src).Suggest(written), nearestSlowly(written, names); got != want {
			t.Fatalf("Suggest(%q) = %q, want %q", written, got, want)
		}
	})
}

func mistyped(t *rapid.T, name string) string {
	letters := []byte(name)
	for range rapid.IntRange(0, 4).Draw(t, "slips") {
		at := rapid.IntRange(0, len(letters)).Draw(t, "at")
		end := min(at+rapid.IntRange(0, 1).Draw(t, "gone"), len(letters))
		letters = slices.Replace(letters, at, end, []byte(rapid.SampledFrom([]string{"", "a", ":", "."}).Draw(t, "instead"))...)
	}
	return string(letters)
}

// nearestSlowly is the first in the alphabet of those with the fewest slips,
// at most a third of what was written, or one.
func nearestSlowly(written string, names []string) string {
	slices.Sort(names)
	for slips := range max(len(written)/3, 1) + 1 {
		for _, name := range names {
			if slipsBetween(written, name, slips) <= slips {
				return name
			}
		}
	}
	return ""
}

// slipsBetween counts letters changed, added or left out, up to one more than most.
func slipsBetween(a, b string, most int) int {
	switch {
	case a == b:
		return 0
	case most == 0:
		return 1
	case a == "" || b == "":
		return max(len(a), len(b))
	case a[0] == b[0]:
		return slipsBetween(a[1:], b[1:], most)
	}
	return 1 + min(slipsBetween(a[1:], b, most-1), slipsBetween(a, b[1:], most-1), slipsBetween(a[1:], b[1:], most-1))
}
