package authz

import "reflect"

// twins pairs the numbers that two policies give to the same ids. A place is
// the number of a pair.
type twins struct {
	count uint32
	pairs [][sides]int32 // by place; nil when both policies number alike
	after []uint32       // number in the policy after → place; nil likewise
}

// nobody is the number of what a policy does not know.
const nobody = -1

// pairUp pairs by id. Numbers of the policy before are their own places; what
// only the policy after knows comes behind. Recompile shares the table when
// nobody came or went.
func pairUp(before, after map[string]uint32, numbersBefore, numbersAfter int) twins {
	if reflect.ValueOf(before).Pointer() == reflect.ValueOf(after).Pointer() {
		return twins{count: uint32(numbersBefore)}
	}
	t := twins{pairs: make([][sides]int32, numbersBefore), after: make([]uint32, numbersAfter)}
	for place := range t.pairs {
		t.pairs[place] = [sides]int32{nobody, nobody}
	}
	for _, number := range before {
		t.pairs[number][was] = int32(number)
	}
	for id, number := range after {
		place, known := before[id]
		if !known {
			place = uint32(len(t.pairs))
			t.pairs = append(t.pairs, [sides]int32{nobody, nobody})
		}
		t.pairs[place][is], t.after[number] = int32(number), place
	}
	t.count = uint32(len(t.pairs))
	return t
}

// of returns the numbers of a place.
func (t *twins) of(place uint32) [sides]int32 {
	if t.pairs == nil {
		return [sides]int32{int32(place), int32(place)}
	}
	return t.pairs[place]
}

// place of a number of one side.
func (t *twins) place(side int, number uint32) uint32 {
	if side == was || t.after == nil {
		return number
	}
	return t.after[number]
}
