// Package judge puts to the naive evaluator what takes more than one of its questions: a name that stands for several permissions,
// a preview (R23), an operation (R16, R21, R27) and a move (R29). It decides nothing that naive does not.
//
//	want := judge.World{Source: source, Now: now}.Check(ada, "job:run.ml", thing)
//	if got := policy.Check(ada, "job:run.ml", thing, now); got != want {
//		t.Fatal("the engine is wrong, or this is")
//	}
package judge

import (
	"cmp"
	"slices"

	. "github.com/remit-server/remit/authz" // its words, so that this reads like the rules
	"github.com/remit-server/remit/internal/naive"
	. "github.com/remit-server/remit/internal/naive/lists"
)

// World is a policy at one moment, in microseconds since 1970 UTC.
type World naive.World

// Check is R1 to R15 for all that a name stands for: the first refusal, or the first answer, in the order of names.
func (w World) Check(s Subject, name string, r Resource) Decision {
	stands := func(p Permission) bool { return p.Name == name || slices.Contains(p.Aliases, name) }
	asked := Keep(w.Catalog.Permissions, stands)
	if rule := w.barred(s, r); rule != 0 || len(asked) == 0 {
		return Decision{Rule: cmp.Or(rule, 2), Permission: name}
	}
	slices.SortFunc(asked, func(a, b Permission) int { return cmp.Compare(a.Name, b.Name) })
	refused := Keep(asked, func(p Permission) bool { return !w.check(s, p, r).Allowed })
	return w.check(s, append(refused, asked...)[0], r)
}

// check is one permission, for whoever asks.
func (w World) check(s Subject, p Permission, r Resource) Decision {
	if s.Kind == Person && s.Preview != nil {
		return w.preview(s, p, r)
	}
	return naive.World(w).Check(s, p, r)
}

func (w World) permission(name string) Permission { return naive.World(w).Permission(name) }
