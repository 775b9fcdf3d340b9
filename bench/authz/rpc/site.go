package rpc

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/remit-server/remit/bench/authz"
)

// Site is the model with things in its projects, of which people see a part.
type Site struct {
	authz.Model
	Listed int // the permission that lets somebody see a thing
	Things []Thing
	Seers  []int // users who see some of them, and whose lists are read
}

// seers is how many; the first is for warming up.
const seers = 25

// Thing is owned by a user and lies in a project, both by their place.
type Thing struct{ Project, Owner int }

// NewSite spreads n things evenly over the projects; half of them are owned by
// somebody who is in the project, the others by anybody.
func NewSite(m authz.Model, n int) Site {
	r := rand.New(rand.NewPCG(5, 6))
	within := make([][]int, len(m.Projects)) // project → users
	for user, u := range m.Users {
		for _, held := range u.Memberships {
			within[held.Project] = append(within[held.Project], user)
		}
	}
	s := Site{Model: m, Listed: mixed(m)}
	for i := range n {
		t := Thing{Project: i * len(m.Projects) / n, Owner: r.IntN(len(m.Users))}
		if people := within[t.Project]; len(people) > 0 && r.IntN(2) == 0 {
			t.Owner = people[r.IntN(len(people))]
		}
		s.Things = append(s.Things, t)
	}
	s.Seers = s.someSeers()
	return s
}

// mixed is a permission that one role grants on own things and another on all,
// so that a list has to look at owners.
func mixed(m authz.Model) int {
	for p := range m.Permissions {
		if all, own := granting(m, p); len(all) > 0 && len(own) > 0 {
			return p
		}
	}
	return 0
}

// granting are the roles that grant a permission on all things, and on own ones only.
func granting(m authz.Model, permission int) (all, own []string) {
	for _, role := range m.Roles {
		for _, g := range role.Grants {
			switch {
			case g.Permission != permission:
			case g.OwnOnly:
				own = append(own, role.Name)
			default:
				all = append(all, role.Name)
			}
		}
	}
	return all, own
}

// Visible are the places of the things that a user sees, worked out the long way.
func (s Site) Visible(user int) (things []int) {
	member := map[int]bool{}
	for _, held := range s.Users[user].Memberships {
		member[held.Project] = true
	}
	for i, t := range s.Things {
		if member[t.Project] && s.Expect(authz.Places{User: user, Permission: s.Listed, Project: t.Project, Owner: t.Owner}) {
			things = append(things, i)
		}
	}
	return things
}

// someSeers are users who see something.
func (s Site) someSeers() (users []int) {
	for _, user := range rand.New(rand.NewPCG(7, 8)).Perm(len(s.Users)) {
		if len(users) < seers && len(s.Visible(user)) > 0 {
			users = append(users, user)
		}
	}
	return users
}

// Everything are the verdicts of all permissions, asked as q is.
func (s Site) Everything(q authz.Question) []bool {
	all := make([]bool, len(s.Permissions))
	for i := range all {
		at := q.Places
		at.Permission = i
		all[i] = s.Expect(at)
	}
	return all
}

// thingName is what a thing is called, by its place.
func thingName(i int) string { return fmt.Sprintf("thing%06d", i) }

// thingPlace is the inverse of thingName.
func thingPlace(name string) (i int, err error) {
	_, err = fmt.Sscanf(name, "thing%d", &i)
	return i, err
}

// word is a permission as a name that the peers' schemas allow.
func word(permission string) string { return strings.ReplaceAll(permission, ":", "_") }

// cell is the relation that a question asks about: of own things, or of all.
func cell(permission string, own bool) string {
	if own {
		return word(permission) + "_own"
	}
	return word(permission) + "_any"
}
