package authz

import (
	"encoding/binary"
	"slices"
)

// course is what somebody holds from now on, as words of verdicts; nil is
// nothing.
type course []stretch

// stretch lasts until the next one.
type stretch struct {
	from        int64
	says, opens []uint64
}

func (c course) at(now int64) stretch {
	for _, s := range slices.Backward(c) {
		if s.from <= now {
			return s
		}
	}
	return stretch{}
}

// then adds a stretch, if it says anything new.
func (c course) then(s stretch) course {
	if len(c) > 0 {
		last := c[len(c)-1]
		if slices.Equal(last.says, s.says) && slices.Equal(last.opens, s.opens) {
			return c
		}
	}
	return append(c, s)
}

// empty says that nothing is held at any time.
func (c course) empty() bool { return len(c) == 1 && blank(c[0].says) && blank(c[0].opens) }

func blank(words []uint64) bool {
	return !slices.ContainsFunc(words, func(w uint64) bool { return w != 0 })
}

// course reads a line from now on.
func (l line) course(now int64) (c course) {
	for i := range l {
		one := &l[i]
		if i+1 < len(l) && l[i+1].from <= now {
			continue
		}
		opens := one.opens
		if blank(opens) { // for which most collections are not named at all
			opens = nil
		}
		c = c.then(stretch{max(one.from, now), one.decided, opens})
	}
	return c
}

func (l siteLine) course(now int64) (c course) {
	for i := range l {
		if i+1 == len(l) || l[i+1].from > now {
			c = c.then(stretch{max(l[i].from, now), l[i].says, nil})
		}
	}
	return c
}

// courses numbers courses, so that equal ones have one number. Nothing is 0.
type courses struct {
	numbers map[string]uint32
	list    []course
	key     []byte
}

func newCourses() *courses { return &courses{numbers: map[string]uint32{}, list: []course{nil}} }

// number of a course. Words that belong to different vocabularies are told
// apart by the side.
func (cs *courses) number(side int, c course) uint32 {
	if c.empty() {
		return 0
	}
	cs.key = c.appendTo(append(cs.key[:0], byte(side)))
	n, known := cs.numbers[string(cs.key)]
	if !known {
		n = uint32(len(cs.list))
		cs.numbers[string(cs.key)] = n
		cs.list = append(cs.list, c)
	}
	return n
}

// appendTo writes a course as bytes that no other course has.
func (c course) appendTo(out []byte) []byte {
	for _, s := range c {
		out = binary.BigEndian.AppendUint64(out, uint64(s.from))
		out = appendWords(appendWords(out, s.says), s.opens)
	}
	return out
}

func appendWords(out []byte, words []uint64) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(words)))
	for _, w := range words {
		out = binary.BigEndian.AppendUint64(out, w)
	}
	return out
}

// floors numbers what is public in projects. Nothing is 0.
type floors struct {
	numbers map[string]uint32
	list    []*project // one for each number
}

func newFloors() *floors { return &floors{map[string]uint32{}, []*project{nil}} }

func (f *floors) number(side int, in *project) uint32 {
	if !in.isOpen() {
		return 0
	}
	key := string(appendWords([]byte{byte(side)}, in.public))
	n, known := f.numbers[key]
	if !known {
		n = uint32(len(f.list))
		f.numbers[key] = n
		f.list = append(f.list, in)
	}
	return n
}
