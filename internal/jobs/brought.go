package jobs

import (
	"slices"

	"github.com/remit-server/remit"
)

// checkBrought holds that the types that the program brings go on doing what
// they do, and that no others are built in: what a type is on, what does its
// work and what it lends is the program's to say.
func (s *Service) checkBrought(t remit.JobType) error {
	if s.opts.Brought == nil {
		return nil
	}
	i := slices.IndexFunc(s.opts.Brought, func(b remit.JobType) bool { return b.Key == t.Key })
	if i < 0 {
		if t.Runner == "builtin" {
			return invalid("runner", "Job type %s is not one that Remit brings, and no other is built in", t.Key).
				WithHint("Declare it with the runner process and a command, or workflow and steps.")
		}
		return nil
	}
	is := withDefaults(s.opts.Brought[i])
	for _, kept := range []struct {
		field string
		same  bool
	}{
		{"runner", t.Runner == is.Runner},
		{"on", sameOf(t.On, is.On)},
		{"lends", sameOf(t.Lends, is.Lends)},
	} {
		if !kept.same {
			return invalid(kept.field, "Job type %s is brought by Remit: its %s stays as it is", t.Key, kept.field).
				WithHint("`remit type show %s --yaml` prints it as it is. Declare what is to be different with another key.", t.Key)
		}
	}
	return nil
}

// sameOf says whether two lists have the same in whatever order, each once.
func sameOf[T comparable](a, b []T) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(v T) bool { return !slices.Contains(b, v) })
}
