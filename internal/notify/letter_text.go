package notify

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/remit-server/remit"
)

// subject says what a letter is about.
func (l *letter) subject() string {
	if len(l.told) == 1 {
		j := l.lines[0].Job
		return fmt.Sprintf("%s in %s %s", j.what(), j.Project, verbs[j.State])
	}
	count := map[remit.JobState]int{}
	for _, d := range l.told {
		count[d.state()]++
	}
	var parts []string
	for _, s := range slices.Backward(told) {
		if count[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[s], verbs[s]))
		}
	}
	return fmt.Sprintf("%d jobs: %s", len(l.told), strings.Join(parts, ", "))
}

// text is a letter. It ends with how to end such letters.
func (s *Service) text(t row, l *letter, link string) string {
	var b strings.Builder
	for _, m := range l.lines {
		fmt.Fprintf(&b, "%s\n", m.Job.line())
		fmt.Fprintf(&b, "  %s\n", cmp.Or(m.Job.URL, string(m.Job.ID)))
	}
	s.count(&b, l)
	if t.Default {
		fmt.Fprintf(&b, "\nJobs of type %s tell this to their owners. To end it: remit notify pause %s\n", t.Type, t.ID)
		fmt.Fprintf(&b, "To be told this by no type: remit notify pause %s\n", defaultOf(t.Owner, "").ID)
	} else {
		fmt.Fprintf(&b, "\nYou asked for this with %s. To end it: remit notify delete %s\n", t.ID, t.ID)
	}
	if link != "" {
		fmt.Fprintf(&b, "Or here, without signing in: %s\n", link)
		fmt.Fprintf(&b, "All that you are told of: %s\n", s.page("/notifications"))
	}
	return b.String()
}

// count writes how many there are that the letter does not list, and where their list is.
func (s *Service) count(b *strings.Builder, l *letter) {
	if n := len(l.told) - len(l.lines); n > 0 {
		fmt.Fprintf(b, "\n… and %d more:\n", n)
	}
	for _, c := range slices.SortedFunc(maps.Keys(l.more), counted.compare) {
		fmt.Fprintf(b, "%d of type %s in %s: %s\n", l.more[c], c.Type, c.Project, verbs[c.state])
		if s.opts.URL != "" {
			fmt.Fprintf(b, "  %s\n", s.page("/projects/"+c.Project+"/jobs?state="+string(c.state)))
		}
	}
}

func (c counted) compare(with counted) int {
	return cmp.Or(cmp.Compare(c.Project, with.Project), cmp.Compare(c.Type, with.Type), cmp.Compare(c.state, with.state))
}
