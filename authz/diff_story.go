package authz

import (
	mathbits "math/bits"
	"slices"
)

// story is what somebody gains and loses at one place, as cells by place of
// the permission, and when. nil is nothing.
type story []chapter

// chapter lasts until the next one.
type chapter struct {
	from int64
	what [manners]bits
}

// A manner is a visibility, lost or gained.
const (
	visibilities = 3
	manners      = 2 * visibilities
)

func manner(v Visibility, gained bool) int {
	if gained {
		return int(v) + visibilities
	}
	return int(v)
}

// story of a situation. It is worked out once.
func (d *differ) story(s situation) story {
	if d.quiet(&s) {
		return nil
	}
	told, known := d.stories[s]
	if !known {
		told = d.compare(s)
		d.stories[s] = told
	}
	return told
}

// compare asks both sides, from now until nothing changes any more.
func (d *differ) compare(s situation) (told story) {
	cells := len(d.terms.names) * int(cellCount)
	for _, at := range d.moments(s) {
		one := chapter{from: at}
		for m := range one.what {
			one.what[m] = newBits(cells)
		}
		var views [sides]view
		for side := range sides {
			views[side] = d.view(side, s, at)
		}
		for _, place := range d.candidates(s, &views) {
			d.ask(&views, int(place), &one)
		}
		told = append(told, one)
	}
	return told
}

func (d *differ) moments(s situation) []int64 {
	list := []int64{d.now}
	for side := range sides {
		for _, c := range []course{d.sites.list[s.site[side]], d.held.list[s.held[side]]} {
			for i := range c {
				list = append(list, c[i].from)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// view is a situation on one side, at a moment.
type view struct {
	asking
	gone bool
}

func (d *differ) view(side int, s situation, now int64) view {
	site, held := d.sites.list[s.site[side]].at(now), d.held.list[s.held[side]].at(now)
	return view{
		gone: s.state[side] == gone,
		asking: asking{
			Policy:   d.policies[side],
			Question: &Question{words: &words{&Subject{}, &Resource{}, new(string)}, kind: Person, project: d.publics.list[s.public[side]]},
			now:      now,
			super:    s.state[side] == super,
			site:     site.says,
			here:     held.says,
			opens:    held.opens,
		},
	}
}

// candidates are the permissions that may differ: those whose words do, and
// what looks at these; where words cannot be compared, all.
func (d *differ) candidates(s situation, views *[sides]view) []permID {
	t := d.terms
	if !t.aligned || s.state[was] != s.state[is] {
		return t.all()
	}
	a, b := &views[was], &views[is]
	moved := newBits(len(t.names))
	note := func(id permID) {
		for _, place := range t.moves[id] {
			moved.set(int(place))
		}
	}
	unlike(a.site, b.site, 2, func(cell int) { note(permID(cell / int(cellCount))) })
	unlike(a.here, b.here, planes, func(cell int) { note(permID(cell / int(cellCount))) })
	unlike(a.opens, b.opens, planes, func(cell int) { note(permID(cell / int(cellCount))) })
	d.unlikeFloors(s.public, func(id int) { note(permID(id)) })
	for _, place := range t.always {
		moved.set(int(place))
	}
	return moved.list()
}

// unlikeFloors visits the permissions that are public on one side only.
func (d *differ) unlikeFloors(public [sides]uint32, visit func(id int)) {
	var floors [sides][]uint64
	for side, n := range public {
		if n != 0 {
			floors[side] = d.publics.list[n].public
		}
	}
	unlike(floors[was], floors[is], 1, visit)
	if view := d.policies[is].view; (public[was] == 0) != (public[is] == 0) && view != noPermission {
		visit(int(view))
	}
}

// unlike visits the places at which two sets differ that have some words side
// by side for each 64 places. Either may be nil.
func unlike(a, b []uint64, side int, visit func(at int)) {
	for w := 0; w < max(len(a), len(b)); w += side {
		var differs uint64
		for plane := range side {
			differs |= word(a, w+plane) ^ word(b, w+plane)
		}
		for ; differs != 0; differs &= differs - 1 {
			visit(w/side*64 + mathbits.TrailingZeros64(differs))
		}
	}
}

func word(of []uint64, i int) uint64 {
	if i < len(of) {
		return of[i]
	}
	return 0
}

// list is what is in b.
func (b bits) list() (in []permID) {
	unlike(b, nil, 1, func(at int) { in = append(in, permID(at)) })
	return in
}

func (t *terms) all() []permID {
	list := make([]permID, len(t.names))
	for place := range list {
		list[place] = permID(place)
	}
	return list
}

// ask puts a permission's differences into a chapter.
func (d *differ) ask(views *[sides]view, place int, into *chapter) {
	for v := range Visibility(visibilities) {
		if v != ProjectWide && !d.terms.seen[place] {
			break
		}
		for half := range cellCount {
			before := views[was].lets(d.terms.ids[was][place], half, v)
			if after := views[is].lets(d.terms.ids[is][place], half, v); after != before {
				into.what[manner(v, after)].set(half.of(permID(place)))
			}
		}
	}
}

// lets is Check, for somebody of whom it is known what they hold.
func (v *view) lets(id permID, half cell, visible Visibility) bool {
	if v.gone || id == noPermission {
		return false
	}
	v.half, v.visibility = half, visible
	return v.may(id)
}
