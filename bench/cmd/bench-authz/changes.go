package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	engine "github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/bench/authz"
)

// probe is a check whose answer a change turns around.
type probe struct{ user, permission, project string }

func (p probe) allowed(by *engine.Policy) bool {
	asker := engine.Subject{Kind: engine.Person, ID: p.user}
	return by.Check(asker, p.permission, engine.Resource{Project: p.project}, 0).Allowed
}

// change edits the source and compiles it anew from the policy before it, and
// returns the time until the first check that sees the change. What is edited
// is copied within that time.
func (l *large) change(p probe, edit func(*engine.Source)) (ns float64, err error) {
	before, src := p.allowed(l.policy), l.src
	begun := time.Now()
	edit(&src)
	policy, err := l.policy.Recompile(src)
	if err != nil {
		return 0, err
	}
	after := p.allowed(policy)
	ns = since(begun)
	if after == before {
		return 0, fmt.Errorf("%+v is %v before and after the change", p, before)
	}
	l.src, l.policy = src, policy
	return ns, nil
}

// changeProjects adds a member to one project after the other.
func (l *large) changeProjects(b *bench) error {
	for i := range max(b.rounds, 7) {
		if err := l.changeProject(i); err != nil {
			return err
		}
	}
	return nil
}

// changeProject adds somebody to a project, chosen by i.
func (l *large) changeProject(i int) error {
	r := rand.New(rand.NewPCG(9, uint64(i)))
	at, role := r.IntN(len(l.src.Projects)), len(l.model.Roles)-1
	user := l.model.Users[r.IntN(len(l.model.Users))].Name
	for l.member(at, user) {
		user = l.model.Users[r.IntN(len(l.model.Users))].Name
	}
	p := probe{user, l.granted(l.model.Projects[at], role), l.src.Projects[at].ID}
	ns, err := l.change(p, func(src *engine.Source) {
		src.Projects = slices.Clone(src.Projects)
		in := &src.Projects[at]
		in.Members = append(slices.Clip(in.Members), engine.Member{User: user, Role: src.Roles[role].Name})
	})
	l.project = append(l.project, ns)
	return err
}

func (l *large) member(project int, user string) bool {
	return slices.ContainsFunc(l.src.Projects[project].Members, func(m engine.Member) bool { return m.User == user })
}

// granted is a permission that a role grants on all things and that a project
// does not override.
func (l *large) granted(p authz.Project, role int) string {
	for _, g := range l.model.Roles[role].Grants {
		if !g.OwnOnly && !slices.ContainsFunc(p.Overrides, func(o authz.Override) bool { return o.Permission == g.Permission }) {
			return l.model.Permissions[g.Permission]
		}
	}
	return ""
}

// changeRoles gives the first role a permission and takes it back, by turns.
func (l *large) changeRoles(b *bench) error {
	for range max(b.rounds, 7) {
		if err := l.changeRole(); err != nil {
			return err
		}
	}
	return nil
}

func (l *large) changeRole() error {
	p := l.onlyFirstRole()
	ns, err := l.change(p, func(src *engine.Source) {
		src.Roles = slices.Clone(src.Roles)
		allow := slices.Clone(src.Roles[0].Allow)
		if i := slices.Index(allow, p.permission); i >= 0 {
			allow = slices.Delete(allow, i, i+1)
		} else {
			allow = append(allow, p.permission)
		}
		src.Roles[0].Allow = allow
	})
	l.role = append(l.role, ns)
	return err
}

// onlyFirstRole is about somebody who holds only the first role in a project
// without overrides, and about a permission that the model does not give it.
func (l *large) onlyFirstRole() (p probe) {
	given := func(i int) bool {
		return slices.ContainsFunc(l.model.Roles[0].Grants, func(g authz.Grant) bool { return g.Permission == i })
	}
	for i, name := range l.model.Permissions {
		if !given(i) {
			p.permission = name
		}
	}
	for _, u := range l.model.Users {
		held := u.Memberships[0]
		same := func(m authz.Membership) bool { return m.Project == held.Project }
		if held.Role == 0 && len(l.model.Projects[held.Project].Overrides) == 0 && !slices.ContainsFunc(u.Memberships[1:], same) {
			p.user, p.project = u.Name, l.model.Projects[held.Project].Name
			return p
		}
	}
	return p
}
