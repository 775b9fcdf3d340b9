package authz

// bits is a set of small numbers: of cells, or of permissions.
type bits []uint64

func newBits(n int) bits { return make(bits, (n+63)/64) }

func (b bits) has(i int) bool { return b[i>>6]&(1<<(i&63)) != 0 }

func (b bits) set(i int) { b[i>>6] |= 1 << (i & 63) }

// add puts what is in other into b.
func (b bits) add(other bits) {
	for i, word := range other {
		b[i] |= word
	}
}

// drop takes what is in other out of b.
func (b bits) drop(other bits) {
	for i, word := range other {
		b[i] &^= word
	}
}

// keep takes out of b what is not in other.
func (b bits) keep(other bits) {
	for i, word := range other {
		b[i] &= word
	}
}

// cell is one half of a permission: own things or others'. Everything is
// decided per cell.
type cell uint8

const (
	own cell = iota
	others
	cellCount
)

func cellOf(isOwn bool) cell {
	if isOwn {
		return own
	}
	return others
}

// of numbers the cells of all permissions.
func (c cell) of(id permID) int { return int(id)*int(cellCount) + int(c) }
