package projects

import (
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
)

// editor is who makes a change, and what they hold before it.
type editor struct {
	*standing
	asks     authz.Subject
	until    int64 // when the asking key ends, 0 = never
	policy   *authz.Policy
	source   authz.Source
	projects map[string]authz.Project
	roles    []string // those for which there is a right to make people of them
	passes   map[passing]bool
}

// assignRight is how the right to make people of one role begins.
const assignRight = "member:assign."

// reads is the editor in one way of reading the policy.
func (d *deal) reads(p *authz.Policy, s authz.Source) *editor {
	e := &editor{standing: d.self, asks: d.who, until: d.ends, policy: p, source: s, projects: byProject(s), passes: map[passing]bool{}}
	for _, name := range p.Names(assignRight) {
		e.roles = append(e.roles, strings.TrimPrefix(name, assignRight))
	}
	return e
}

// holds says what the editor holds at a moment, after the caps of the request
// and until its key ends; whoever may make people of a role holds what it gives.
func (e *editor) holds(c cell, at int64) bool {
	return e.lives(at) && (e.holdsWithLoans(c, at) || e.byRole(c, at) || e.wholeRole(c, at)) && e.passesOn(c, at)
}

// passesOn: a right to make people of a role is passed on by those to whom
// nothing of the role is denied, nor of those that it lets others give.
func (e *editor) passesOn(c cell, at int64) bool {
	role, is := strings.CutPrefix(c.permission, assignRight)
	if !is {
		return true
	}
	q := passing{role, place{c.project, c.collection}, at}
	passes, known := e.passes[q]
	if !known {
		passes = e.deniesNothingOf(role, c, at)
		e.passes[q] = passes
	}
	return passes
}

// passing is a role that somebody may let others give somewhere.
type passing struct {
	role string
	place
	at int64
}

func (e *editor) deniesNothingOf(role string, in cell, at int64) bool {
	roles := []string{role}
	for i := 0; i < len(roles); i++ {
		for _, name := range e.policy.Names("") {
			for _, given := range halves(cell{permission: name}.in(in.project, in.collection)) {
				if !e.gives(roles[i], given) {
					continue
				}
				if e.isDenied(given, at) {
					return false
				}
				if next, is := strings.CutPrefix(name, assignRight); is && !slices.Contains(roles, next) {
					roles = append(roles, next)
				}
			}
		}
	}
	return true
}

func (e *editor) lives(at int64) bool { return e.until == 0 || at < e.until }

// may is holds without what can only be given.
func (e *editor) may(c cell, at int64) bool {
	return e.lives(at) && e.policy.Check(e.asks, c.permission, c.on(e.asks.ID), at).Allowed
}

// holdsWithLoans is may with all that comes along, on own and on others' things of the
// place. What is reserved counts where R4 is absent.
func (e *editor) holdsWithLoans(c cell, at int64) bool {
	if !e.may(c, at) {
		return false
	}
	p, _ := e.policy.Permission(c.permission)
	return !slices.ContainsFunc(p.Lends, func(name string) bool {
		lent, _ := e.policy.Permission(name)
		own, others := c, c
		own.permission, others.permission = name, name
		return !e.isShut(lent) && !(e.may(own.owned(true), at) && e.may(others.owned(false), at))
	})
}

// byRole: the right to make people of a role counts as holding it, and what is
// denied to the editor is denied to who holds it.
func (e *editor) byRole(c cell, at int64) bool {
	return !e.isDenied(c, at) && slices.ContainsFunc(e.roles, func(role string) bool {
		return e.may(cell{permission: assignRight + role}.in(c.project, c.collection), at) && e.gives(role, c) &&
			!e.meaning(c).bans(role, e.source.Catalog)
	})
}

// isDenied says whether something denies c to the editor (R9 to R12), whatever
// the key of the request covers.
func (e *editor) isDenied(c cell, at int64) bool {
	who := e.asks
	who.Caps = nil
	d := e.policy.Check(who, c.permission, c.on(who.ID), at)
	return !d.Allowed && 9 <= d.Rule && d.Rule <= 12
}

// wholeRole: whoever holds all that a role gives may let others give it.
func (e *editor) wholeRole(c cell, at int64) bool {
	role, is := strings.CutPrefix(c.permission, assignRight)
	if !is || !slices.ContainsFunc(e.source.Roles, func(r authz.Role) bool { return r.Name == role }) {
		return false
	}
	for _, name := range e.policy.Names("") {
		for _, held := range halves(cell{permission: name}.in(c.project, c.collection)) {
			if e.gives(role, held) && !e.holdsWithLoans(held, at) {
				return false
			}
		}
	}
	return true
}

// gives says whether somebody has c by a role that they hold in its project,
// and by what it requires (R15).
func (e *editor) gives(role string, c cell) bool {
	p, _ := e.policy.Permission(c.permission)
	if p.Level != authz.InProject || e.isShut(p) {
		return false
	}
	if !c.own && c.visibility == authz.Private && p.Private != "" {
		p, _ = e.policy.Permission(p.Private)
	}
	means := e.meaning(c).of(role, p, c.own)
	return !isReserved(e.source, p) && (means == authz.Allow || p.Name == authz.ProjectView && means != authz.Deny)
}

// meaning is what roles do where c is.
func (e *editor) meaning(c cell) meaning {
	return meaning{e.projects[c.project].Overrides, e.source.Roles}
}

// isShut is R3 and R4 for a permission and for all that it requires.
func (e *editor) isShut(p authz.Permission) bool {
	return p.Never || isReserved(e.source, p) || slices.ContainsFunc(p.Requires, func(name string) bool {
		need, _ := e.policy.Permission(name)
		return e.isShut(need)
	})
}

// below are c itself and the places in it where the editor may hold more or
// less: something there names them, or a role that can be assigned means
// something else there.
func (e *editor) below(c cell) []cell {
	all := []cell{c}
	switch {
	case c.collection != "":
	case c.project == everywhere:
		for _, p := range e.source.Projects {
			if _, named := e.places[p.ID]; named || e.redefines(p) {
				all = append(all, e.belowIn(c, p.ID)...)
			}
		}
	default:
		all = e.belowIn(c, c.project)
	}
	return all
}

func (e *editor) belowIn(c cell, project string) []cell {
	all := []cell{c.in(project, "")}
	for _, collection := range e.places[project] {
		all = append(all, c.in(project, collection))
	}
	return all
}

// redefines says whether a project changes what one of the roles gives that
// can be assigned.
func (e *editor) redefines(p authz.Project) bool {
	return slices.ContainsFunc(p.Overrides, func(o authz.Override) bool { return slices.Contains(e.roles, o.Role) })
}

// during are the moments of an interval at which what the editor holds may
// change, and its beginning.
func (e *editor) during(i authz.Interval, now int64) []int64 {
	return within(i, append(slices.Clip(e.moments), max(i.From, now)))
}

// standing is where and when something names an account.
type standing struct {
	places  map[string][]string // collections by project
	moments []int64             // from now on
}

// standing of the editor, with when the asking key ends.
func (d *deal) standing() *standing {
	s := &standing{map[string][]string{}, append(later(authz.Interval{Until: d.ends}, d.now), d.now)}
	teams := teamsOf(d.before)
	note := func(h holding) bool {
		if mine := d.who.Kind == authz.Person && h.user == d.who.ID; !mine {
			return false
		}
		s.moments = append(s.moments, later(h.Interval, d.now)...)
		return true
	}
	for _, h := range siteHoldings(d.before, teams) {
		note(h)
	}
	for _, p := range d.before.Projects {
		for _, h := range holdings(p, teams) {
			if note(h) {
				s.add(p.ID, h.collection)
			}
		}
	}
	s.moments = inOrder(s.moments)
	return s
}

func (s *standing) add(project, collection string) {
	known := s.places[project]
	if collection != "" && !slices.Contains(known, collection) {
		known = append(known, collection)
	}
	s.places[project] = known
}
