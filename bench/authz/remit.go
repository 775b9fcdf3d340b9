package authz

import "github.com/remit-server/remit/authz"

// Remit is the engine of this repository.
type Remit struct{ policy *authz.Policy }

// Name implements Peer.
func (p *Remit) Name() string { return "remit" }

// Load implements Peer.
func (p *Remit) Load(m Model) (err error) {
	src := authz.Source{Catalog: catalog(m), Roles: templates(m), Projects: projects(m)}
	for _, u := range m.Users {
		src.Users = append(src.Users, authz.User{ID: u.Name})
		for _, held := range u.Memberships {
			in := &src.Projects[held.Project]
			in.Members = append(in.Members, authz.Member{User: u.Name, Role: m.Roles[held.Role].Name})
		}
	}
	p.policy, err = authz.Compile(src)
	return err
}

// Allowed implements Peer.
func (p *Remit) Allowed(q Question) (bool, error) {
	asker := authz.Subject{Kind: authz.Person, ID: q.User}
	return p.policy.Check(asker, q.Permission, authz.Resource{Project: q.Project, Owner: q.Owner}, 0).Allowed, nil
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
