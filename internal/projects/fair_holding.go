package projects

import (
	"slices"

	"github.com/remit-server/remit/authz"
)

// holding is one thing that names somebody, themselves or their team.
type holding struct {
	user, collection string
	authz.Interval
}

// holdings are what members and entries of a project give to whom.
func holdings(p authz.Project, teams map[string][]string) (all []holding) {
	return append(membersOfTeams(p.Members, teams), entriesOf(p.Entries)...)
}

func siteHoldings(s authz.Source, teams map[string][]string) []holding {
	return append(membersOfTeams(s.SiteMembers, teams), entriesOf(s.SiteEntries)...)
}

func membersOfTeams(members []authz.Member, teams map[string][]string) (all []holding) {
	for _, m := range members {
		if m.User != "" {
			all = append(all, holding{m.User, m.Collection, m.Interval})
		}
		for _, user := range teams[m.Team] {
			all = append(all, holding{user, m.Collection, m.Interval})
		}
	}
	return all
}

func entriesOf(entries []authz.Entry) (all []holding) {
	for _, e := range entries {
		all = append(all, holding{e.User, e.Collection, e.Interval})
	}
	return all
}

func teamsOf(s authz.Source) map[string][]string {
	teams := make(map[string][]string, len(s.Teams))
	for _, t := range s.Teams {
		teams[t.ID] = t.Users
	}
	return teams
}

func byProject(s authz.Source) map[string]authz.Project {
	all := make(map[string]authz.Project, len(s.Projects))
	for _, p := range s.Projects {
		all[p.ID] = p
	}
	return all
}

// later are the ends of an interval that are still to come.
func later(i authz.Interval, now int64) (times []int64) {
	for _, at := range []int64{i.From, i.Until} {
		if at > now {
			times = append(times, at)
		}
	}
	return times
}

// within are those moments that lie in an interval, in order; times stay as they are.
func within(i authz.Interval, times []int64) []int64 {
	return inOrder(slices.DeleteFunc(slices.Clone(times), func(at int64) bool { return at < i.From || i.Until != 0 && at >= i.Until }))
}

func inOrder(times []int64) []int64 {
	slices.Sort(times)
	return slices.Compact(times)
}
