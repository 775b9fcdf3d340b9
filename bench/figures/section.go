package figures

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"time"
)

// Section is one part of a report: what measures it for a bench B.
type Section[B any] struct {
	Name string // what a program's -only matches and the prose asks for
	Run  func(context.Context, B) (Result, error)
}

// Sections are in the order in which they are run.
type Sections[B any] []Section[B]

// Names are theirs, in order.
func (all Sections[B]) Names() (names []string) {
	for _, s := range all {
		names = append(names, s.Name)
	}
	return names
}

// Measure runs those whose whole names match wanted.
func (all Sections[B]) Measure(ctx context.Context, b B, wanted *regexp.Regexp) (map[string]Result, error) {
	results := map[string]Result{}
	for _, s := range all {
		if !wanted.MatchString(s.Name) {
			continue
		}
		begun := time.Now()
		r, err := s.Run(ctx, b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		results[s.Name] = r
		fmt.Fprintf(os.Stderr, "%s: measured in %.0f s\n", s.Name, time.Since(begun).Seconds())
	}
	return results, nil
}

// Whole matches whole names by a regular expression.
func Whole(expression string) (*regexp.Regexp, error) {
	return regexp.Compile("^(?:" + expression + ")$")
}
