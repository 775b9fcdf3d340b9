package authz

import "github.com/remit-server/remit/authz"

// Remit is the engine of this repository, asked by names or, when Resolved is
// set, with names that were looked up beforehand, which a caller that asks
// often about the same people and things may do.
type Remit struct {
	Resolved bool

	Policy *authz.Policy // made by Load, or given
	model  Model
}

// Name implements Peer.
func (p *Remit) Name() string {
	if p.Resolved {
		return "remit-resolved"
	}
	return "remit"
}

// Module implements Peer.
func (p *Remit) Module() string { return "" }

// Load implements Peer.
func (p *Remit) Load(m Model) (err error) {
	p.model = m
	p.Policy, err = authz.Compile(Source(m))
	return err
}

// Allowed implements Peer.
func (p *Remit) Allowed(q Question) (bool, error) {
	if p.Resolved {
		resolved := p.resolve(q)
		return p.Policy.Decide(&resolved, 0).Allowed, nil
	}
	return p.check(&q), nil
}

func (p *Remit) check(q *Question) bool {
	asker := authz.Subject{Kind: authz.Person, ID: q.User}
	return p.Policy.Check(asker, q.Permission, authz.Resource{Project: q.Project, Owner: q.Owner}, 0).Allowed
}

func (p *Remit) resolve(q Question) authz.Question {
	asker := authz.Subject{Kind: authz.Person, ID: q.User}
	return p.Policy.Resolve(asker, q.Permission, authz.Resource{Project: q.Project, Owner: q.Owner})
}

// Loop implements Looper.
func (p *Remit) Loop(questions []Question) func(first, n int) (wrong int) {
	if p.Resolved {
		return p.loopResolved(questions)
	}
	return turns(len(questions), func(at int) bool {
		q := &questions[at]
		return p.check(q) == q.Allowed
	})
}

// loopResolved keeps the verdicts apart, so that no names are read.
func (p *Remit) loopResolved(questions []Question) func(first, n int) (wrong int) {
	resolved, allowed := make([]authz.Question, len(questions)), make([]bool, len(questions))
	for i, q := range questions {
		resolved[i], allowed[i] = p.resolve(q), q.Allowed
	}
	return turns(len(questions), func(at int) bool { return p.Policy.Decide(&resolved[at], 0).Allowed == allowed[at] })
}

// AllowedAll implements Batcher.
func (p *Remit) AllowedAll(q Question, verdicts []bool) error {
	var room [64]authz.Decision
	asker := authz.Subject{Kind: authz.Person, ID: q.User}
	for i, d := range p.Policy.CheckAll(asker, p.model.Permissions, authz.Resource{Project: q.Project, Owner: q.Owner}, 0, room[:0]) {
		verdicts[i] = d.Allowed
	}
	return nil
}

// Source writes the model down as Remit's policy. Ids are the model's own
// strings, and no list has room to spare.
func Source(m Model) authz.Source {
	src := authz.Source{Catalog: catalog(m), Roles: templates(m), Projects: projects(m)}
	src.Users = make([]authz.User, len(m.Users))
	for i, u := range m.Users {
		src.Users[i].ID = u.Name
		for _, held := range u.Memberships {
			in := &src.Projects[held.Project]
			in.Members = append(in.Members, authz.Member{User: u.Name, Role: m.Roles[held.Role].Name})
		}
	}
	for i := range src.Projects {
		in := &src.Projects[i]
		in.Members = append(make([]authz.Member, 0, len(in.Members)), in.Members...)
	}
	return src
}

func catalog(m Model) (c authz.Catalog) {
	for _, name := range m.Permissions {
		c.Permissions = append(c.Permissions, authz.Permission{Name: name, Selectors: true})
	}
	return c
}

func templates(m Model) (list []authz.Role) {
	for _, r := range m.Roles {
		role := authz.Role{Name: r.Name}
		for _, g := range r.Grants {
			pattern := m.Permissions[g.Permission]
			if g.OwnOnly {
				pattern += "@own"
			}
			role.Allow = append(role.Allow, pattern)
		}
		list = append(list, role)
	}
	return list
}

func projects(m Model) (list []authz.Project) {
	for _, p := range m.Projects {
		project := authz.Project{ID: p.Name}
		for _, o := range p.Overrides {
			effect := authz.Allow
			if o.Deny {
				effect = authz.Deny
			}
			project.Overrides = append(project.Overrides, authz.Override{Role: m.Roles[o.Role].Name, Pattern: m.Permissions[o.Permission], Effect: effect})
		}
		list = append(list, project)
	}
	return list
}
