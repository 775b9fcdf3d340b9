package authz

// project is one project's part of a policy. It never changes.
type project struct {
	slots     []uint64 // a hash table: the user's number + 1, then what is held
	class     *class
	special   []holding
	public    bits // permissions that everybody has here (R7)
	hasPublic bool // R10: anything at all is public
	number    uint32
	source    Project
}

// What a slot says is held: a number of the project's class, or with this bit
// the place in special.
const isSpecial = 1 << 31

// spread turns consecutive numbers into places all over a table.
const spread = 0x9E3779B97F4A7C15

// newSlots is a table that stays half empty, so that the first look mostly
// finds what there is.
func newSlots(users int) []uint64 {
	size := 1
	for size < users*2 {
		size *= 2
	}
	if users == 0 {
		return nil
	}
	return make([]uint64, size)
}

func (p *project) put(user, held uint32) {
	mask := uint64(len(p.slots) - 1)
	i := uint64(user) * spread >> 32 & mask
	for p.slots[i] != 0 {
		i = (i + 1) & mask
	}
	p.slots[i] = uint64(user+1)<<32 | uint64(held)
}

// find returns what a user holds, false when it is nothing.
func (p *project) find(user uint32) (held uint32, ok bool) {
	if len(p.slots) == 0 {
		return 0, false
	}
	mask := uint64(len(p.slots) - 1)
	for i := uint64(user) * spread >> 32 & mask; ; i = (i + 1) & mask {
		slot := p.slots[i]
		if uint32(slot>>32) == user+1 {
			return uint32(slot), true
		}
		if slot == 0 {
			return 0, false
		}
	}
}

// users calls visit for everybody who holds something, now or ever.
func (p *project) users(visit func(user uint32)) {
	for _, slot := range p.slots {
		if slot != 0 {
			visit(uint32(slot>>32) - 1)
		}
	}
}

// held returns R10 to R12 for a user about the thing asked about, and what opens
// others' private things.
func (p *project) held(user uint32, asked *words, now int64) (decided, opens verdict) {
	held, ok := p.find(user)
	switch {
	case !ok:
		return nil, nil
	case held&isSpecial == 0:
		return p.class.verdicts[int(held)*p.class.size:][:p.class.size], nil
	}
	span := p.special[held&^isSpecial].in(asked.thing.Collection).at(now)
	return span.decided, span.opens
}
