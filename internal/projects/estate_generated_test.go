package projects

import (
	"fmt"
	"slices"
	"testing"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/naive"
	"github.com/remit-server/remit/internal/naive/worlds"
)

// takeover is a generated question of who may be whom, or whose heir.
type takeover struct {
	*person
	from  string // whose things go to the person
	owned []identity.Owned
	known *authz.Policy
	naive bool
}

func drawTakeover(t *testing.T, seed uint64) takeover {
	t.Helper()
	dice := worlds.Seeded(seed)
	s := worlds.Small(dice)
	policy, err := authz.Compile(s)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	who := []string{"u1", "u2", "u3", "u4"}
	i := dice.Roll("asker", 4)
	d := &deal{who: worlds.AsEditor(dice, s, who[i]), now: 1 + int64(dice.Roll("now", 4)), before: s, after: s}
	if dice.Roll("ends", 8) == 0 {
		d.ends = d.now + 1 + int64(dice.Roll("end", 5))
	}
	one := takeover{person: d.beside(who[(i+1+dice.Roll("other", 3))%4]), from: who[dice.Roll("from", 4)], known: policy, naive: seed%100 == 0}
	for range 1 + dice.Roll("owned", 3) {
		on := authz.Resource{Project: []string{"p1", "p2"}[dice.Roll("project", 2)], Collection: []string{"", "c1", "c2"}[dice.Roll("collection", 3)],
			Visibility: authz.Visibility(dice.Roll("visibility", 3))}
		one.owned = append(one.owned, identity.Owned{Kind: []string{"job", "file", "collection"}[dice.Roll("kind", 3)], On: on})
	}
	return one
}

// isOut: who is disabled asks nothing, and is nobody to become (R1).
func (k takeover) isOut() bool {
	return k.unlimited() || slices.ContainsFunc(k.before.Users, func(u authz.User) bool { return u.Disabled && (u.ID == k.id || u.ID == k.who.ID) })
}

// answers are to one question in one reading of the policy; the key of the asker
// may have ended. The naive evaluator takes long, and so the engine, which agrees
// with it, answers most of the time.
type answers func(who authz.Subject, c cell, at int64) bool

func (k takeover) courts(t *testing.T) (all []answers) {
	for _, s := range []authz.Source{k.before, unreserved(k.before), latent(k.before)} {
		engine, err := authz.Compile(s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, func(who authz.Subject, c cell, at int64) bool {
			switch {
			case who.ID == k.who.ID && k.ends != 0 && at >= k.ends:
				return false
			case k.naive:
				w := naive.World{Source: s, Now: at}
				return w.Check(who, w.Permission(c.permission), c.on(who.ID)).Allowed
			}
			return engine.Check(who, c.permission, c.on(who.ID), at).Allowed
		})
	}
	return all
}

// until is after the last moment at which anything in these worlds changes.
const until = 14

// exceeds looks everywhere and always for what the person holds and the asker lacks.
func (k takeover) exceeds(may answers) string {
	for _, p := range k.before.Catalog.Permissions {
		for _, in := range []place{{"", ""}, {"p1", ""}, {"p1", "c1"}, {"p1", "c2"}, {"p2", ""}, {"p2", "c1"}, {"p2", "c2"}, {"p9", ""}} {
			for _, seen := range []authz.Visibility{authz.ProjectWide, authz.Private, authz.Public} {
				for _, own := range []bool{true, false} {
					c := cell{p.Name, own, in.project, in.collection, seen}
					if found := k.lacks(may, c, c); found != "" {
						return found
					}
				}
			}
		}
	}
	for _, c := range k.things() {
		if found := k.lacks(may, c.owned(true), c); found != "" {
			return found
		}
	}
	return ""
}

// lacks says when the person has theirs and the asker has not mine.
func (k takeover) lacks(may answers, theirs, mine cell) string {
	for at := k.now; at < until; at++ {
		if may(k.subject(), theirs, at) && !may(k.who, mine, at) {
			return fmt.Sprintf("%+v at %d", theirs, at)
		}
	}
	return ""
}

// things are what can be done with what is owned, as one of the others.
func (k takeover) things() (all []cell) {
	for _, o := range k.owned {
		for _, p := range k.before.Catalog.Permissions {
			if kind := authz.Match(o.Kind+":*", p.Name); kind && p.Selectors && !p.Never {
				all = append(all, cell{p.Name, false, o.On.Project, o.On.Collection, o.On.Visibility})
			}
		}
	}
	return all
}

func TestWhoMayBeAnotherHoldsAllOfItEverywhereAndAlways(t *testing.T) {
	t.Parallel()
	yes, no := 0, 0
	for seed := range uint64(*sequences) {
		k := drawTakeover(t, seed)
		if k.isOut() {
			continue
		}
		found, err := k.becomes(k.known, k.owned)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		more := ""
		for _, may := range k.courts(t) {
			if more == "" {
				more = k.exceeds(may)
			}
		}
		if (found == nil) != (more == "") {
			t.Fatalf("seed %d: %s as %+v until %d at %d: found %+v, the naive evaluator %q%s", seed, k.id, k.who, k.ends, k.now, found, more, worlds.Brief(k.before))
		}
		if found == nil {
			yes++
		} else {
			no++
		}
	}
	t.Logf("%d may, %d may not", yes, no)
	if min(yes, no) < *sequences/20 {
		t.Errorf("%d may, %d may not: the worlds are dull", yes, no)
	}
}

func TestNoHeirGainsWhatTheAskerDoesNotHold(t *testing.T) {
	t.Parallel()
	yes, no := 0, 0
	for seed := range uint64(*sequences) {
		k := drawTakeover(t, seed)
		if k.isOut() {
			continue
		}
		found, err := k.inherits(k.known, k.from, k.owned)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if found != nil {
			no++
			continue
		}
		yes++
		for i, may := range k.courts(t) {
			court := newCourt([]authz.Source{k.before, unreserved(k.before), latent(k.before)}[i])
			if gained := k.gains(may, court); gained != "" {
				t.Fatalf("seed %d: %s is heir of %s by %+v until %d at %d and gains %s%s", seed, k.id, k.from, k.who, k.ends, k.now, gained, worlds.Brief(k.before))
			}
		}
	}
	t.Logf("%d may, %d may not", yes, no)
	if min(yes, no) < *sequences/20 {
		t.Errorf("%d may, %d may not: the worlds are dull", yes, no)
	}
}

// gains looks for what the heir comes to and the asker neither holds nor may give.
func (k takeover) gains(may answers, court *court) string {
	for _, c := range k.things() {
		for at := k.now; at < until; at++ {
			heir := may(k.subject(), c.owned(true), at) && !may(k.subject(), c, at)
			mine := c.owned(k.from == k.who.ID)
			gives := slices.ContainsFunc(registrars(mine), func(right cell) bool {
				return may(k.who, right, at) && court.gives(roleOf(right), mine)
			})
			if heir && !gives && !may(k.who, mine, at) {
				return fmt.Sprintf("%+v at %d", c, at)
			}
		}
	}
	return ""
}
