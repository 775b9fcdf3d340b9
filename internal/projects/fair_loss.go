package projects

import (
	"maps"
	"slices"

	"github.com/remit-server/remit/authz"
)

// losses looks for those who lose anything at all while they hold something
// in the same place that the editor lacks now. (An editor for an hour may take
// away for longer: that is no more than can be done in the hour.)
type losses struct {
	*reading
	rows   map[string][]authz.Difference // by place
	people map[string]map[string][]holding
	lacks  map[place][]cell
	index  [2]indexed // before and after
}

// place is a project, or a collection of it.
type place struct{ project, collection string }

type indexed struct {
	authz.Source
	projects map[string]authz.Project
	teams    map[string][]string
}

// loss finds somebody who may lose nothing and does.
func (r *reading) loss(rows []authz.Difference) *unfair {
	l := losses{reading: r, rows: map[string][]authz.Difference{}, people: map[string]map[string][]holding{}, lacks: map[place][]cell{}}
	for _, row := range rows {
		if !row.Gained {
			l.rows[placeOf(row)] = append(l.rows[placeOf(row)], row)
		}
	}
	if len(l.rows) == 0 {
		return nil
	}
	for i, s := range []authz.Source{r.before, r.after} {
		l.index[i] = indexed{s, byProject(s), teamsOf(s)}
	}
	for _, project := range l.where() {
		if found := l.in(project); found != nil {
			return found
		}
	}
	return nil
}

// where are the places in which anybody may lose anything.
func (l *losses) where() []string {
	all := map[string]bool{}
	for project := range l.rows {
		all[project] = true
	}
	if all[everywhere] {
		for _, p := range l.before.Projects {
			all[p.ID] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// in looks at one place. Those whom nothing there names are there what they
// are everywhere, unless the editor is less.
func (l *losses) in(project string) *unfair {
	rows := l.rows[project]
	if project != everywhere {
		rows = slices.Concat(rows, l.rows[everywhere])
	}
	about := map[string][]authz.Difference{}
	for _, row := range rows {
		about[row.User] = append(about[row.User], row)
	}
	for _, user := range l.whom(project, rows) {
		if l.isOwn(user) {
			continue
		}
		for _, row := range slices.Concat(about[user], about[everywhere], about[""]) {
			if found := l.of(user, project, row); found != nil {
				return found
			}
		}
	}
	return nil
}

// isOwn: one may take from oneself, and so leave; a limited key may not.
func (l *losses) isOwn(user string) bool {
	return l.who.Kind == authz.Person && l.who.ID == user && l.who.Caps == nil
}

// whom are the accounts to look at for some rows at a place.
func (l *losses) whom(project string, rows []authz.Difference) []string {
	all, site := map[string]bool{}, project == everywhere || l.lacksElse(project)
	var named, anybody bool
	for _, row := range rows {
		general, counts := row.User == "" || row.User == everywhere, placeOf(row) == project || site
		all[row.User] = all[row.User] || counts && !general
		named = named || general || placeOf(row) != project
		anybody = anybody || counts && general
	}
	if named {
		l.add(all, project)
	}
	if anybody {
		l.add(all, everywhere)
		all[l.ordinary(project)] = true
	}
	maps.DeleteFunc(all, func(user string, look bool) bool { return user == "" || !look })
	return slices.Sorted(maps.Keys(all))
}

func (l *losses) add(all map[string]bool, project string) {
	for user := range l.named(project) {
		all[user] = true
	}
}

// lacksElse says whether the editor lacks something else in a project than
// where nothing names them.
func (l *losses) lacksElse(project string) bool {
	there, here := l.lacking(place{everywhere, ""}), l.lacking(place{project, ""})
	return !slices.EqualFunc(there, here, func(a, b cell) bool { return a == b.in(everywhere, "") })
}

// ordinary is an account that nothing names there, "" for none.
func (l *losses) ordinary(project string) string {
	for _, u := range l.before.Users {
		if len(l.named(everywhere)[u.ID]) == 0 && len(l.named(project)[u.ID]) == 0 && u.ID != l.who.ID {
			return u.ID
		}
	}
	return ""
}

// of looks at one who a row may be about, at each moment that may tell.
func (l *losses) of(user, project string, row authz.Difference) *unfair {
	times := []int64{max(row.From, l.now)}
	for _, h := range append(slices.Clip(l.named(project)[user]), l.named(everywhere)[user]...) {
		times = append(times, later(h.Interval, l.now)...)
	}
	for _, at := range within(row.Interval, times) {
		if !l.loses(user, project, row, at) {
			continue
		}
		if c, holds := l.exceeds(user, project, at); holds {
			return &unfair{"takes_more", user, c, at}
		}
	}
	return nil
}

// loses says whether it happens to this one.
func (l *losses) loses(user, project string, row authz.Difference, at int64) bool {
	if row.User == user && placeOf(row) == project {
		return true
	}
	return slices.ContainsFunc(cellsOf(row), func(c cell) bool {
		return slices.ContainsFunc(l.collections(user, project, row.Collection), func(collection string) bool {
			c := c.in(project, collection)
			return allows(l.was, user, c, at) && !allows(l.is, user, c, at)
		})
	})
}

// collections are those in which a user may hold something else than in that one.
func (l *losses) collections(user, project, collection string) []string {
	all := []string{collection}
	if collection == "" {
		for _, h := range l.named(project)[user] {
			all = append(all, h.collection)
		}
	}
	return sortedSet(all)
}

// exceeds finds what a user holds and the editor lacks.
func (l *losses) exceeds(user, project string, at int64) (cell, bool) {
	collections := l.collections(user, project, "")
	for _, collection := range sortedSet(append(collections, l.places[project]...)) {
		for _, c := range l.lacking(place{project, collection}) {
			if allows(l.was, user, c, at) {
				return c, true
			}
		}
	}
	return cell{}, false
}

// lacking is what the editor does not hold in a place now.
func (l *losses) lacking(in place) []cell {
	cells, known := l.lacks[in]
	if !known {
		for _, name := range l.policy.Names("") {
			for _, c := range halves(cell{permission: name, project: in.project, collection: in.collection}) {
				if !l.holds(c, l.now) {
					cells = append(cells, c)
				}
			}
		}
		l.lacks[in] = cells
	}
	return cells
}

// named are those whom anything in a project names, before or after, and what.
func (l *losses) named(project string) map[string][]holding {
	people, known := l.people[project]
	if known {
		return people
	}
	people = map[string][]holding{}
	for _, s := range l.index {
		for _, h := range s.holdings(project) {
			people[h.user] = append(people[h.user], h)
		}
	}
	l.people[project] = people
	return people
}

// holdings are those of a project, or of the site.
func (s indexed) holdings(project string) []holding {
	if project == everywhere {
		return siteHoldings(s.Source, s.teams)
	}
	return holdings(s.projects[project], s.teams)
}
