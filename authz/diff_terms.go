package authz

import "slices"

// terms numbers the permissions of two vocabularies together, in the order of
// their names. Such a number is called a place.
type terms struct {
	names   []string
	ids     [sides][]permID // in each vocabulary, or noPermission
	aligned bool            // both vocabularies have the same names, and so numbers
	// always are the places to ask about whatever is held: they do not mean
	// what they did. Only when aligned.
	always []permID
	moves  [][]permID // what may change with the cells of a permission; only when aligned
	levels [2]bits    // cells by Level
	seen   []bool     // visibility matters
}

func newTerms(before, after *Policy) *terms {
	t := &terms{names: union(before.vocabulary, after.vocabulary)}
	t.aligned = len(t.names) == len(before.permissions) && len(t.names) == len(after.permissions)
	t.seen = make([]bool, len(t.names))
	for level := range t.levels {
		t.levels[level] = newBits(len(t.names) * int(cellCount))
	}
	t.describe(was, before.vocabulary)
	t.describe(is, after.vocabulary)
	if t.aligned {
		t.moves = make([][]permID, len(t.names))
		t.movedBy(before.vocabulary)
		t.movedBy(after.vocabulary)
		t.compare(before, after)
	}
	return t
}

// union lists the names of both, sorted.
func union(before, after *vocabulary) []string {
	var names []string
	for _, v := range []*vocabulary{before, after} {
		for i := range v.permissions {
			names = append(names, v.permissions[i].Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// describe notes how a side speaks of each permission, and where.
func (t *terms) describe(side int, v *vocabulary) {
	t.ids[side] = make([]permID, len(t.names))
	for place, name := range t.names {
		id := v.exact(name)
		t.ids[side][place] = id
		if id != noPermission {
			t.levels[v.permissions[id].Level].both(permID(place))
			t.seen[place] = t.seen[place] || v.permissions[id].looks
		}
	}
}

// movedBy notes for each permission which ones look at its cells: itself,
// those that require it, and those of either whose private counterpart it is.
func (t *terms) movedBy(v *vocabulary) {
	for id := range v.permissions {
		for _, asked := range append([]permID{permID(id)}, v.permissions[id].needs...) {
			t.moves[asked] = append(t.moves[asked], permID(id))
			if private := v.permissions[asked].private; private != noPermission {
				t.moves[private] = append(t.moves[private], permID(id))
			}
		}
	}
}

// compare finds the permissions that do not mean what they did.
func (t *terms) compare(before, after *Policy) {
	for id := range t.names {
		a, b := &before.permissions[id], &after.permissions[id]
		if before.traits[id] != after.traits[id] || a.private != b.private || !slices.Equal(a.needs, b.needs) {
			t.always = append(t.always, t.moves[id]...)
		}
	}
}
