// Package worlds draws small policies and questions about them, for tests that
// compare the engine in authz with the naive evaluator.
//
// Its one invariant: every policy that Source and Edit make compiles, and none
// that a Fault has broken does. Names are few, so that rules meet often.
//
//	rapid.Check(t, func(t *rapid.T) {
//		src := worlds.Source(worlds.Rapid(t))
//		q := worlds.Ask(worlds.Rapid(t), src)
//		…
//	})
package worlds

import (
	"math/rand/v2"
	"slices"

	"pgregory.net/rapid"

	"github.com/remit-server/remit/authz"
)

// Dice are where chance comes from: numbers from 0 to below n.
type Dice interface {
	Roll(label string, n int) int
}

// Rapid are dice that shrink what made a test fail.
func Rapid(t *rapid.T) Dice { return shrinking{t} }

type shrinking struct{ t *rapid.T }

func (d shrinking) Roll(label string, n int) int { return rapid.IntRange(0, n-1).Draw(d.t, label) }

// Seeded are dice that cost little; the same seed rolls the same.
func Seeded(seed uint64) Dice { return cheap{rand.New(rand.NewPCG(seed, 0))} }

type cheap struct{ *rand.Rand }

func (d cheap) Roll(_ string, n int) int { return d.IntN(n) }

// maker draws parts of a policy with this catalogue.
type maker struct {
	Dice
	catalog authz.Catalog
}

// chance is true n times in sixteen, and shrinks to false.
func (m maker) chance(n int) bool { return m.Roll("chance", 16) >= 16-n }

// rarely is true once in 128 times.
func (m maker) rarely() bool { return m.chance(1) && m.chance(2) }

func pick[T any](m maker, label string, of ...T) T { return of[m.Roll(label, len(of))] }

// some draws up to most of them, none twice.
func some[T any](m maker, label string, of []T, most int) []T {
	rest, list := slices.Clone(of), []T{}
	for range m.Roll(label, min(most, len(of))+1) {
		i := m.Roll(label, len(rest))
		list, rest = append(list, rest[i]), slices.Delete(rest, i, i+1)
	}
	return list
}

// many makes from least to most things.
func many[T any](m maker, label string, least, most int, make func() T) []T {
	list := []T{}
	for range least + m.Roll(label, most-least+1) {
		list = append(list, make())
	}
	return list
}

// shuffled is the list in another order.
func shuffled[T any](m maker, list []T) []T {
	list = slices.Clone(list)
	for i := len(list) - 1; i > 0; i-- {
		j := m.Roll("order", i+1)
		list[i], list[j] = list[j], list[i]
	}
	return list
}
