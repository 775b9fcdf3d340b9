package authz

import (
	"cmp"
	"slices"
)

// point is where somebody asks, with all that the differences to be told there
// depend on.
type point struct {
	situation
	rank  asker
	where where
	wide  [sides]uint32 // in a collection: what is held at large
}

// asker orders subjects: the first are the most general.
type asker uint8

const (
	stranger asker = iota
	anyAccount
	oneUser
)

// where somebody asks.
type where uint8

const (
	atSite where = iota
	atAny
	atProject
	atCollection
)

// row is a Difference without whose and where.
type row struct {
	permission string
	visibility Visibility
	gained     bool
	Interval
}

// rowsAt returns the differences to be told at a point.
func (d *differ) rowsAt(at point) []row {
	if d.quiet(&at.situation) {
		return nil
	}
	rows, known := d.rows[at]
	if !known {
		rows = d.write(d.fresh(at), at.where)
		d.rows[at] = rows
	}
	return rows
}

// fresh is the story of a point without what is told in more general words.
func (d *differ) fresh(at point) story {
	told := d.storyFor(at.rank, at.situation)
	told = told.without(told, true)
	for _, general := range d.above(at) {
		told = told.without(general, false)
	}
	return told
}

// above lists the stories of the points that are more general: of the same
// and more general subjects, where nothing is written, at large, or both.
func (d *differ) above(at point) (stories []story) {
	self := at.situation
	self.public, self.held = [sides]uint32{}, [sides]uint32{}
	for rank, s := range []situation{d.strangers, d.accounts, self}[:at.rank+1] {
		itself := asker(rank) == at.rank
		if !itself || at.where >= atProject {
			stories = append(stories, d.storyFor(asker(rank), s))
		}
		s.public = at.public
		if itself {
			s.held = at.wide
		}
		if at.where == atCollection || at.where == atProject && !itself {
			stories = append(stories, d.storyFor(asker(rank), s))
		}
	}
	return stories
}

// storyFor is the story of a situation as that of a stranger, or of somebody.
func (d *differ) storyFor(rank asker, s situation) story {
	if rank == stranger {
		return d.story(s).ofNobody()
	}
	return d.story(s)
}

// ofNobody is a story for those who own nothing: what holds for others' things
// holds for all.
func (t story) ofNobody() story {
	out := make(story, len(t))
	for i, one := range t {
		out[i].from = one.from
		for m, cells := range one.what {
			out[i].what[m] = slices.Clone(cells)
			for w, word := range cells {
				theirs := word & (evenBits << others)
				out[i].what[m][w] = theirs | theirs>>others
			}
		}
	}
	return out
}

// evenBits are the own cells of a word.
const evenBits = 0x5555555555555555

// without leaves out what is in a more general story, too. Of a story itself
// it leaves out, for Public things, what is there ProjectWide.
func (t story) without(general story, itself bool) story {
	if len(general) == 0 {
		return t
	}
	var out story
	for _, from := range t.cuts(general) {
		mine, theirs := t.at(from), general.at(from)
		one := chapter{from: from}
		for m := range one.what {
			one.what[m] = slices.Clone(mine.what[m])
			if !itself {
				one.what[m].drop(theirs.what[m])
			}
		}
		for _, gained := range []bool{false, true} {
			one.what[manner(Public, gained)].drop(theirs.what[manner(ProjectWide, gained)])
		}
		out = append(out, one)
	}
	return out
}

func (t story) at(now int64) *chapter {
	i := len(t) - 1
	for t[i].from > now {
		i--
	}
	return &t[i]
}

// cuts are the moments at which either story changes.
func (t story) cuts(u story) []int64 {
	var list []int64
	for _, one := range slices.Concat(t, u) {
		list = append(list, one.from)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// write puts a story into rows.
func (d *differ) write(t story, at where) (rows []row) {
	level := InProject
	if at == atSite {
		level = OnSite
	}
	for place, name := range d.terms.names {
		if !d.terms.levels[level].has(own.of(permID(place))) {
			continue
		}
		for v := range Visibility(visibilities) {
			from := len(rows)
			for _, gained := range []bool{false, true} {
				rows = t.runs(rows, name, place, v, gained)
			}
			slices.SortStableFunc(rows[from:], byTime)
		}
	}
	return rows
}

// runs adds a row for each stretch of time in which a permission's cells are
// the same ones.
func (t story) runs(rows []row, name string, place int, v Visibility, gained bool) []row {
	before := ""
	for _, one := range t {
		cells := one.what[manner(v, gained)]
		mine, theirs := cells.has(own.of(permID(place))), cells.has(others.of(permID(place)))
		now := selected(name, mine, theirs)
		if now == before {
			continue
		}
		if before != "" {
			rows[len(rows)-1].Until = one.from
		}
		if now != "" {
			rows = append(rows, row{now, v, gained, Interval{From: one.from}})
		}
		before = now
	}
	return rows
}

// selected is the full name of some cells of a permission, "" for none.
func selected(name string, mine, theirs bool) string {
	switch {
	case mine && theirs:
		return name
	case mine:
		return name + "@own"
	case theirs:
		return name + "@others"
	}
	return ""
}

// byTime orders the rows of one permission.
func byTime(a, b row) int { return cmp.Compare(a.From, b.From) }
