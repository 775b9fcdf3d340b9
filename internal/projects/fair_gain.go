package projects

import "github.com/remit-server/remit/authz"

// gain finds what somebody gains at a moment at which the editor does not hold
// it. Effects are compared, not entries: taking a role away can give, for a
// role may carry a deny.
func (r *reading) gain(rows []authz.Difference) *unfair {
	for _, row := range rows {
		if !row.Gained {
			continue
		}
		for _, c := range cellsOf(row) {
			if found := r.gained(row, c); found != nil {
				return found
			}
		}
	}
	return nil
}

// gained looks at everything that a row speaks of: what somebody gains in
// general they need not gain in the few places where the editor is named.
func (r *reading) gained(row authz.Difference, general cell) *unfair {
	for _, c := range r.below(general) {
		times := r.during(row.Interval, r.now)
		if c != general {
			times = within(row.Interval, append(times, r.timesIn(c.project)...))
		}
		for _, at := range times {
			if !r.holds(c, at) && (c == general || r.gains(row.User, c, at)) {
				return &unfair{"gives_more", row.User, c, at}
			}
		}
	}
	return nil
}

// gains says whether a user does, in a place below that of a row. What accounts
// gain in general, those gain in every place who hold nothing there.
func (r *reading) gains(user string, c cell, at int64) bool {
	if user == "" || user == everywhere {
		return true
	}
	return allows(r.is, user, c, at) && !allows(r.was, user, c, at)
}

// timesIn are the moments from now on at which anything begins or ends in a
// project or on the site.
func (r *reading) timesIn(project string) []int64 {
	times, known := r.times[project]
	if known {
		return times
	}
	for _, s := range []authz.Source{r.before, r.after} {
		teams := teamsOf(s)
		for _, h := range append(siteHoldings(s, teams), holdings(byProject(s)[project], teams)...) {
			times = append(times, later(h.Interval, r.now)...)
		}
	}
	r.times[project] = inOrder(times)
	return r.times[project]
}
