// Package lists asks lists in words: is there one that, do they meet, which is the first that, those that.
package lists

import "slices"

// Has says whether one of a list is so.
func Has[T any](list []T, is func(T) bool) bool { return slices.ContainsFunc(list, is) }

// Meet says whether two lists have something in common.
func Meet(a, b []string) bool { return Has(a, func(s string) bool { return slices.Contains(b, s) }) }

// Find returns the first that is so, or the zero value.
func Find[T any](list []T, is func(T) bool) (found T) {
	if i := slices.IndexFunc(list, is); i >= 0 {
		found = list[i]
	}
	return found
}

// Keep returns those that are so, as a list of its own.
func Keep[T any](list []T, is func(T) bool) (kept []T) {
	for _, one := range list {
		if is(one) {
			kept = append(kept, one)
		}
	}
	return kept
}
