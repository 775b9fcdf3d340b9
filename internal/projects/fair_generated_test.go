package projects

import (
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/naive"
	"github.com/remit-server/remit/internal/naive/worlds"
)

// The long mode: go test ./internal/projects -run Sequence -giving.sequences=100000 -timeout 0
var (
	sequences = flag.Int("giving.sequences", 400, "how many generated sequences of edits to judge")
	firstSeed = flag.Uint64("giving.seed", 1, "the seed of the first sequence")
)

// tally counts what the sequences were made of, so that dull ones prove nothing.
type tally struct{ allowed, gives, takes, gained, judged atomic.Int64 }

// Property 6 of the rules: whatever people do to the policy, together and with
// helpers whom they give rights to, they gain nothing that none of them held.
func TestNoSequenceOfEditsGivesWhatNoEditorHeld(t *testing.T) {
	t.Parallel()
	var seen tally
	t.Run("sequences", func(t *testing.T) {
		workers := runtime.GOMAXPROCS(0)
		for i := range workers {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				for n := i; n < *sequences && !t.Failed(); n += workers {
					play(t, *firstSeed+uint64(n), &seen)
				}
			})
		}
	})
	t.Logf("edits: %d made, %d refused as giving, %d as taking; %d of %d sequences gave somebody something",
		seen.allowed.Load(), seen.gives.Load(), seen.takes.Load(), seen.gained.Load(), seen.judged.Load())
	for what, n := range map[string]int64{"allowed": seen.allowed.Load(), "gives_more": seen.gives.Load(), "takes_more": seen.takes.Load(), "gained": seen.gained.Load()} {
		if n < int64(*sequences/20) && *sequences > 100 && !t.Failed() {
			t.Errorf("of %d sequences, %s happened %d times: they are dull", *sequences, what, n)
		}
	}
}

// play lets a group of people edit a world, and judges what has come of it.
func play(t *testing.T, seed uint64, seen *tally) {
	dice := worlds.Seeded(seed)
	first := worlds.Small(dice)
	policy, err := authz.Compile(first)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	group, now, last := worlds.Group(dice), int64(1), first
	var story []string
	for range 2 + dice.Roll("edits", 6) {
		now += int64(dice.Roll("later", 2))
		who := worlds.AsEditor(dice, last, group[dice.Roll("editor", len(group))])
		next := worlds.Give(dice, last)
		if dice.Roll("twice", 4) == 0 { // a whole file of changes
			next = worlds.Give(dice, next)
		}
		d := deal{who: who, now: now, before: last, after: next}
		if dice.Roll("ends", 8) == 0 {
			d.ends = now + int64(dice.Roll("end", 5))
		}
		found, r, err := d.judge(policy)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if found != nil {
			(map[string]*atomic.Int64{"gives_more": &seen.gives, "takes_more": &seen.takes})[found.code].Add(1)
			continue
		}
		if d.disabled() {
			continue // whom R1 refuses before any of this
		}
		seen.allowed.Add(1)
		story = append(story, fmt.Sprintf("at %d by %+v %+v until %d", now, who, who.Caps, d.ends))
		last, policy = next, r.policy
	}
	if len(story) == 0 {
		return
	}
	seen.judged.Add(1)
	j := newJury(first, last, group, seed%10 != 0)
	if dice.Roll("when", 2) == 0 {
		now += int64(dice.Roll("later", 9))
	}
	if bad := j.escalation(now); bad != "" {
		t.Errorf("seed %d: %s\ngroup %q\n%s\nfrom%s\nto%s", seed, bad, group, strings.Join(story, "\n"), worlds.Brief(first), worlds.Brief(last))
	}
	if j.gained {
		seen.gained.Add(1)
	}
}

func (d *deal) disabled() bool {
	return slices.ContainsFunc(d.before.Users, func(u authz.User) bool { return u.ID == d.who.ID && u.Disabled })
}

// jury judges by the naive evaluator what a group held first and anybody holds
// last. Because that takes long, it asks the engine beforehand, except in some
// sequences, where anything may differ at all.
type jury struct {
	first, last, real *court // accounts of the first two are neither superusers nor disabled
	group             []string
	gained            bool
}

func newJury(first, last authz.Source, group []string, quick bool) *jury {
	bare := func(s authz.Source) *court {
		s.Users = append(plain(s.Users), authz.User{ID: "nobody"})
		c := newCourt(s)
		if quick {
			c.engine, _ = authz.Compile(s)
		}
		return c
	}
	return &jury{bare(first), bare(last), newCourt(first), group, false}
}

// escalation finds somebody who came to hold, or to be able to give, what
// nobody of the group did at that moment.
func (j *jury) escalation(at int64) string {
	for _, c := range everyCell(j.first.Catalog) {
		for _, u := range j.last.Users {
			if !j.grew(u.ID, c, at) {
				continue
			}
			j.gained = true
			if !slices.ContainsFunc(j.group, func(g string) bool { return j.real.holds(g, c, at) }) {
				return fmt.Sprintf("%s came to hold %+v at %d", u.ID, c, at)
			}
		}
	}
	return ""
}

func (j *jury) grew(user string, c cell, at int64) bool {
	if j.last.engine != nil && !j.mayGrow(user, c, at) {
		return false
	}
	return j.last.may(user, c, at) && !j.first.may(user, c, at) || j.last.byRole(user, c, at) && !j.first.holds(user, c, at)
}

func (j *jury) mayGrow(user string, c cell, at int64) bool {
	return allows(j.last.engine, user, c, at) && !allows(j.first.engine, user, c, at) ||
		slices.ContainsFunc(registrars(c), func(right cell) bool { return allows(j.last.engine, user, right, at) })
}

// registrars are the rights to make people of the roles that there are.
func registrars(c cell) []cell {
	right := func(role string) cell { return cell{permission: assignRight + role}.in(c.project, c.collection) }
	return []cell{right("r1"), right("r2")}
}

// everyCell leaves out the rights to make people of roles: they count as what
// can be given by them.
func everyCell(c authz.Catalog) (all []cell) {
	for _, p := range c.Permissions {
		if strings.HasPrefix(p.Name, assignRight) {
			continue
		}
		for _, in := range [][2]string{{"p1", ""}, {"p1", "c1"}, {"p2", ""}, {"p2", "c1"}, {"p9", ""}} {
			if p.Level == authz.OnSite {
				in = [2]string{}
			}
			at := cell{permission: p.Name}.in(in[0], in[1])
			all = append(all, at.halvesOf(p)...)
			if p.Level == authz.OnSite {
				break
			}
		}
	}
	return all
}

func (c cell) halvesOf(p authz.Permission) []cell {
	all := halves(c)
	if p.Private == "" && len(p.Requires) == 0 {
		return all[:2]
	}
	return all
}

// court asks the naive evaluator, nothing twice.
type court struct {
	authz.Source
	known  map[asked]bool
	engine *authz.Policy
}

type asked struct {
	user string // or
	role string
	cell
	at int64
}

func newCourt(s authz.Source) *court { return &court{Source: s, known: map[asked]bool{}} }

func (j *court) once(q asked, answer func() bool) bool {
	known, before := j.known[q]
	if !before {
		known = answer()
		j.known[q] = known
	}
	return known
}

func (j *court) may(user string, c cell, at int64) bool {
	return j.once(asked{user: user, cell: c, at: at}, func() bool { return check(j.Source, user, c, at) })
}

func check(s authz.Source, user string, c cell, at int64) bool {
	return decide(s, user, c, at).Allowed
}

func decide(s authz.Source, user string, c cell, at int64) authz.Decision {
	w := naive.World{Source: s, Now: at}
	d := w.Check(authz.Subject{Kind: authz.Person, ID: user}, w.Permission(c.permission), c.on(user))
	return authz.Decision{Allowed: d.Allowed, Rule: d.Rule}
}

// denied: something says no, and not only nothing yes.
func (j *court) denied(user string, c cell, at int64) bool {
	return j.once(asked{user: user, role: "denied", cell: c, at: at}, func() bool {
		d := decide(j.Source, user, c, at)
		return !d.Allowed && slices.Contains([]authz.Rule{9, 10, 11, 12}, d.Rule)
	})
}

func (j *court) holds(user string, c cell, at int64) bool {
	return j.may(user, c, at) || j.byRole(user, c, at)
}

// byRole is what a registrar may give.
func (j *court) byRole(user string, c cell, at int64) bool {
	return c.project != "" && !j.denied(user, c, at) && slices.ContainsFunc(registrars(c), func(right cell) bool {
		return j.mayAssign(user, right, c, at) && j.gives(roleOf(right), c)
	})
}

// mayAssign: who may make people of a role that lets them make people of
// another may do that as well, with a helper, to whom that role denies nothing.
func (j *court) mayAssign(user string, right, c cell, at int64) bool {
	return slices.ContainsFunc(registrars(right), func(by cell) bool {
		return j.may(user, by, at) && (by == right || j.gives(roleOf(by), right) && !j.denies(roleOf(by), c))
	})
}

func roleOf(right cell) string { return strings.TrimPrefix(right.permission, assignRight) }

// gives asks for somebody who has nothing but the role, and needs nothing else.
func (j *court) gives(role string, c cell) bool {
	return j.once(asked{role: role, cell: c}, func() bool { return check(j.holder(role, c), "holder", c, 0) })
}

// denies asks the same one.
func (j *court) denies(role string, c cell) bool {
	return j.once(asked{user: "denies", role: role, cell: c}, func() bool {
		d := decide(j.holder(role, c), "holder", c, 0)
		return !d.Allowed && (d.Rule == 10 || d.Rule == 12)
	})
}

// holder is a world with somebody who has nothing but a role.
func (j *court) holder(role string, c cell) authz.Source {
	s := authz.Source{Roles: j.Roles, Users: []authz.User{{ID: "holder"}}}
	for _, p := range j.Catalog.Permissions {
		p.Reserved = j.isReserved(p, p.Name == c.permission)
		p.Requires, p.PublicOK = nil, false
		s.Catalog.Permissions = append(s.Catalog.Permissions, p)
	}
	s.Projects = []authz.Project{{ID: c.project, Overrides: overridesIn(j.Source, c.project), Members: []authz.Member{{User: "holder", Role: role}}}}
	return s
}

// isReserved is R3 and R4, for what is asked with all that it requires.
func (j *court) isReserved(p authz.Permission, closure bool) bool {
	w := naive.World{Source: j.Source}
	return p.Never || w.IsReserved(p) || closure && slices.ContainsFunc(p.Requires, func(name string) bool { return j.isReserved(w.Permission(name), true) })
}

func overridesIn(s authz.Source, project string) []authz.Override {
	for _, p := range s.Projects {
		if p.ID == project {
			return p.Overrides
		}
	}
	return nil
}
