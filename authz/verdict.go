package authz

import "math"

// verdict is what R10 to R12 say about every cell, four words for each 64
// cells, side by side so that one look reaches them all.
type verdict []uint64

// The words of a verdict.
const (
	allows   = iota
	denies   // neither: the rules are silent
	byTen    // R10 spoke; else
	byEleven // R11 did; else R12
	planes
)

// statement collects what the grants that are live say about every cell.
type statement struct {
	entryDeny, entryAllow, roleDeny, roleAllow bits
	// Allows by grants that name the thing's collection.
	entryAllowIn, roleAllowIn bits
	ban                       selector
	shows                     bool // anything is held: the project's title shows
}

// statement returns an empty one.
func (v *vocabulary) statement() *statement {
	return &statement{v.cells(), v.cells(), v.cells(), v.cells(), v.cells(), v.cells(), selector{}, false}
}

// reset empties s.
func (s *statement) reset() {
	for _, set := range []bits{s.entryDeny, s.entryAllow, s.roleDeny, s.roleAllow, s.entryAllowIn, s.roleAllowIn} {
		clear(set)
	}
	s.ban, s.shows = selector{}, false
}

// decide appends the verdict on every cell, rule by rule: what one rule speaks
// of, those after it do not touch.
func (v *vocabulary) decide(out verdict, s *statement) verdict {
	for w, rest := range v.inProject {
		take := func(spoken uint64) uint64 {
			spoken &= rest
			rest &^= spoken
			return spoken
		}
		ban := take(v.banned(s.ban, w))
		shown := take(v.viewed(w))
		if !s.shows {
			shown = 0
		}
		entryDeny, entryAllow := take(s.entryDeny[w]), take(s.entryAllow[w])
		roleDeny, roleAllow := take(s.roleDeny[w]), take(s.roleAllow[w])
		out = append(out, shown|entryAllow|roleAllow, ban|entryDeny|roleDeny, ban|shown, entryDeny|entryAllow)
	}
	return out
}

// opening says what opens others' private things: cells that are allowed, and
// also by a grant that names the collection. It is a verdict without denies.
func (v *vocabulary) opening(s *statement, decided verdict) verdict {
	out := make(verdict, 0, len(decided))
	for w := range v.words() {
		may := decided[w*planes+allows] &^ decided[w*planes+byTen]
		byEntry := may & s.entryAllowIn[w]
		byRole := may & s.roleAllowIn[w] &^ s.roleDeny[w] &^ byEntry
		out = append(out, byEntry|byRole, 0, 0, byEntry)
	}
	return out
}

func (v *vocabulary) banned(s selector, word int) (cells uint64) {
	for half := range cellCount {
		if s.has(half) {
			cells |= v.halves[half][word]
		}
	}
	return cells
}

// viewed is the cells of ProjectView.
func (v *vocabulary) viewed(word int) (cells uint64) {
	for half := range cellCount {
		if at := half.of(v.view); v.view != noPermission && at>>6 == word {
			cells |= 1 << (at & 63)
		}
	}
	return cells
}

// read says what the four bits of a cell mean: allows, denies, byTen, byEleven.
var read = [1 << planes]outcome{
	0b0001: yes(12), 0b0010: no(12),
	0b0101: yes(10), 0b0110: no(10),
	0b1001: yes(11), 0b1010: no(11),
}

// at is what R10 to R12 say of one cell. It has no branches: who asks what is
// not to be guessed, and a wrong guess costs more than all of this.
func (v verdict) at(cell int) outcome {
	from := cell >> 6 * planes
	if from >= len(v) {
		return silent
	}
	words, bit := v[from:][:planes], cell&63
	return read[words[allows]>>bit&1|words[denies]>>bit&1<<1|words[byTen]>>bit&1<<2|words[byEleven]>>bit&1<<3]
}

// line is what holds when: spans ordered by their start, each lasting until
// the next. The first starts before all time.
type line []span

type span struct {
	from    int64
	decided verdict
	opens   verdict // nil where no collection is named
}

const beforeAllTime = math.MinInt64

func (l line) at(now int64) *span {
	i := len(l) - 1
	for l[i].from > now {
		i--
	}
	return &l[i]
}
