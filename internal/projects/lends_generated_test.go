package projects

import (
	"slices"
	"testing"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/naive/worlds"
)

// lendingWorld is one in which file:read comes along with job:cancel.
func lendingWorld(dice worlds.Dice) authz.Source {
	s := worlds.Small(dice)
	s.Catalog.Permissions = slices.Clone(s.Catalog.Permissions)
	for i, p := range s.Catalog.Permissions {
		if p.Name == "job:cancel" {
			s.Catalog.Permissions[i].Lends = []string{"file:read"}
		}
	}
	return s
}

func TestNobodyGivesWhatLendsWithoutWhatItLends(t *testing.T) {
	t.Parallel()
	gained := 0
	for seed := range uint64(*sequences * 10) {
		dice := worlds.Seeded(seed)
		s := lendingWorld(dice)
		d := deal{who: worlds.AsEditor(dice, s, []string{"u1", "u2", "u3", "u4"}[dice.Roll("asker", 4)]), now: 1, before: s, after: worlds.Give(dice, s)}
		found, r, err := d.judge(nil)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		lent := permissionOf(s.Catalog, "file:read")
		if found != nil || d.disabled() || d.unlimited() || isReserved(s, lent) {
			continue
		}
		n, bad := r.lendsTooMuch(newCourt(s))
		if gained += n; bad != nil {
			t.Fatalf("seed %d: %+v gives %+v\nfrom%s\nto%s", seed, d.who, bad, worlds.Brief(s), worlds.Brief(d.after))
		}
	}
	t.Logf("%d times somebody gained what lends", gained)
	if gained < *sequences/20 {
		t.Error("the worlds are dull")
	}
}

// lendsTooMuch counts where somebody gains what lends, and finds one that the
// editor neither holds with what it lends nor gives as a registrar.
func (r *reading) lendsTooMuch(court *court) (n int, bad *unfair) {
	for _, in := range []place{{"p1", ""}, {"p1", "c1"}, {"p1", "c2"}, {"p2", ""}, {"p2", "c1"}, {"p2", "c2"}} {
		for _, own := range []bool{true, false} {
			c := cell{"job:cancel", own, in.project, in.collection, authz.ProjectWide}
			read := cell{"file:read", own, in.project, in.collection, authz.ProjectWide}
			for at := r.now; at < until; at++ {
				gives := slices.ContainsFunc(registrars(c), func(right cell) bool { return r.may(right, at) && court.gives(roleOf(right), c) })
				holds := r.may(c, at) && r.may(read.owned(true), at) && r.may(read.owned(false), at)
				for _, u := range r.after.Users {
					if !allows(r.is, u.ID, c, at) || allows(r.was, u.ID, c, at) {
						continue
					}
					if n++; !gives && !holds {
						return n, &unfair{"gives_more", u.ID, c, at}
					}
				}
			}
		}
	}
	return n, nil
}
