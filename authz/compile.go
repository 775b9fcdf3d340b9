package authz

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Compile turns a Source into a Policy. It refuses what cannot be meant:
// unknown permissions, roles, users and teams, patterns of things that do not
// exist, selectors where there are none, requires that go in circles, aliases
// that clash, public permissions that may not be public, and everything named
// twice. The error lists every fault with its place.
//
// The policy keeps src for explanations and for Recompile: do not write into
// its lists afterwards. The order of the lists does not matter.
func Compile(src Source) (*Policy, error) {
	c := newCompiler(&src, &Policy{source: src})
	c.catalog()
	c.policy.vocabulary = c.vocabulary
	if len(c.faults) > 0 { // nothing else can be read against a broken catalogue
		return nil, errors.Join(c.faults...)
	}
	c.operations()
	c.machines()
	c.loops()
	c.reservations()
	c.accounts()
	c.teams()
	c.site()
	c.describe()
	c.templates()
	c.projects()
	if len(c.faults) > 0 {
		return nil, errors.Join(c.faults...)
	}
	return c.policy, nil
}

// compiler holds what is needed only while compiling.
type compiler struct {
	policy     *Policy
	vocabulary *vocabulary
	src        *Source
	faults     []error
	patterns   map[string]bits // as written → cells
	reserved   bits            // permissions, after what the site reserved and opened (R4)
	floor      bits            // permissions that the site role anonymous gives (R7)
	borrowed   bool            // policy.class is also that of the policy before
	pages      map[uint32]bool // of policy.belongs that are not shared with it
	reopened   bool            // policy.open is not right any more
	// Buffers.
	key  []byte
	held []uint16
	said *statement
}

func newCompiler(src *Source, p *Policy) *compiler {
	return &compiler{policy: p, vocabulary: p.vocabulary, src: src, patterns: map[string]bits{}}
}

func (c *compiler) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf(format, args...))
}

// once says whether a name is new, and reports a fault when it is not, or none.
func once[V any](c *compiler, seen map[string]V, what, name string) bool {
	_, twice := seen[name]
	switch {
	case name == "":
		c.fault("%s without a name", what)
	case twice:
		c.fault("%s %s is there twice", what, name)
	case name == "*":
		c.fault("%s *: a star stands for all of them", what)
	case name == nowhere:
		c.fault("%s %q: this name is of nothing", what, name)
	default:
		return true
	}
	return false
}

// reservations applies the site's switches to the catalogue's defaults (R4).
// What is both opened and reserved is reserved.
func (c *compiler) reservations() {
	v := c.vocabulary
	c.reserved = newBits(len(v.permissions))
	opened, closed := c.switches("opened", c.src.Opened), c.switches("reserved", c.src.Reserved)
	for id := range v.permissions {
		if closed[permID(id)] || v.permissions[id].Reserved && !opened[permID(id)] {
			c.reserved.set(id)
		}
	}
}

func (c *compiler) switches(what string, names []string) map[permID]bool {
	set := map[permID]bool{}
	for _, name := range names {
		meant := c.vocabulary.meant(c.vocabulary.find(name))
		if meant == nil {
			c.unknown(what, name)
		}
		for _, id := range meant {
			set[id] = true
		}
	}
	return set
}

// accounts numbers the users, in the order of their ids.
func (c *compiler) accounts() {
	p := c.policy
	order := make([]uint32, len(c.src.Users))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(c.src.Users[a].ID, c.src.Users[b].ID) })
	p.users = make(map[string]uint32, len(order))
	p.accounts = make([]account, 0, len(order))
	for _, i := range order {
		c.account(i)
	}
}

// account adds the user at a place in the source.
func (c *compiler) account(place uint32) {
	p, u := c.policy, &c.src.Users[place]
	if once(c, p.users, "user", u.ID) {
		p.users[u.ID] = uint32(len(p.accounts))
		p.accounts = append(p.accounts, account{place: place, superuser: u.Superuser, disabled: u.Disabled})
	}
}

func (c *compiler) teams() {
	all := make(map[string][]uint32, len(c.src.Teams))
	for _, t := range c.src.Teams {
		if once(c, all, "team", t.ID) {
			all[t.ID] = nil
		}
		for _, id := range t.Users {
			if user, known := c.user("team "+t.ID, id); known {
				all[t.ID] = append(all[t.ID], user)
			}
		}
	}
	c.policy.teams = all
}

func (c *compiler) user(place, id string) (uint32, bool) {
	user, known := c.policy.users[id]
	if !known {
		c.fault("%s: unknown user %q", place, id)
	}
	return user, known
}

// usersOf visits the accounts that a membership is about.
func (c *compiler) usersOf(place string, m *Member, visit func(user uint32)) {
	switch {
	case (m.User == "") == (m.Team == ""):
		c.fault("%s: a membership of role %s names either a user or a team", place, m.Role)
	case m.User != "":
		if user, known := c.user(place, m.User); known {
			visit(user)
		}
	default:
		users, known := c.policy.teams[m.Team]
		if !known {
			c.fault("%s: unknown team %q", place, m.Team)
		}
		for _, user := range users {
			visit(user)
		}
	}
}

// templates reads the project roles.
func (c *compiler) templates() {
	c.policy.roles = c.roles("role", c.src.Roles)
	c.policy.class = c.newClass(c.policy.roles.effects)
}

// projects compiles all of them, in the order of their ids.
func (c *compiler) projects() {
	p := c.policy
	order := make([]*Project, len(c.src.Projects))
	for i := range order {
		order[i] = &c.src.Projects[i]
	}
	slices.SortFunc(order, func(a, b *Project) int { return cmp.Compare(a.ID, b.ID) })
	p.places = make(map[string]uint32, len(order))
	p.projects = make([]*project, 0, len(order))
	for _, src := range order {
		if once(c, p.places, "project", src.ID) {
			c.place(c.project(*src))
		}
	}
	p.belongs = newMembership(len(p.accounts), p.projects)
	c.openings()
}

// openings lists the projects with anything public.
func (c *compiler) openings() {
	c.policy.open = nil
	for _, in := range c.policy.projects {
		if in != nil && in.hasPublic {
			c.policy.open = append(c.policy.open, in.number)
		}
	}
}

// place gives a project its number.
func (c *compiler) place(in *project) {
	in.number = uint32(len(c.policy.projects))
	c.policy.places[in.source.ID] = in.number
	c.policy.projects = append(c.policy.projects, in)
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
