package authz

import (
	"errors"
	"fmt"
	"slices"
)

// Compile turns a Source into a Policy. It refuses what cannot be meant:
// unknown permissions, roles, users and teams, patterns of things that do not
// exist, selectors where there are none, requires that go in circles, public
// permissions that may not be public, and everything named twice. The error
// lists every fault with its place.
//
// The policy keeps src for explanations: do not change it afterwards. The
// order of its lists does not matter.
func Compile(src Source) (*Policy, error) {
	c := &compiler{
		policy:  &Policy{source: src},
		src:     &src,
		matched: map[string][]permID{},
		shared:  map[string]cells{},
	}
	c.catalog()
	if len(c.faults) > 0 { // nothing else can be read against a broken catalogue
		return nil, errors.Join(c.faults...)
	}
	c.operations()
	c.machines()
	c.accounts()
	c.site()
	c.projects()
	if len(c.faults) > 0 {
		return nil, errors.Join(c.faults...)
	}
	return c.policy, nil
}

// compiler holds what is needed only while compiling.
type compiler struct {
	policy    *Policy
	src       *Source
	faults    []error
	matched   map[string][]permID // pattern without selector → permissions
	shared    map[string]cells    // interned
	scratch   []byte
	teams     map[string][]string
	templates map[string]effects // project role → what it allows
}

func (c *compiler) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf(format, args...))
}

// once notes a name and reports a fault when it is empty or was there before.
func once[V any](c *compiler, seen map[string]V, what, name string) bool {
	_, twice := seen[name]
	switch {
	case name == "":
		c.fault("%s without a name", what)
	case twice:
		c.fault("%s %s is there twice", what, name)
	default:
		return true
	}
	return false
}

// accounts reads users and teams.
func (c *compiler) accounts() {
	p := c.policy
	p.people = make(map[string]*person, len(c.src.Users))
	for _, u := range c.src.Users {
		if once(c, p.people, "user", u.ID) {
			p.people[u.ID] = &person{superuser: u.Superuser}
			p.userIDs = append(p.userIDs, u.ID)
		}
	}
	slices.Sort(p.userIDs)
	c.teams = make(map[string][]string, len(c.src.Teams))
	for _, t := range c.src.Teams {
		if once(c, c.teams, "team", t.ID) {
			c.teams[t.ID] = t.Users
		}
		for _, id := range t.Users {
			c.knownUser("team "+t.ID, id)
		}
	}
}

func (c *compiler) knownUser(place, id string) bool {
	_, known := c.policy.people[id]
	if !known {
		c.fault("%s: unknown user %q", place, id)
	}
	return known
}

// usersOf returns the accounts that a membership is about.
func (c *compiler) usersOf(place string, m Member) []string {
	switch {
	case (m.User == "") == (m.Team == ""):
		c.fault("%s: a membership of role %s names either a user or a team", place, m.Role)
	case m.User != "":
		if c.knownUser(place, m.User) {
			return []string{m.User}
		}
	default:
		users, known := c.teams[m.Team]
		if !known {
			c.fault("%s: unknown team %q", place, m.Team)
		}
		return users
	}
	return nil
}

// intern shares equal cells: most people of a project hold the same.
func (c *compiler) intern(b []byte) cells {
	if same, ok := c.shared[string(b)]; ok {
		return same
	}
	fresh := cells(b)
	c.shared[string(fresh)] = fresh
	return fresh
}
