package authz

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Size says how large a model is.
type Size struct {
	Projects, Users int
	Memberships     int // of each user
	Permissions     int // at most 64
}

// Full is the site that is measured: five roles as always, and overrides in a
// third of the projects.
var Full = Size{Projects: 1000, Users: 10_000, Memberships: 5, Permissions: 60}

// Model is a site and who may do what on it. Everything has a name, for
// engines that work with names, and a place in its list.
type Model struct {
	Permissions []string
	Roles       []Role
	Projects    []Project
	Users       []User
}

// Role is a template: what it grants wherever somebody holds it.
type Role struct {
	Name   string
	Grants []Grant
}

// Grant is one permission of a role.
type Grant struct {
	Permission int
	OwnOnly    bool // on things that the asker owns
}

// Project may change what roles mean in it.
type Project struct {
	Name      string
	Overrides []Override
}

// Override makes one role grant a permission in one project, or blocks it for
// whoever holds that role there, whatever their other roles grant.
type Override struct {
	Role, Permission int
	Deny             bool
}

// User holds roles in projects; several roles in one project add up.
type User struct {
	Name        string
	Memberships []Membership
}

// Membership is one role in one project.
type Membership struct{ Project, Role int }

// Question is: may this user use this permission on a thing of this owner in
// this project?
type Question struct {
	User, Permission, Project, Owner string
	Places                           Places
	Allowed                          bool // the expected verdict
}

// Places are the same four by their place in the model.
type Places struct{ User, Permission, Project, Owner int }

const roles = 5

// NewModel makes the model of a size, the same every time.
func NewModel(size Size) Model {
	r := rand.New(rand.NewPCG(1, 2))
	var m Model
	for i := range size.Permissions {
		m.Permissions = append(m.Permissions, fmt.Sprintf("thing%d:verb%d", i%6, i/6))
	}
	for i := range roles {
		m.Roles = append(m.Roles, newRole(r, i, size.Permissions))
	}
	for i := range size.Projects {
		m.Projects = append(m.Projects, newProject(r, i, size.Permissions))
	}
	for i := range size.Users {
		u := User{Name: fmt.Sprintf("user%05d", i)}
		for len(u.Memberships) < size.Memberships {
			u.join(r, size.Projects)
		}
		m.Users = append(m.Users, u)
	}
	return m
}

// newRole grants more the higher its number: a sixth to five sixths of all,
// every third of them on own things only.
func newRole(r *rand.Rand, i, permissions int) Role {
	role := Role{Name: fmt.Sprintf("role%d", i)}
	for n, permission := range r.Perm(permissions)[:permissions*(i+1)/(roles+1)] {
		role.Grants = append(role.Grants, Grant{Permission: permission, OwnOnly: n%3 == 0})
	}
	return role
}

// newProject overrides six times in every third project. No cell is
// overridden twice, so that nobody has to know which comes first.
func newProject(r *rand.Rand, i, permissions int) Project {
	p := Project{Name: fmt.Sprintf("project%04d", i)}
	for len(p.Overrides) < 6 && i%3 == 0 {
		o := Override{Role: r.IntN(roles), Permission: r.IntN(permissions), Deny: r.IntN(2) == 0}
		same := func(x Override) bool { return x.Role == o.Role && x.Permission == o.Permission }
		if !slices.ContainsFunc(p.Overrides, same) {
			p.Overrides = append(p.Overrides, o)
		}
	}
	return p
}

// join adds a membership that is not there yet; one in four is a further role
// in a project that the user is in already.
func (u *User) join(r *rand.Rand, projects int) {
	m := Membership{Project: r.IntN(projects), Role: r.IntN(roles)}
	if len(u.Memberships) > 0 && r.IntN(4) == 0 {
		m.Project = u.Memberships[0].Project
	}
	if !slices.Contains(u.Memberships, m) {
		u.Memberships = append(u.Memberships, m)
	}
}

// Expect works a verdict out the long way: a deny of any role held there wins,
// else any grant allows.
func (m Model) Expect(q Places) bool {
	granted := false
	for _, held := range m.Users[q.User].Memberships {
		if held.Project != q.Project {
			continue
		}
		for _, g := range m.Roles[held.Role].Grants {
			if g.Permission == q.Permission && (!g.OwnOnly || q.Owner == q.User) {
				granted = true
			}
		}
		for _, o := range m.Projects[q.Project].Overrides {
			if o.Role != held.Role || o.Permission != q.Permission {
				continue
			}
			if o.Deny {
				return false
			}
			granted = true
		}
	}
	return granted
}

// Questions draws n of them, by turns allowed and refused, the same every
// time. Most are asked by members: a stranger is too easily refused.
func (m Model) Questions(n int) []Question {
	r := rand.New(rand.NewPCG(3, 4))
	drawn := make([]Question, 0, n)
	for len(drawn) < n {
		if q := m.draw(r); q.Allowed == (len(drawn)%2 == 0) {
			drawn = append(drawn, q)
		}
	}
	return drawn
}

func (m Model) draw(r *rand.Rand) Question {
	at := Places{User: r.IntN(len(m.Users)), Permission: r.IntN(len(m.Permissions)), Project: r.IntN(len(m.Projects))}
	if held := m.Users[at.User].Memberships; r.IntN(8) > 0 {
		at.Project = held[r.IntN(len(held))].Project
	}
	at.Owner = at.User
	if r.IntN(2) == 0 {
		at.Owner = r.IntN(len(m.Users))
	}
	return Question{User: m.Users[at.User].Name, Permission: m.Permissions[at.Permission], Project: m.Projects[at.Project].Name,
		Owner: m.Users[at.Owner].Name, Places: at, Allowed: m.Expect(at)}
}
