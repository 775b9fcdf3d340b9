package authz

import (
	"math"
	"slices"
)

// code is what R9 to R14 say about one cell: the number of the rule that
// decided in the low bits, and flags.
type code byte

const (
	ruleMask code = 0x0f
	allowed  code = 0x80
	// byCollectionEntry and byCollectionRole mark cells that an entry (R11) or
	// a role (R12) naming the thing's collection allows, whatever else allows
	// them: that is what opens others' private things.
	byCollectionEntry code = 0x40
	byCollectionRole  code = 0x20
)

func (c code) decision() Decision {
	return Decision{Allowed: c&allowed != 0, Rule: Rule(c & ruleMask)}
}

// byCollection is the decision when only what names the collection may allow.
func (c code) byCollection() Decision {
	switch {
	case c&byCollectionEntry != 0:
		return Decision{Allowed: true, Rule: 11}
	case c&byCollectionRole != 0:
		return Decision{Allowed: true, Rule: 12}
	}
	return Decision{}
}

// cells holds a code for every cell of every permission. It is a string so
// that equal ones can be shared and none can be changed.
type cells string

func (cs cells) at(id permID, c cell) code { return code(cs[int(id)*int(cellCount)+int(c)]) }

// effects holds what one role or entry does to every cell; 0 = nothing.
type effects []Effect

func (e effects) at(id permID, c cell) Effect { return e[int(id)*int(cellCount)+int(c)] }

// add notes an effect; of several on one cell deny wins over allow over remove.
func (e effects) add(id permID, sel selector, effect Effect) {
	for c := range cellCount {
		i := int(id)*int(cellCount) + int(c)
		if sel.has(c) && effect.beats(e[i]) {
			e[i] = effect
		}
	}
}

// beats orders effects on one cell by one role: deny, allow, remove, nothing.
func (e Effect) beats(other Effect) bool { return e.strength() > other.strength() }

func (e Effect) strength() int {
	switch e {
	case Deny:
		return 3
	case Allow:
		return 2
	case Remove:
		return 1
	}
	return 0
}

// timeline is what holds when: spans ordered by their start, each lasting
// until the next. The first starts before all time.
type timeline []span

type span struct {
	from  int64
	cells cells
}

const beforeAllTime = math.MinInt64

func (t timeline) at(now int64) cells {
	i := len(t) - 1
	for t[i].from > now {
		i--
	}
	return t[i].cells
}

// live says whether the interval contains now (R17).
func (i Interval) live(now int64) bool {
	return (i.From == 0 || i.From <= now) && (i.Until == 0 || now < i.Until)
}

// changes lists the moments at which any of the intervals begins or ends,
// oldest first, the beginning of time before them all.
func changes[T any](all []T, interval func(T) Interval) []int64 {
	moments := []int64{beforeAllTime}
	for _, one := range all {
		i := interval(one)
		for _, at := range []int64{i.From, i.Until} {
			if at != 0 {
				moments = append(moments, at)
			}
		}
	}
	slices.Sort(moments)
	return slices.Compact(moments)
}
